"""Gaps: what could not be collected, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """A source that did not answer when evidence was collected.

    Args:
        time: when it was asked, epoch seconds UTC.
        source: what was asked, such as "AWS's journal".
        reason: what happened.
    """

    time: float
    source: str
    reason: str

    def __str__(self) -> str:
        """Return the gap as a sentence."""
        return f"{self.source} is missing from here on: {self.reason}"
