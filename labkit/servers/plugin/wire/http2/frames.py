"""HTTP/2 frames: RFC 9113, sections 4 and 6."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MAX_PAYLOAD = 16384  # the default, which neither side raises here
MAX_WINDOW = 2**31 - 1

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS = 0, 1, 2, 3, 4
PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 5, 6, 7, 8, 9

END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

ENABLE_PUSH, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 2, 4, 5

NO_ERROR, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR = 0, 1, 3, 6
CANCEL, COMPRESSION_ERROR, ENHANCE_YOUR_CALM = 8, 9, 11

_HEAD = struct.Struct(">HBBBI")
_PRIORITY_BYTES = 5
_FIXED_SIZES = {PRIORITY: 5, RST_STREAM: 4, PING: 8, WINDOW_UPDATE: 4}


class Http2Error(Exception):
    """The peer violated HTTP/2; the connection cannot go on.

    Args:
        code: the error code for the GOAWAY frame.
        text: what the peer did.
    """

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Frame(NamedTuple):
    """A frame."""

    kind: int
    flags: int
    stream: int
    payload: bytes

    def content(self) -> bytes:
        """Return the payload of a DATA or HEADERS frame without padding and priority.

        Raises:
            Http2Error: if the padding is longer than the payload.
        """
        start, end = 0, len(self.payload)
        if self.flags & PADDED:
            start, end = 1, end - (self.payload[0] if self.payload else 1)
        if self.kind == HEADERS and self.flags & WITH_PRIORITY:
            start += _PRIORITY_BYTES
        if start > end:
            raise Http2Error(PROTOCOL_ERROR, "padding is longer than its frame")
        return self.payload[start:end]


def encode(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return the bytes of a frame."""
    size = len(payload)
    return _HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


class FrameReader:
    """Splits the bytes that arrive into frames."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield each frame that is complete.

        Raises:
            Http2Error: if a frame has a size that its kind does not allow.
        """
        self._data += data
        while len(self._data) >= _HEAD.size:
            high, low, kind, flags, stream = _HEAD.unpack_from(self._data)
            size = high << 8 | low
            if size > MAX_PAYLOAD or size != _FIXED_SIZES.get(kind, size):
                raise Http2Error(FRAME_SIZE_ERROR, f"a frame of kind {kind} has {size} bytes")
            end = _HEAD.size + size
            if len(self._data) < end:
                return
            payload = bytes(self._data[_HEAD.size : end])
            del self._data[:end]
            yield Frame(kind, flags, stream & MAX_WINDOW, payload)
