"""Pictures from evidence: each function takes data and Axes, draws, and returns the Axes."""

from labkit.plots.answers import uses, waits
from labkit.plots.jobs import users_of_jobs
from labkit.plots.latency import revocation_latency
from labkit.plots.lifetimes import finding, lease_lifetimes
from labkit.plots.mounts import mounts
from labkit.plots.pairs import Pair, lease_and_secret
from labkit.plots.permissions import permissions, who_can_do_what
from labkit.plots.population import population
from labkit.plots.predictions import predictions
from labkit.plots.restored import across_restore
from labkit.plots.sequence import sequence_diagram, sequence_height
from labkit.plots.storm import capacity, simulated
from labkit.plots.thief import thief_calls
from labkit.plots.workload import failed_and_users, workload

__all__ = [
    "Pair",
    "across_restore",
    "capacity",
    "failed_and_users",
    "finding",
    "lease_and_secret",
    "lease_lifetimes",
    "mounts",
    "permissions",
    "population",
    "predictions",
    "revocation_latency",
    "sequence_diagram",
    "sequence_height",
    "simulated",
    "thief_calls",
    "users_of_jobs",
    "uses",
    "waits",
    "who_can_do_what",
    "workload",
]
