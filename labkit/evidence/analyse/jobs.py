"""What jobs made and left behind, from AWS's journal, Vault's audit log and a look at both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labkit.display.tables import Grid, Tabular
from labkit.errors import LabError
from labkit.evidence.analyse.calls import Calls
from labkit.evidence.analyse.workload import times_of
from labkit.evidence.model.requests import Requests
from labkit.evidence.model.uses import Job

LOGIN = re.compile(r"auth/.+/login")
MADE = ("job", "exit status", "logins", "IAM users made")
LEFT = ("tokens left", "leases left", "IAM users left")


@dataclass(frozen=True)
class Life:
    """The life of an IAM user, in seconds since its job was started.

    Args:
        made: when AWS created the user.
        deleted: when AWS deleted it; None if it has not.
    """

    made: float
    deleted: float | None


@dataclass(frozen=True)
class Finished:
    """A job with what it made.

    Args:
        job: the job.
        logins: how many Vault tokens it made by a login.
        users: the lives of the IAM users that Vault made for it.
    """

    job: Job
    logins: int
    users: tuple[Life, ...]

    @property
    def seconds(self) -> float:
        """How long the job ran."""
        return self.job.end - self.job.start

    @property
    def row(self) -> tuple[str, ...]:
        """Its cells in the table."""
        counts = (self.job.status, self.logins, len(self.users))
        left = (self.job.tokens, self.job.leases, self.job.users)
        return (self.job.name, *map(str, counts + left))


@dataclass(frozen=True)
class FinishedJobs(Tabular):
    """Jobs that ran one after another.

    Args:
        finished: each of them.
    """

    finished: tuple[Finished, ...]

    @property
    def names(self) -> list[str]:
        """The names of the jobs, in the order in which they ran."""
        return [one.job.name for one in self.finished]

    def __getitem__(self, name: str) -> Finished:
        """Return a job.

        Raises:
            LabError: no job has this name.
        """
        for one in self.finished:
            if one.job.name == name:
                return one
        raise LabError(f"No job is called {name!r}; there are: {', '.join(self.names) or 'none'}.")

    @property
    def table(self) -> Grid:
        """A row for each job with what it made, and what was left when it ended."""
        rows = tuple(one.row for one in self.finished)
        return Grid("what each job made, and what was left at its end", MADE + LEFT, rows)

    def __repr__(self) -> str:
        """Return which jobs there were, without numbers that differ each time."""
        return f"FinishedJobs({', '.join(self.names)})"


def finished_jobs(jobs: Sequence[Job], requests: Requests, calls: Calls) -> FinishedJobs:
    """Return jobs with what they made.

    Args:
        jobs: the jobs; they ran one after another.
        requests: Vault's audit log.
        calls: AWS's journal.
    """
    return FinishedJobs(tuple(_finished(job, requests, calls) for job in jobs))


def _finished(job: Job, requests: Requests, calls: Calls) -> Finished:
    logins = [
        one
        for one in requests
        if LOGIN.fullmatch(one.path) and not one.error and job.start <= one.time <= job.end
    ]
    made = times_of("CreateUser", job.name, calls, job.start)
    deleted = dict(times_of("DeleteUser", job.name, calls, job.start))
    users = tuple(Life(time, deleted.get(user)) for user, time in made)
    return Finished(job, len(logins), users)
