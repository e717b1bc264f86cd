"""Restore what a block changed, however the block ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def restoring(restore: Callable[[], None]) -> Iterator[None]:
    """Call `restore` at the end of the block; once more if an interrupt cuts it short.

    Args:
        restore: an idempotent function.
    """
    try:
        yield
    finally:
        try:
            restore()
        except KeyboardInterrupt:
            restore()
            raise
