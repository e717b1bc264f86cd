"""Tables in terminals of every width: no word is cut, no line is too long."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from labkit.display.fitting import LONGEST, widths
from labkit.display.tables import Grid
from labkit.evidence.analyse.story import NARROW, Story
from labkit.evidence.evidence import Evidence

EVIDENCE = Path(__file__).parents[1] / "data" / "evidence.jsonl"


def stories() -> list[Story]:
    evidence = Evidence.load(EVIDENCE)
    return [evidence.story(life.lease_id) for life in evidence.lifetimes()]


def shown(thing: object, width: int) -> str:
    written = StringIO()
    Console(width=width, file=written).print(thing)
    return written.getvalue()


def words_of(grid: Grid) -> set[str]:
    cells = [cell for row in (grid.headings, *grid.rows) for cell in row]
    return {word for cell in cells for word in cell.split() if len(word) <= LONGEST}


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.lease_id[-4:])
def test_a_story_is_a_table_with_whole_words_in_80_columns(story: Story) -> None:
    written = shown(story, 80)
    table = story.table.narrow if "who asks" in written else story.table
    assert table is not None

    assert max(len(line) for line in written.splitlines()) <= 80
    assert [word for word in words_of(table) if word not in written] == []
    assert "joined" in written


def test_a_long_story_takes_fewer_columns() -> None:
    story = max(stories(), key=lambda story: len(story.steps))

    [heading] = [line for line in shown(story, 80).splitlines() if "joined by" in line]

    assert heading.split() == " ".join(NARROW).split()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160])
def test_no_word_is_cut_and_no_line_is_too_long(width: int) -> None:
    grid = stories()[0].table.narrow
    assert grid is not None

    written = shown(grid, width)

    assert max(len(line) for line in written.splitlines()) <= width
    assert [word for word in words_of(grid) if word not in written] == []


def test_a_wide_terminal_shows_all_columns_of_the_story() -> None:
    grid = stories()[0].table

    [heading] = [line for line in shown(grid, 160).splitlines() if "joined by" in line]

    assert all(word in heading for word in grid.headings)


def test_a_column_is_never_narrower_than_its_longest_word() -> None:
    lines = [("a", "b"), ("short", "a sentence of some words"), ("word", "InvalidClientTokenId")]

    assert widths(lines, 40) == [5, 24]
    assert widths(lines, 26) == [5, 21]
    assert widths(lines, 24) == []
