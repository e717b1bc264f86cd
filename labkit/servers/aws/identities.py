"""Create the IAM users that exist before the first request: `operator` and `vault-root`."""

from __future__ import annotations

import json
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from labkit.servers.aws.api import vault_root
from labkit.servers.aws.api.interface import Identity

REGION = "us-east-1"  # where moto notes users, which belong to no region

ACCOUNT = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def create_identities() -> list[Identity]:
    """Create `operator`, who may do everything, and `vault-root`, who may do what Vault needs.

    The server creates them before it listens, so unsigned requests are never accepted.
    """
    return [
        _create("operator", [EVERYTHING]),
        _create("vault-root", vault_root.statements(ACCOUNT)),
    ]


def _create(user_name: str, statements: list[dict[str, Any]]) -> Identity:
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user(REGION, user_name)
    document = {"Version": "2012-10-17", "Statement": statements}
    iam.put_user_policy(user_name, user_name, json.dumps(document))
    key = iam.create_access_key(user_name)
    return Identity(user_name, key.access_key_id, key.secret_access_key)
