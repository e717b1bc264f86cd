"""The record of a learner's verdicts: a file of JSON lines that outlives the kernel."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from labkit.machine.folders import state_home
from labkit.notebook import board
from labkit.notebook.verdicts import Verdict
from labkit.redact import redact_text

VARIABLE = "LABKIT_PROGRESS"
OFF = "off"


@dataclass(frozen=True)
class Record:
    """One verdict of a check.

    Args:
        time: when it was given, ISO 8601 in UTC.
        notebook: the first two digits of the notebook's file name.
        check: the name of the check.
        done: whether the exercise was done.
        hint: what was missing; empty if done.
    """

    time: str
    notebook: str
    check: str
    done: bool
    hint: str = ""


def path(env: Mapping[str, str]) -> Path | None:
    """Return the file of the record; None if LABKIT_PROGRESS is `off`.

    LABKIT_PROGRESS names another file; the default is `labkit/progress.jsonl` in XDG_STATE_HOME.
    """
    if (named := env.get(VARIABLE)) == OFF:
        return None
    return Path(named) if named else state_home(env) / "labkit/progress.jsonl"


def record(notebook: str, check: str, verdict: Verdict) -> None:
    """Append a verdict to the record and send it to the board of a class, if there is one.

    The record is left out if it is off or cannot be written.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = Record(now, notebook, check, verdict.done, redact_text(verdict.hint))
    if (file := path(os.environ)) is not None:
        append(file, line)
    board.report(asdict(line))


def append(file: Path, line: Record) -> None:
    """Append a line to a file that only its owner can read; no-op if that is refused."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(file, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(number, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(asdict(line)) + "\n")
    except OSError:
        return  # a read-only home must not fail an exercise


def read(file: Path | None) -> list[Record]:
    """Return the records of a file, without lines that were cut; empty if there is no file."""
    if file is None or not file.exists():
        return []
    lines = file.read_text(encoding="utf-8").splitlines()
    return [found for line in lines if (found := _parse(line)) is not None]


def _parse(line: str) -> Record | None:
    try:
        return Record(**json.loads(line))
    except (TypeError, ValueError):
        return None
