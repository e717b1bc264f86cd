"""Outages: a server is away for some seconds, and back afterwards, whatever happens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labkit.machine.restoring import restoring


@contextmanager
def outage(
    seconds: float, take_away: Callable[[], None], bring_back: Callable[[], None]
) -> Iterator[None]:
    """Take a server away from now on, and bring it back after some seconds.

    The end of the block waits for the rest of the outage. An error or an interrupt in the block
    ends the outage at once.

    Args:
        seconds: how long the server is away.
        take_away: begins the outage.
        bring_back: ends the outage; idempotent.
    """
    timer = threading.Timer(seconds, bring_back)
    timer.daemon = True
    with restoring(bring_back):
        take_away()
        timer.start()
        try:
            yield
            timer.join()
        finally:
            timer.cancel()
