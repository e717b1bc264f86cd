"""Uses: what the clients of a workload did with their keys, and what happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

OK = "ok"


@dataclass(frozen=True)
class Use:
    """One call of a client.

    Args:
        time: when the call began, epoch seconds UTC.
        client: the client's name.
        outcome: `ok`, or the error code of AWS, or the name of the client's exception.
    """

    time: float
    client: str
    outcome: str


@dataclass(frozen=True)
class Happening:
    """Something that happened to all clients of a workload.

    Args:
        time: when it began, epoch seconds UTC.
        name: what happened.
        seconds: how long it went on; 0 for a moment.
    """

    time: float
    name: str
    seconds: float = 0.0
