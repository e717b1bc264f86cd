"""Waiting for something to happen: polled, bounded, and seen to make progress."""

import time
from collections.abc import Callable

from labkit.display.progress import progress_bar
from labkit.errors import WaitError
from labkit.machine.polling import happens_within

POLL_SECONDS = 0.25
BAR = "{desc}: {bar:20}| {n:.1f} of {total:.1f} s"


def wait_until(
    happened: Callable[[], bool],
    *,
    expected: float,
    at_most: float,
    description: str,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Poll until something has happened, with a progress bar in a terminal and in a notebook.

    Args:
        happened: asked about four times a second.
        expected: seconds it should take, the length of the bar.
        at_most: seconds after which to give up.
        description: what is waited for, in words; shown by the bar and the error.
        clock: monotonic seconds.
        sleep: waits for seconds.

    Raises:
        WaitError: it has not happened after `at_most` seconds.
    """
    start = clock()
    with progress_bar(description, BAR, total=max(expected, 0.1)) as bar:

        def seen() -> bool:
            bar.update(min(clock() - start, bar.total) - bar.n)
            return happened()

        if not happens_within(at_most, seen, every=POLL_SECONDS, clock=clock, sleep=sleep):
            raise WaitError(
                f"Timed out after {clock() - start:.0f} s waiting for {description} "
                f"(expected {expected:.0f} s). "
                "Look at lab.journal: is AWS answering, and did Vault try?"
            )
        bar.reset(total=max(clock() - start, 0.1))
        bar.update(bar.total)
