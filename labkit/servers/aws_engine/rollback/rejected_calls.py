"""A call of AWS that a write-ahead entry announces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from labkit.servers.aws_engine.aws_calls.aws_errors import definitely_not_applied
from labkit.servers.plugin import wal
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.request import Storage


@contextmanager
def delete_wal_entry_if_rejected(storage: Storage, entry: str) -> Iterator[None]:
    """Strike the entry out if AWS surely did nothing.

    Where the answer got lost, what it announces may exist, and the rollback has to look.
    """
    try:
        yield
    except EngineError as error:
        if definitely_not_applied(error.__cause__):
            wal.delete(storage, entry)
        raise
