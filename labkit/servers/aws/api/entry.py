"""An entry of the journal: a call that AWS answered, without secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """What one statement of a policy said about a call.

    Args:
        layer: the kind of policy.
        policy: its name.
        statement: the Sid, or the statement's number.
        effect: "Allow" or "Deny".
        applied: whether the statement applied to the call.
        why: the reason, in a few words.
    """

    layer: str
    policy: str
    statement: str
    effect: str
    applied: bool
    why: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision on a call; of several actions and resources, that of the first denied.

    Args:
        action: such as "s3:GetObject".
        resource: an ARN, or "*".
        reason: "allowed", "explicit deny" or "implicit deny".
        layer: the kind of policy that denies; None if the call is allowed.
        rule: which rule said what the call needs.
        sentence: AWS's sentence.
        rows: the statements that decided.
    """

    action: str
    resource: str
    reason: str
    layer: str | None
    rule: str
    sentence: str
    rows: tuple[StatementEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call that AWS answered.

    Args:
        seq: 1, 2, 3 ... in the order of the answers, given by the journal; a gap means that older
            entries were dropped.
        time: when the call arrived, in seconds since the epoch (UTC).
        duration: seconds until it was answered.
        service: "iam", "ec2" ...; None when the request was not signed.
        action: "CreateUser"; "GET /path" for a REST call without a name here.
        region: the region the request was signed for.
        access_key_id: the key the request was signed with, known to AWS or not.
        principal: the ARN of that key's owner, remembered after the key is deleted; "unverified"
            unless the request was signed with the key's secret; None if it names no key.
        target_user: the IAM user the call was about.
        target_key_id: the access key the call was about: created, deleted or asked for.
        status: the HTTP status of the answer.
        error: AWS's error code, None if the call succeeded.
        decision: what the policies said; None if it did not come to a decision.
    """

    seq: int = 0
    time: float
    duration: float
    service: str | None
    action: str
    region: str | None
    access_key_id: str | None
    principal: str | None
    target_user: str | None
    target_key_id: str | None
    status: int
    error: str | None
    decision: Decided | None = None

    @property
    def caller(self) -> str:
        """The name of the IAM user or role whose key signed the call; empty if AWS knew none."""
        return (self.principal or "").rpartition("/")[2]

    def to_json(self) -> str:
        """Return the entry as one line of JSON."""
        return _JSON.encode(self)

    @classmethod
    def from_json(cls, line: str) -> Entry:
        """Read what `to_json` wrote."""
        fields = json.loads(line)
        if decision := fields.get("decision"):
            rows = tuple(StatementEntry(**row) for row in decision.pop("rows"))
            fields["decision"] = Decided(**decision, rows=rows)
        return cls(**fields)


def _fields(value: Entry | Decided | StatementEntry) -> dict[str, Any]:
    """Return the fields of a value by name; `dataclasses.asdict` would copy what is below, too."""
    return {name: getattr(value, name) for name in value.__slots__}


_JSON = json.JSONEncoder(default=_fields)
