"""Decide IAM authorization as AWS does, with no I/O.

The package knows nothing of Vault, of the lab, of moto or of HTTP.
"""

from labkit.servers.aws.iam.decision import Decision, Reason
from labkit.servers.aws.iam.evaluation import decide
from labkit.servers.aws.iam.layers import Layer, StatementResult
from labkit.servers.aws.iam.model import Call, Policies, Policy, Principal, parse_policy
from labkit.servers.aws.iam.simulate import Simulation, context_keys, simulate

__all__ = [
    "Call",
    "Decision",
    "Layer",
    "Policies",
    "Policy",
    "Principal",
    "Reason",
    "Simulation",
    "StatementResult",
    "context_keys",
    "decide",
    "parse_policy",
    "simulate",
]
