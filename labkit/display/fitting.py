"""Tables in a terminal: laid out so that no word is cut where the terminal is narrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.table import Table

PADDING = {3: (0, 1, 0, 1), 2: (0, 1, 0, 0)}  # rich's, by the blanks between two columns
LONGEST = 24  # characters of a word; ids and paths that are longer are folded
Lines = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Fitting:
    """The first layout of a table that fits the terminal; a line for each cell if none does.

    Args:
        layouts: the headings and rows of each, the best one first.
    """

    layouts: Sequence[Lines]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        for gap in PADDING:
            for lines in self.layouts:
                if found := widths(lines, options.max_width - gap * (len(lines[0]) - 1)):
                    yield _columns(lines, found, gap)
                    return
        yield _records(self.layouts[0])


def widths(lines: Lines, room: int) -> list[int]:
    """Return the width of each column, at least its longest word; none if that does not fit.

    Args:
        lines: the headings and the rows.
        room: characters for all columns.
    """
    columns = list(zip(*lines, strict=True))
    needed = [max(map(_longest_word, column)) for column in columns]
    wanted = [max(map(len, column)) for column in columns]
    spare = room - sum(needed)
    if spare < 0:
        return []
    for place in sorted(range(len(columns)), key=lambda place: wanted[place] - needed[place]):
        more = min(wanted[place] - needed[place], spare)
        needed[place] += more
        spare -= more
    return needed


def _longest_word(cell: str) -> int:
    return min(max(map(len, cell.split()), default=0), LONGEST)


def _columns(lines: Lines, widths: Sequence[int], gap: int) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=PADDING[gap])
    headings, *rows = lines
    for heading, width in zip(headings, widths, strict=True):
        table.add_column(heading, overflow="fold", width=width)
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _records(lines: Lines) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    headings, *rows = lines
    for row in rows:
        for heading, cell in zip(headings, row, strict=True):
            if cell:
                table.add_row(Text(heading), Text(cell))
        table.add_row()
    return table
