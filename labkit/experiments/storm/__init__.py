"""Storms of leases: issue thousands, count them, end them, and simulate a million."""

from labkit.evidence.analyse.linear_fit import LinearFit, fit
from labkit.evidence.analyse.simulation import ASSUMED_ROLE, IAM_USER, Limits, Load, simulate
from labkit.experiments.storm.quotas import rate_limit
from labkit.experiments.storm.restarting import restart
from labkit.experiments.storm.revoking import revoke_prefix

__all__ = [
    "ASSUMED_ROLE",
    "IAM_USER",
    "Limits",
    "LinearFit",
    "Load",
    "fit",
    "rate_limit",
    "restart",
    "revoke_prefix",
    "simulate",
]
