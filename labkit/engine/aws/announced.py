"""A call of AWS that a write-ahead entry announces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from labkit.engine.aws.aws_errors import surely_without_effect
from labkit.engine.plugin import wal
from labkit.engine.plugin.errors import EngineError
from labkit.engine.plugin.request import Storage


@contextmanager
def announced(storage: Storage, entry: str) -> Iterator[None]:
    """Strike the entry out if AWS surely did nothing.

    Where the answer got lost, what it announces may exist, and the rollback has to look.
    """
    try:
        yield
    except EngineError as error:
        if surely_without_effect(error.__cause__):
            wal.delete(storage, entry)
        raise
