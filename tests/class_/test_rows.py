"""The rows of the board, and its page: who is stuck, since when, and nothing secret."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests import class_  # noqa: F401 - makes the class's folder importable

import board_page  # isort: skip
import board_rows  # isort: skip

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def record(user: str, minutes: float, check: str, *, done: bool, hint: str = "") -> object:
    verdict = {"notebook": "03", "check": check, "done": done, "hint": hint}
    return board_rows.record_of(user, verdict, NOON + timedelta(minutes=minutes))


def rows(records: list[object], minutes: float = 5) -> dict[str, board_rows.Row]:
    now = NOON + timedelta(minutes=minutes)
    found = board_rows.rows(records, ["ada", "bob"], now)  # type: ignore[arg-type]
    return {row.user: row for row in found}


def test_what_was_done_once_stays_done() -> None:
    row = rows([record("ada", 0, "a", done=True), record("ada", 1, "a", done=False)])["ada"]

    assert row.exercises == {"03 a": "done"}
    assert row.stuck == ""
    assert row.seconds == 4 * 60


def test_an_attendee_without_a_verdict_has_an_empty_row() -> None:
    assert rows([])["bob"] == board_rows.Row("bob", {})


@pytest.mark.parametrize(("times", "stuck"), [(2, ""), (3, "03 a")])
def test_three_times_not_yet_is_stuck(times: int, stuck: str) -> None:
    tried = [record("ada", n / 10, "a", done=False, hint=f"hint {n}") for n in range(times)]

    row = rows(tried, minutes=1)["ada"]

    assert row.stuck == stuck
    assert row.hint == ("hint 2" if stuck else "")


@pytest.mark.parametrize(("minutes", "stuck"), [(9, ""), (10, "03 a")])
def test_ten_minutes_after_a_not_yet_is_stuck(minutes: float, stuck: str) -> None:
    assert rows([record("ada", 0, "a", done=False)], minutes)["ada"].stuck == stuck


def test_those_who_are_stuck_come_first() -> None:
    assert list(rows([record("bob", 0, "a", done=False)], minutes=11)) == ["bob", "ada"]


@pytest.mark.parametrize(
    "verdict",
    [
        {"notebook": "03", "check": "a", "done": "yes"},
        {"notebook": "03", "check": "", "done": True},
        {"notebook": "3" * 41, "check": "a", "done": True},
        {"notebook": 3, "check": "a", "done": True},
        {"notebook": "03", "check": "a", "done": True, "hint": ["x"]},
    ],
)
def test_a_verdict_of_another_form_is_refused(verdict: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        board_rows.record_of("ada", verdict, NOON)


@pytest.mark.parametrize(
    "secret",
    ["hvs.CAESIJthisisnotatokenofanybodys", "AKIAABCDEFGHIJKLMNOP", "a" * 20 + "/" + "B" * 19],
)
def test_a_secret_in_a_hint_is_hidden(secret: str) -> None:
    found = record("ada", 0, "a", done=False, hint=f"refused {secret} twice")

    assert found.hint == "refused (hidden) twice"  # type: ignore[attr-defined]


def test_the_file_is_private_and_survives_a_line_cut_short(tmp_path: Path) -> None:
    file = tmp_path / "board.jsonl"
    kept = board_rows.record_of("ada", {"notebook": "1", "check": "a", "done": True}, NOON)
    board_rows.append(file, kept)
    with file.open("a") as cut:
        cut.write('{"time": "2026')

    assert board_rows.read(file) == [kept]
    assert file.stat().st_mode & 0o077 == 0
    assert board_rows.read(tmp_path / "none") == []


def test_the_page_escapes_what_attendees_send() -> None:
    tried = [record("ada", 0, "<script>", done=False, hint="<b>") for _ in range(3)]

    page = board_page.page(list(rows(tried).values()), form=None)

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<b>" not in page
    assert "Reset" not in page


def test_only_the_instructors_page_can_reset() -> None:
    page = board_page.page([board_rows.Row("ada", {})], form="<input name=_xsrf>")

    assert "Reset ada" in page
    assert "<input name=_xsrf>" in page
