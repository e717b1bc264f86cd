"""Storms of leases: issue thousands, count them, end them, and simulate a million."""

from labkit.storm.linear_fit import LinearFit, fit
from labkit.storm.quotas import rate_limit
from labkit.storm.restarting import restart
from labkit.storm.revoking import revoke_prefix
from labkit.storm.simulation import ASSUMED_ROLE, IAM_USER, Limits, Load, simulate

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
