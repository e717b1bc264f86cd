"""A clock that a test turns."""

from dataclasses import dataclass


@dataclass
class Clock:
    """Seconds that pass only while somebody sleeps, or when the test sets them."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
