"""The journal: one entry for each call that AWS answered, kept in memory."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from itertools import islice

from labkit.servers.aws.api.entry import Entry

CAPACITY = 100_000


class Journal:
    """The latest calls, oldest first; safe to use from many threads.

    Args:
        capacity: how many entries are kept; beyond it the oldest are dropped and counted.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._lock = threading.Lock()
        self._last = 0

    def add(self, entry: Entry) -> None:
        """Keep an entry under the next number."""
        with self._lock:
            self._last += 1
            self._entries.append(replace(entry, seq=self._last))

    def after(self, seq: int) -> list[Entry]:
        """Return the entries that are younger than number `seq` and still kept."""
        with self._lock:
            skip = max(0, seq - (self._last - len(self._entries)))
            return list(islice(self._entries, skip, None))

    @property
    def dropped(self) -> int:
        """How many entries were dropped to stay within the capacity."""
        with self._lock:
            return self._last - len(self._entries)
