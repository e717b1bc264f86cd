"""The record of verdicts: it outlives the kernel, is private, and never fails an exercise."""

import os
import stat
from pathlib import Path

import pytest

from labkit.notebook import learning, verdict_log
from labkit.notebook.exercise import Exercise
from labkit.notebook.verdict_log import Record
from labkit.notebook.verdicts import DONE, not_yet

EXERCISES = [Exercise("s3_role", "03", 1, ("hint",)), Exercise("role_deleted", "03", 2, ("hint",))]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "state" / "progress.jsonl"
    monkeypatch.setenv("LABKIT_PROGRESS", str(found))
    return found


def test_the_record_shows_tries_and_the_first_time_done(file: Path) -> None:
    verdict_log.record("03", "s3_role", not_yet("EC2 answers"))
    verdict_log.record("03", "s3_role", DONE)
    verdict_log.record("03", "s3_role", not_yet("the role is gone"))

    first, second = learning.progress(EXERCISES, verdict_log.read(file)).achievements

    assert (first.tries, first.done is not None) == (1, True)
    assert (second.tries, second.done) == (0, None)
    assert repr(learning.progress(EXERCISES, verdict_log.read(file))) == "1 of 2 exercises done"


def test_only_its_owner_can_read_the_record(file: Path) -> None:
    verdict_log.record("03", "s3_role", DONE)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_no_key_gets_into_the_record(file: Path) -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"

    verdict_log.record("03", "s3_role", not_yet(f"the key {key} is refused"))

    assert key not in file.read_text()


def test_a_line_that_was_cut_does_not_hide_the_others(file: Path) -> None:
    verdict_log.record("03", "s3_role", DONE)
    with file.open("a") as stream:
        stream.write('{"time": "2026-\n{"unknown": 1}\n[]\n')
    verdict_log.record("03", "role_deleted", DONE)

    assert [one.check for one in verdict_log.read(file)] == ["s3_role", "role_deleted"]


def test_a_home_that_cannot_be_written_fails_no_exercise(tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")

    verdict_log.append(blocked / "progress.jsonl", Record("", "03", "s3_role", done=True))

    assert verdict_log.read(blocked / "progress.jsonl") == []


def test_the_record_can_be_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LABKIT_PROGRESS", "off")

    verdict_log.record("03", "s3_role", DONE)

    assert verdict_log.path(os.environ) is None
    assert [*tmp_path.iterdir()] == []


def test_the_record_is_in_the_state_folder_by_default() -> None:
    found = verdict_log.path({"XDG_STATE_HOME": "/state"})

    assert found == Path("/state/labkit/progress.jsonl")


def test_a_state_folder_without_an_absolute_path_is_ignored() -> None:
    """So says the XDG Base Directory Specification."""
    found = verdict_log.path({"XDG_STATE_HOME": "state"})

    assert found == Path.home() / ".local/state/labkit/progress.jsonl"
