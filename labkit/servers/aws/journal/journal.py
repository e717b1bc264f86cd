"""The journal: one line of JSON for each call that AWS answered, kept in memory."""

from __future__ import annotations

import threading
import zlib
from collections import deque
from dataclasses import replace

from labkit.servers.aws.api.entry import Entry

CAPACITY = 100_000
BLOCK = 256  # entries that are compressed together: a tenth of their size remains


class Journal:
    """The latest calls, oldest first; safe to use from many threads.

    Args:
        capacity: how many entries are kept; beyond it the oldest are dropped and counted.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._blocks: deque[bytes] = deque(maxlen=capacity // BLOCK + 1)
        self._latest: list[str] = []  # those after the last block
        self._lock = threading.Lock()
        self._last = 0

    def add(self, entry: Entry) -> None:
        """Keep an entry under the next number."""
        with self._lock:
            self._last += 1
            self._latest.append(replace(entry, seq=self._last).to_json())
            if len(self._latest) == BLOCK:
                self._blocks.append(zlib.compress("\n".join(self._latest).encode()))
                self._latest.clear()

    def after(self, seq: int) -> list[str]:
        """Return the entries that are younger than number `seq` and still kept, as JSON."""
        with self._lock:
            wanted = max(0, self._last - max(seq, self._dropped()))
            blocks = -(-(wanted - len(self._latest)) // BLOCK)  # rounded up
            lines = [line for block in self._newest(blocks) for line in _unpack(block)]
            return (lines + self._latest)[-wanted:] if wanted else []

    @property
    def dropped(self) -> int:
        """How many entries were dropped to stay within the capacity."""
        with self._lock:
            return self._dropped()

    def _dropped(self) -> int:
        return max(0, self._last - self._capacity)

    def _newest(self, blocks: int) -> list[bytes]:
        return list(self._blocks)[-blocks:] if blocks > 0 else []


def _unpack(block: bytes) -> list[str]:
    return zlib.decompress(block).decode().split("\n")
