"""What the board of a class shows: its records, and the rows made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STUCK_SECONDS = 600  # without a new verdict after a "not yet"
STUCK_TIMES = 3  # "not yet" of one exercise in succession
LONGEST = {"notebook": 40, "check": 60, "hint": 400}
# The sender redacts; an attendee's own code may send anything.
_SECRET = re.compile(
    r"\b(?:hv[sbr]|s|b)\.[\w-]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|(?<![\w/+])[A-Za-z0-9/+]{40}(?![\w/+=])"
)


@dataclass(frozen=True)
class Record:
    """One verdict of one attendee, with the time at which the board received it."""

    time: str
    user: str
    notebook: str
    check: str
    done: bool
    hint: str = ""

    @property
    def exercise(self) -> str:
        """The exercise's column on the board."""
        return f"{self.notebook} {self.check}"


@dataclass(frozen=True)
class Row:
    """What one attendee has reached.

    Attributes:
        user: the attendee's name.
        exercises: `done` or `not yet`, by exercise.
        seconds: since the attendee's last verdict; None without one.
        stuck: the exercise at which the attendee is stuck, or "".
        hint: what the check said there.
    """

    user: str
    exercises: dict[str, str]
    seconds: float | None = None
    stuck: str = ""
    hint: str = ""


def record_of(user: str, verdict: Mapping[str, Any], now: datetime) -> Record:
    """Return the record of a verdict as it was posted.

    Raises:
        ValueError: a field is missing, too long, or of another type.
    """
    if not isinstance(verdict.get("done"), bool):
        raise ValueError("`done` must be true or false")  # noqa: TRY004 - a posted value
    texts = {name: verdict.get(name, "") for name in LONGEST}
    for name, text in texts.items():
        if not isinstance(text, str) or (name != "hint" and not 0 < len(text) <= LONGEST[name]):
            raise ValueError(f"`{name}` must be a text of 1 to {LONGEST[name]} characters")
    hidden = {name: _SECRET.sub("(hidden)", text)[: LONGEST[name]] for name, text in texts.items()}
    return Record(now.isoformat(), user, done=verdict["done"], **hidden)


def read(path: Path) -> list[Record]:
    """Return the records of a file; skip a line that was not written to its end."""
    if not path.exists():
        return []
    return [record for line in path.read_text().splitlines() for record in _parsed(line)]


def _parsed(line: str) -> Iterable[Record]:
    try:
        yield Record(**json.loads(line))
    except (ValueError, TypeError):
        return


def append(path: Path, record: Record) -> None:
    """Append a record to the file, which only its owner may read."""
    path.touch(mode=0o600)
    with path.open("a") as file:
        file.write(json.dumps(asdict(record)) + "\n")


def exercises(records: Iterable[Record]) -> list[str]:
    """Return each exercise that was tried, in the order of the notebooks."""
    return sorted({record.exercise for record in records})


def rows(records: Iterable[Record], attendees: Iterable[str], now: datetime) -> list[Row]:
    """Return a row for each attendee, those who are stuck first."""
    theirs: dict[str, list[Record]] = {name: [] for name in attendees}
    for record in records:
        theirs.setdefault(record.user, []).append(record)
    found = [_row(user, verdicts, now) for user, verdicts in theirs.items()]
    return sorted(found, key=lambda row: (not row.stuck, row.user))


def _row(user: str, verdicts: list[Record], now: datetime) -> Row:
    if not verdicts:
        return Row(user, {})
    reached: dict[str, str] = {}
    for verdict in verdicts:
        if reached.get(verdict.exercise) != "done":
            reached[verdict.exercise] = "done" if verdict.done else "not yet"
    last = verdicts[-1]
    seconds = (now - datetime.fromisoformat(last.time)).total_seconds()
    if reached[last.exercise] == "done" or not _is_stuck(verdicts, seconds):
        return Row(user, reached, seconds)
    return Row(user, reached, seconds, last.exercise, last.hint)


def _is_stuck(verdicts: list[Record], seconds: float) -> bool:
    latest = verdicts[-STUCK_TIMES:]
    same = {(verdict.exercise, verdict.done) for verdict in latest}
    return seconds >= STUCK_SECONDS or (len(latest) == STUCK_TIMES and len(same) == 1)


def utc_now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)
