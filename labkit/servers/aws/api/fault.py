"""A fault that AWS shows on request: throttling, a refusal, being down."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.servers.aws.api.checked import check, check_type

ANY_ACTION = "*"
MAX_DELAY = 60  # seconds; a stuck call must not outlive the lab


@dataclass(frozen=True)
class Fault:
    """An error that AWS answers instead of doing what it was asked.

    Args:
        action: the action as the journal names it ("CreateUser"), or "*" for all of them.
        error: AWS's error code, such as "Throttling" or "ServiceUnavailable".
        status: the HTTP status of the answer.
        message: the error's text.
        times: how many calls fail; None means all until the fault is taken back.
        delay: seconds to wait before answering.
    """

    action: str
    error: str
    status: int = 503
    message: str = ""
    times: int | None = None
    delay: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values that could not be answered with.

        Raises:
            TypeError: a value has the wrong type.
            ValueError: a value is out of its range.
        """
        check_type("action", self.action, str)
        check_type("error", self.error, str)
        check_type("message", self.message, str)
        check_type("status", self.status, int)
        check_type("times", self.times, int, type(None))
        check_type("delay", self.delay, int, float)
        check(self.action != "", "action must name an AWS action, or be '*'")
        check(self.error != "", "error must be an AWS error code")
        check(400 <= self.status <= 599, "status must be from 400 to 599")  # noqa: PLR2004 - HTTP's errors
        check(self.times is None or self.times > 0, "times must be at least 1, or null")
        check(0 <= self.delay <= MAX_DELAY, f"delay must be from 0 to {MAX_DELAY} seconds")

    def matches(self, action: str) -> bool:
        """Say whether a call of this action meets the fault."""
        return self.action in (ANY_ACTION, action)
