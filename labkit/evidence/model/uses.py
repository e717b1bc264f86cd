"""Uses: what programs and identities did with tokens and keys, and what programs left behind."""

from __future__ import annotations

from dataclasses import dataclass

OK = "ok"
BY_VAULT, BY_AWS = "denied by Vault", "denied by AWS"


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


@dataclass(frozen=True)
class Job:
    """A program that ran to its end, and what existed of it then.

    Args:
        name: the job's name.
        start: when it was started, epoch seconds UTC.
        end: when it had ended, epoch seconds UTC.
        status: its exit status.
        tokens: its Vault tokens that were still valid.
        leases: its leases that Vault still had.
        users: its IAM users that AWS still had.
        message: how its log ends, if it failed; without secrets.
    """

    name: str
    start: float
    end: float
    status: int
    tokens: int
    leases: int
    users: int
    message: str = ""


@dataclass(frozen=True)
class Attempt:
    """One real request and what came of it.

    Args:
        identity: who asked.
        action: what was asked.
        outcome: `allowed`, `denied by Vault` or `denied by AWS`.
    """

    identity: str
    action: str
    outcome: str
