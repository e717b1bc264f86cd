"""Tables that show themselves: with rich in a terminal, as HTML in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

LEFT = ' style="text-align:left"'


@dataclass(frozen=True)
class Grid:
    """Words in rows and columns.

    Args:
        title: what they show.
        headings: one for each column.
        rows: their cells.
        narrow: the same in fewer columns, for a terminal in which these do not fit.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    narrow: Grid | None = None

    def __repr__(self) -> str:
        """Say how much there is; what it is, the table itself says."""
        return f"Grid({len(self.rows)} rows)"

    def __rich__(self) -> Any:  # noqa: ANN401 - rich is imported when it is needed
        from rich.console import Group
        from rich.text import Text

        from labkit.display.fitting import Fitting

        layouts = [[one.headings, *one.rows] for one in (self, self.narrow) if one]
        return Group(Text(self.title, style="bold"), Text(), Fitting(layouts), Text())

    def shortened(self, most: int) -> Grid:
        """Return the first rows, and a last one that says how many are left out.

        Args:
            most: rows that there is room for.
        """
        if len(self.rows) <= most:
            return self
        kept = max(most - 1, 0)
        rest = (f"… {len(self.rows) - kept} more", *([""] * (len(self.headings) - 1)))
        return Grid(self.title, self.headings, (*self.rows[:kept], rest))

    def _repr_html_(self) -> str:
        """Return an HTML table, in the colours of the page it stands on."""
        head = "".join(f"<th{LEFT}>{escape(heading)}</th>" for heading in self.headings)
        body = "".join(
            f"<tr>{''.join(f'<td{LEFT}>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in self.rows
        )
        return (
            f'<table><caption style="text-align:left">{escape(self.title)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


class Tabular:
    """A value that shows itself as its table, in a notebook and, with rich, in a terminal."""

    @property
    def table(self) -> Grid:
        """The value as a table."""
        raise NotImplementedError

    def __rich__(self) -> Any:  # noqa: ANN401 - rich is imported when it is needed
        return self.table.__rich__()

    def _repr_html_(self) -> str:
        return self.table._repr_html_()
