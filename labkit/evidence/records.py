"""Evidence as JSON lines: one record a line, each saying what it is.

The first line is `{"record": "evidence", "version": 1}`. Every other line holds the fields of one
dataclass, which documents them; in `labkit.evidence`: `event` (`lease_events.Event`),
`sample` (`samples.Sample`), `proof` (`proof.Proof`), `request` (`requests.AuditedRequest`),
`attempt` (`attempts.Attempt`), `prediction` (`predictions.Prediction`), `use` (`uses.Use`),
`happening` (`uses.Happening`), `job` (`uses.Job`) and `gap` (`gaps.Gap`); and `call`
(`aws.api.entry.Entry`).
Times are epoch seconds UTC; those of a lease are RFC 3339.
Access key ids are shortened and accessors stand as the start of their HMAC; nothing secret is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from labkit.errors import LabError
from labkit.evidence.analyse.proof import Proof
from labkit.evidence.model.attempts import Attempt
from labkit.evidence.model.gaps import Gap
from labkit.evidence.model.lease_events import Event
from labkit.evidence.model.predictions import Prediction
from labkit.evidence.model.requests import HASH_LENGTH, HMAC, AuditedRequest
from labkit.evidence.model.samples import Sample
from labkit.evidence.model.uses import Happening, Job, Use
from labkit.redact import shorten_key_id
from labkit.servers.aws.api.entry import Entry
from labkit.vault.leases import Lease

VERSION = 1
HEADER = {"record": "evidence", "version": VERSION}
KEY_FIELDS = frozenset({"access_key", "access_key_id", "target_key_id"})
TIME_FIELDS = frozenset({"issue_time", "expire_time", "last_renewal"})


def lines(of_kind: Mapping[str, Sequence[Any]]) -> Iterator[str]:
    """Return a header and a line for each record.

    Args:
        of_kind: records by kind.
    """
    yield json.dumps(HEADER)
    for kind, records in of_kind.items():
        for record in records:
            yield json.dumps({"record": kind} | _shown(asdict(record)), ensure_ascii=False)


def _shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in fields.items()}


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - any field of any record
    if isinstance(value, Mapping):
        return _shown(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(HMAC):
        return value[:HASH_LENGTH]
    return shorten_key_id(value) if name in KEY_FIELDS and value else value


def read(written: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """Return the kind of each record and the record.

    Raises:
        LabError: a line is not of this schema; it is named by its number.
    """
    for number, line in enumerate(written, start=1):
        try:
            fields = json.loads(line)
            if number == 1:
                _check(fields)
            else:
                kind = fields.pop("record")
                yield kind, READERS[kind](fields)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LabError(
                f"Line {number} is no evidence of version {VERSION} ({error!r}). "
                "Was it written by lab.save(), of this version of labkit?"
            ) from error


def _check(header: Mapping[str, Any]) -> None:
    if header != HEADER:
        raise ValueError(f"the header is {dict(header)}, not {HEADER}")


def _event(fields: dict[str, Any]) -> Event:
    return Event(fields["time"], fields["kind"], _lease(fields["lease"]))


def _lease(fields: dict[str, Any]) -> Lease:
    times = {name: datetime.fromisoformat(fields[name]) for name in TIME_FIELDS if fields[name]}
    return Lease(**(fields | times))


def _sample(fields: dict[str, Any]) -> Sample:
    return Sample(**(fields | {"silent": tuple(fields["silent"])}))


def _proof(fields: dict[str, Any]) -> Proof:
    return Proof(fields["moment"], _sample(fields["sample"]))


READERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "event": _event,
    "sample": _sample,
    "proof": _proof,
    "call": lambda fields: Entry.from_json(json.dumps(fields)),
    "request": lambda fields: AuditedRequest(**fields),
    "attempt": lambda fields: Attempt(**fields),
    "prediction": lambda fields: Prediction(**fields),
    "use": lambda fields: Use(**fields),
    "happening": lambda fields: Happening(**fields),
    "job": lambda fields: Job(**fields),
    "gap": lambda fields: Gap(**fields),
}
