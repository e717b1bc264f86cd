"""What a gRPC server offers: its methods, each a function of serialized messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


def _no_shortcut(_message: bytes) -> bytes | None:
    return None


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Unary:
    """A method that gets one message.

    Args:
        answer: returns the reply; runs in a worker and may block. No reply, as None, is only for
            a method whose client expects a stream: that stream then ends.
        answer_at_once: returns the reply if it is known without waiting, else None; runs in the
            thread that reads the connection, which saves the way to a worker.
        afterwards: called when the reply has been sent.
    """

    answer: Callable[[bytes], bytes | None]
    answer_at_once: Callable[[bytes], bytes | None] = _no_shortcut
    afterwards: Callable[[], None] = _nothing


@dataclass(frozen=True)
class Listening:
    """A method that gets many messages and sends none.

    Args:
        receive: called with each message, in the thread that reads the connection.
        ended: called when the client ends the stream, breaks it off or disconnects.
    """

    receive: Callable[[bytes], None]
    ended: Callable[[], None]


RpcMethod = Unary | Listening
