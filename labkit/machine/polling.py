"""Polling: look again and again, until something has happened or a block ends."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY = 0.1  # seconds between two looks


def happens_within(
    seconds: float,
    happened: Callable[[], bool],
    *,
    every: float = EVERY,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Poll until something has happened; return False if it has not within some seconds.

    The question is asked at least once, and once more when the time is up.

    Args:
        seconds: how long to go on.
        happened: the question; an error that it raises ends the wait.
        every: seconds between two looks.
        clock: monotonic seconds.
        sleep: waits for seconds.
    """
    deadline = clock() + seconds
    while not happened():
        if clock() > deadline:
            return False
        sleep(every)
    return True


@contextmanager
def repeating(act: Callable[[], object], *, every: float) -> Iterator[None]:
    """Call a function again and again from a thread during the block; its end waits for a call.

    Args:
        act: the function.
        every: seconds between two calls, and before the first.
    """
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(every):
            act()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
