"""How messages lie in the body of a gRPC call: each has a prefix of five bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from labkit.servers.plugin.wire.grpc.status import RpcError, Status

_PREFIX = struct.Struct(">BI")  # 0 for a message that is not compressed, and its size


def with_prefix(message: bytes) -> bytes:
    """Return a message as it lies in the body."""
    return _PREFIX.pack(0, len(message)) + message


class Body:
    """The body of a call, as far as it has arrived."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, data: bytes) -> None:
        """Add what arrived."""
        self._data += data

    def messages(self) -> Iterator[bytes]:
        """Yield each complete message, and forget it.

        Raises:
            RpcError: if a message is compressed.
        """
        while len(self._data) >= _PREFIX.size:
            compressed, size = _PREFIX.unpack_from(self._data)
            if compressed:
                raise RpcError(Status.UNIMPLEMENTED, "the message is compressed")
            end = _PREFIX.size + size
            if len(self._data) < end:
                return
            message = bytes(self._data[_PREFIX.size : end])
            del self._data[:end]
            yield message

    def only_message(self) -> bytes:
        """Return the message of a body that has arrived as a whole.

        Raises:
            RpcError: if the body is not exactly one message, not compressed.
        """
        messages = list(self.messages())
        if len(messages) != 1 or self._data:
            raise RpcError(Status.INTERNAL, "the body is not one complete message")
        return messages[0]
