"""Pictures from evidence: each function takes data and Axes, draws, and returns the Axes."""

from labkit.plots.access import who_can_do_what
from labkit.plots.latency import revocation_latency
from labkit.plots.lifetimes import finding, lease_lifetimes
from labkit.plots.population import population
from labkit.plots.predictions import predictions
from labkit.plots.restored import across_restore
from labkit.plots.sequence import sequence_diagram, sequence_height
from labkit.plots.thief import thief_calls
from labkit.plots.workload import failed_and_users, workload

__all__ = [
    "across_restore",
    "failed_and_users",
    "finding",
    "lease_lifetimes",
    "population",
    "predictions",
    "revocation_latency",
    "sequence_diagram",
    "sequence_height",
    "thief_calls",
    "who_can_do_what",
    "workload",
]
