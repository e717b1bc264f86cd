"""Threads that are kept for the next connection: to start one takes longer than to answer HTTP."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import BoundedSemaphore, Semaphore, Thread

from labkit.servers.aws.log import log


class Workers:
    """A bounded number of threads, each started when it is first needed; thread-safe.

    `concurrent.futures` has no threads that let the process end while they wait for a client.

    Args:
        most: how many threads work at the same time.
    """

    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)
        self._idle = Semaphore(0)  # threads that wait for work
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    def start(self, work: Callable[[], None], timeout: float) -> bool:
        """Start work in a thread; return False if no thread gets free within the seconds."""
        if not self._free.acquire(timeout=timeout):
            return False
        self._work.put(work)
        if not self._idle.acquire(blocking=False):
            Thread(target=self._run, daemon=True).start()
        return True

    def stop(self) -> None:
        """End each thread when it has no work."""
        self._work.put(None)

    def _run(self) -> None:
        while work := self._work.get():
            try:
                work()
            except Exception:
                log.exception("the work of a thread failed")
            self._idle.release()
            self._free.release()
        self._work.put(None)  # for the next thread
