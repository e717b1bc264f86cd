"""Make the table of requests and right answers: `python -m` this module writes `requests.jsonl`.

The answers come from the framework's own conversions, which `record_conversions` took from built-in
engines, and from what Vault's source does with the fields; nothing here imports the engine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers.plugin.builtin_fields import FIELD, as_sent
from tests.servers.plugin.record_conversions import CONVERSIONS

REQUESTS = Path(__file__).with_name("requests.jsonl")
STEP = 3  # each field gets a third of the values; fields next to each other get different ones
IAM_USER, ASSUMED_ROLE = {"credential_type": "iam_user"}, {"credential_type": "assumed_role"}
ROOT = {
    "STRING": "access_key region iam_endpoint sts_endpoint sts_region role_arn rotation_policy",
    "INT": "max_retries",
    "BOOL": "disable_automated_rotation",
    "DURATION": "identity_token_ttl",
}
READ_BACK = [
    *(("config/root", {}, name, kind) for kind, names in ROOT.items() for name in names.split()),
    *(("roles/r", IAM_USER, name, "COMMA_LIST") for name in ("policy_arns", "iam_groups")),
    ("roles/r", IAM_USER, "iam_tags", "KEY_VALUES"),
    ("roles/r", IAM_USER, "mfa_serial_number", "STRING"),
    ("roles/r", ASSUMED_ROLE, "role_arns", "COMMA_LIST"),
    ("roles/r", ASSUMED_ROLE, "session_tags", "KEY_VALUES"),
    ("roles/r", ASSUMED_ROLE, "external_id", "STRING"),
    ("roles/r", ASSUMED_ROLE, "default_sts_ttl", "DURATION"),
    ("roles/r", ASSUMED_ROLE, "max_sts_ttl", "DURATION"),
]
REFUSED_ONLY = [
    *(("config/root", name, "STRING") for name in ("secret_key", "username_template")),
    *(("config/root", name, "STRING") for name in ("rotation_schedule", "identity_token_audience")),
    *(("config/root", name, "DURATION") for name in ("rotation_window", "rotation_period")),
    *(("config/root", f"sts_fallback_{name}", "COMMA_LIST") for name in ("endpoints", "regions")),
    *(("config/lease", name, "STRING") for name in ("lease", "lease_max")),
    *(("roles/r", name, "STRING") for name in ("credential_type", "policy_document", "user_path")),
    *(("roles/r", name, "STRING") for name in ("permissions_boundary_arn", "arn", "policy")),
    ("static-roles/r", "username", "STRING"),
    ("static-roles/r", "rotation_period", "DURATION"),
]
CREDS = [("role_arn", "STRING"), ("ttl", "DURATION"), ("role_session_name", "STRING")]
CREDS += [("mfa_code", "STRING")]
OFFERED = {
    "config/root": {"read", "update", "create"},
    "config/lease": {"read", "update"},
    "config/rotate-root": {"update"},
    "roles": {"list"},
    "roles/": {"list"},
    "roles/r": {"read", "update", "delete"},
    "static-roles": {"list"},
    "static-roles/": {"list"},
    "static-roles/r": {"read", "update", "delete"},
    "static-creds/r": {"read"},
    "creds/r": {"read", "update"},
    "sts/r": {"read", "update"},
}
NOWHERE = ["", "nowhere", "config", "config/", "config/other", "roles/-a", "roles/a-", "roles/a/b"]
NOWHERE += ["creds", "creds/", "sts/a b", "static-creds/", "static-creds", "static-roles/.a"]
OPERATIONS = ["create", "read", "update", "patch", "delete", "list", "scan"]


def rows() -> Iterator[dict[str, Any]]:
    """Return each request with its answer."""
    recorded = [json.loads(line) for line in CONVERSIONS.read_text().splitlines()]
    for index, (path, base, name, kind) in enumerate(READ_BACK):
        for row in _of_kind(recorded, kind, index):
            yield _write(path, base, name, row)
    for index, (path, name, kind) in enumerate(REFUSED_ONLY):
        yield from (
            _write(path, {}, name, row) for row in _of_kind(recorded, kind, index) if "error" in row
        )
    for index, (name, kind) in enumerate(CREDS):
        for path in ("creds/none", "sts/none"):
            yield from (_issue(path, name, row) for row in _of_kind(recorded, kind, index))
    for path, offered in OFFERED.items():
        yield from (
            _status(operation, path, 405) for operation in OPERATIONS if operation not in offered
        )
    for path in NOWHERE:
        yield from (_status(operation, path, 404) for operation in OPERATIONS)


def _of_kind(recorded: list[dict[str, Any]], kind: str, index: int) -> list[dict[str, Any]]:
    return [row for row in recorded if row["type"] == kind][index % STEP :: STEP]


def _write(path: str, base: dict[str, Any], name: str, row: dict[str, Any]) -> dict[str, Any]:
    request = {"operation": "update", "path": path, "body": _body(base, name, row["sent"])}
    if "error" in row:
        return {**request, "status": 400, "error": _error(path, name, row)}
    return {**request, "status": 204, "reads": {name: _value(row)}}


def _issue(path: str, name: str, row: dict[str, Any]) -> dict[str, Any]:
    request = {"operation": "update", "path": path, "body": _body({}, name, row["sent"])}
    text = _error(path, name, row) if "error" in row else 'Role "none" not found'
    return {**request, "status": 400, "error": text}


def _status(operation: str, path: str, status: int) -> dict[str, Any]:
    return {"operation": operation, "path": path, "body": "{}", "status": status}


def _body(base: dict[str, Any], name: str, sent: str) -> str:
    given = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in base.items()]
    return "{" + ", ".join([*given, f"{json.dumps(name)}: {sent}"]) + "}"


def _error(path: str, name: str, row: dict[str, Any]) -> str:
    """Only `config/root` has an existence check, which answers without the prefix."""
    prefix = "" if path == "config/root" else "Field validation failed: "
    return prefix + str(row["error"]).replace(FIELD, name)


def _value(row: dict[str, Any]) -> object:
    """Return what a field reads as; the built-in engines have defaults of their own."""
    if row["type"] == "STRING":
        return {"null": "", '""': ""}.get(row["sent"], row["value"])
    if row["type"] == "DURATION" and as_sent(row["sent"]) is None:
        return 0
    return row["value"]


if __name__ == "__main__":
    REQUESTS.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    sys.stdout.write(f"wrote {REQUESTS.name}\n")
