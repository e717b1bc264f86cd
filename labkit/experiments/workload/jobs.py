"""Run programs to their end, one after another, and count what each leaves behind."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from labkit.aws.probes import user_names
from labkit.display.waiting import wait_until
from labkit.errors import LabError
from labkit.evidence.analyse.workload import PREFIX, user_of
from labkit.evidence.collect.inventory import leases_in_vault
from labkit.evidence.model.uses import Job
from labkit.experiments.workload import clients
from labkit.experiments.workload.preparing import WorkloadEnvironment
from labkit.machine.polling import happens_within

LONGEST = 120.0  # seconds that a job may take
LATE = 30.0  # seconds: a loaded machine


def run_jobs(commands: Mapping[str, Sequence[str]], where: WorkloadEnvironment) -> list[Job]:
    """Run each command to its end, and return what was left of it then.

    Args:
        commands: the command line of each job, by its name.
        where: where the jobs' roles are.

    Raises:
        LabError: a job did not end within two minutes; the message ends in its log.
    """
    with clients.home() as home:
        return [_run(name, command, home, where) for name, command in commands.items()]


def wait_for_ends(where: WorkloadEnvironment, jobs: Sequence[str], seconds: float) -> None:
    """Wait until Vault has ended the leases of the jobs.

    Args:
        where: where the jobs' roles are.
        jobs: their names.
        seconds: by when each lease has ended.

    Raises:
        LabError: a lease is still there.
    """

    def is_over() -> bool:
        return not any(leases_in_vault(where.vault, f"{where.prefix(job)}/") for job in jobs)

    at_most = seconds + LATE
    wait_until(is_over, expected=seconds, at_most=at_most, description="leases to end")


@contextmanager
def tokens_revoked(where: WorkloadEnvironment, jobs: Sequence[str]) -> Iterator[None]:
    """Revoke at the end of the block the tokens that jobs left behind."""
    try:
        yield
    finally:
        for accessor in [one for job in jobs for one in tokens_of(where, job)]:
            where.vault.auth.token.revoke_accessor(accessor)


def tokens_of(where: WorkloadEnvironment, job: str) -> list[str]:
    """Return the accessors of a job's valid tokens."""
    from hvac.exceptions import Forbidden, InvalidPath

    tokens, found = where.vault.auth.token, []
    for accessor in tokens.list_accessors()["data"]["keys"]:
        try:
            meta = tokens.lookup_accessor(accessor)["data"]["meta"] or {}
        except (Forbidden, InvalidPath):  # it has just expired
            continue
        if meta.get("role_name") == PREFIX + job:
            found.append(accessor)
    return found


def _run(name: str, command: Sequence[str], home: Path, where: WorkloadEnvironment) -> Job:
    start = time.time()
    process = clients.start(name, command, where, home)
    try:
        status = process.wait(LONGEST)
    finally:
        process.stop()
    if status is None:
        raise LabError(f"The job {name} did not end in {LONGEST:.0f} s.{process.log_tail()}")
    left, message = _left(name, where), process.log_tail() if status else ""
    return Job(name, start, time.time(), status, *left, message=message)


def _left(name: str, where: WorkloadEnvironment) -> tuple[int, int, int]:
    """Return how many tokens, leases and IAM users of a job there are.

    Vault answers the revocation of a token before it has ended the token's leases. Wait for their
    end if no token is left.
    """

    def leases() -> list[str]:
        return leases_in_vault(where.vault, f"{where.prefix(name)}/")

    if not (tokens := tokens_of(where, name)):
        happens_within(LATE, lambda: not leases())
    users = list(filter(user_of(name).search, user_names(where.operator)))
    return len(tokens), len(leases()), len(users)
