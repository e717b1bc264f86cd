"""Why a request is refused, before it is put into the words of one API."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - AWS refuses; nothing failed
    """A request is refused.

    Args:
        reason: a key of `refusals.WORDS`, or an AWS error code.
        message: the text for the caller.
        status: the HTTP status; None lets the reason decide.
        verbatim: whether the reason is the error code of every API.
    """

    def __init__(
        self, reason: str, message: str = "", status: int | None = None, *, verbatim: bool = False
    ) -> None:
        super().__init__(reason, message)
        self.reason = reason
        self.message = message
        self.status = status
        self.verbatim = verbatim
