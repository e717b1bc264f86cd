"""Evidence as JSON lines: one record a line, each saying what it is.

The first line is `{"record": "evidence", "version": 1}`. Every other line holds the fields of one
dataclass, which documents them; in `labkit.evidence`: `event` (`lease_events.Event`),
`sample` (`samples.Sample`), `proof` (`proof.Proof`), `request` (`requests.AuditedRequest`),
`attempt` (`uses.Attempt`), `prediction` (`predictions.Prediction`), `use` (`uses.Use`),
`happening` (`uses.Happening`), `job` (`uses.Job`) and `gap` (`samples.Gap`); and `call`
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
from labkit.evidence.model.lease_events import Event
from labkit.evidence.model.predictions import Prediction
from labkit.evidence.model.requests import HASH_LENGTH, HMAC, AuditedRequest
from labkit.evidence.model.samples import Gap, Sample
from labkit.evidence.model.uses import Attempt, Happening, Job, Use
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
            if number > 1:
                kind = fields.pop("record")
                yield kind, READERS[kind](**fields)
            else:
                _check(fields)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LabError(
                f"Line {number} is no evidence of version {VERSION} ({error!r}). "
                "Was it written by lab.save(), of this version of labkit?"
            ) from error


def _check(header: object) -> None:
    if header != HEADER:
        raise ValueError(f"the header is {header}, not {HEADER}")


def _event(*, lease: dict[str, Any], **fields: Any) -> Event:  # noqa: ANN401 - of the record
    times = {name: datetime.fromisoformat(lease[name]) for name in TIME_FIELDS if lease[name]}
    return Event(**fields, lease=Lease(**(lease | times)))


def _sample(*, silent: list[str], **fields: Any) -> Sample:  # noqa: ANN401 - of the record
    return Sample(**fields, silent=tuple(silent))


READERS: dict[str, Callable[..., Any]] = {
    "event": _event,
    "sample": _sample,
    "proof": lambda *, moment, sample: Proof(moment, _sample(**sample)),
    "call": lambda **fields: Entry.from_json(json.dumps(fields)),
    "request": AuditedRequest,
    "attempt": Attempt,
    "prediction": Prediction,
    "use": Use,
    "happening": Happening,
    "job": Job,
    "gap": Gap,
}
