"""What one end of an HTTP/2 connection sends, within the windows that the peer grants."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from labkit.servers.plugin.wire.http2 import frames
from labkit.servers.plugin.wire.http2.frames import Http2Error, encode

DEFAULT_WINDOW = 65535
_SETTING = struct.Struct(">HI")


@dataclass
class _Stream:
    window: int  # bytes that the peer allows
    unsent: bytearray = field(default_factory=bytearray)
    trailers: bytes = b""


class Sender:
    """The sending half of a connection. Not thread-safe."""

    def __init__(self) -> None:
        self._output = bytearray()
        self._streams: dict[int, _Stream] = {}
        self._window = self._initial_window = DEFAULT_WINDOW
        self._max_payload = frames.MAX_PAYLOAD

    def take_output(self) -> bytes:
        """Return what is to be sent, and forget it."""
        output = bytes(self._output)
        self._output.clear()
        return output

    def send(self, data: bytes) -> None:
        """Send bytes that no window limits."""
        self._output += data

    def open(self, number: int) -> None:
        """Allow sending on a new stream."""
        self._streams[number] = _Stream(self._initial_window)

    def is_open(self, number: int) -> bool:
        """Return whether a stream is still to be ended by this side."""
        return number in self._streams

    def close(self, number: int) -> None:
        """Forget a stream and what was to be sent on it. Idempotent."""
        self._streams.pop(number, None)

    def reset(self, number: int, code: int) -> None:
        """Break a stream off."""
        self.close(number)
        self._output += encode(frames.RST_STREAM, 0, number, struct.pack(">I", code))

    def send_headers(self, number: int, block: bytes) -> None:
        """Send headers that do not end the stream; a no-op if the stream is closed."""
        if number in self._streams:
            self._output += encode(frames.HEADERS, frames.END_HEADERS, number, block)

    def send_rest(self, number: int, data: bytes, trailers: bytes) -> None:
        """Send data, trailers if there are any, and the end; a no-op if the stream is closed.

        What exceeds the peer's windows is sent when the peer updates them.
        """
        if stream := self._streams.get(number):
            stream.unsent += data
            stream.trailers = trailers
            self._send(number, stream)

    def apply_settings(self, payload: bytes) -> None:
        """Apply the payload of a SETTINGS frame.

        Raises:
            Http2Error: if the payload is cut off, or a value is not allowed.
        """
        if len(payload) % _SETTING.size:
            raise Http2Error(frames.FRAME_SIZE_ERROR, "settings are cut off")
        for setting, value in _SETTING.iter_unpack(payload):
            if setting == frames.INITIAL_WINDOW_SIZE:
                for stream in self._streams.values():
                    stream.window = _grown(stream.window, value - self._initial_window)
                self._initial_window = _grown(0, value)
            elif setting == frames.MAX_FRAME_SIZE:
                self._max_payload = value
        self._output += encode(frames.SETTINGS, frames.ACK, 0)
        self._send_unsent()

    def update_window(self, number: int, payload: bytes) -> None:
        """Apply the payload of a WINDOW_UPDATE frame to a stream; 0 is the connection.

        Raises:
            Http2Error: if the window does not grow, or grows beyond what HTTP/2 allows.
        """
        increment = int.from_bytes(payload, "big") & frames.MAX_WINDOW
        if not increment:
            raise Http2Error(frames.PROTOCOL_ERROR, "a window update of 0")
        if not number:
            self._window = _grown(self._window, increment)
            self._send_unsent()
        elif stream := self._streams.get(number):
            stream.window = _grown(stream.window, increment)
            if stream.unsent:
                self._send(number, stream)

    def _send_unsent(self) -> None:
        for number, stream in list(self._streams.items()):
            if stream.unsent:
                self._send(number, stream)

    def _send(self, number: int, stream: _Stream) -> None:
        while stream.unsent:
            size = min(len(stream.unsent), self._window, stream.window, self._max_payload)
            if size <= 0:
                return
            self._window -= size
            stream.window -= size
            part = bytes(stream.unsent[:size])
            del stream.unsent[:size]
            flags = 0 if stream.unsent or stream.trailers else frames.END_STREAM
            self._output += encode(frames.DATA, flags, number, part)
        if stream.trailers:
            flags = frames.END_HEADERS | frames.END_STREAM
            self._output += encode(frames.HEADERS, flags, number, stream.trailers)
        del self._streams[number]


def _grown(window: int, increment: int) -> int:
    if window + increment > frames.MAX_WINDOW:
        raise Http2Error(frames.FLOW_CONTROL_ERROR, "a window is larger than HTTP/2 allows")
    return window + increment
