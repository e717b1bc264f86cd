"""What a bench measures, beside its limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Args:
        name: what was measured.
        value: what was seen.
        limit: the most it may be, or the least.
        unit: "" for a ratio.
        at_least: whether the limit is the least.
    """

    name: str
    value: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def held(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def seconds(act: Callable[[], object]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def report(title: str, figures: Sequence[Figure]) -> int:
    """Print the figures; return a process's exit status, 1 if a limit was not held."""
    table = Table("figure", "seen", "limit", "held", title=title)
    for one in figures:
        side = "at least" if one.at_least else "at most"
        limit = f"{side} {one.limit:g} {one.unit}"
        table.add_row(one.name, f"{one.value:.2f} {one.unit}", limit, "yes" if one.held else "NO")
    Console(width=110).print(table)
    return 0 if all(one.held for one in figures) else 1
