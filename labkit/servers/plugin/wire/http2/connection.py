"""One end of an HTTP/2 connection, without I/O: RFC 9113, sections 5 and 6.

Left out because gRPC between two programs does not need it: priorities, push, and a limit to what
the peer sends on one stream. The peer is authenticated by mutual TLS.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from labkit.servers.plugin.wire.http2 import frames
from labkit.servers.plugin.wire.http2.frames import Frame, FrameReader, Http2Error, encode
from labkit.servers.plugin.wire.http2.headers import HeaderDecoder
from labkit.servers.plugin.wire.http2.sender import DEFAULT_WINDOW, Sender

RECEIVE_WINDOW = 1 << 24  # bytes that the peer may send before this side updates its window
_MAX_BLOCK = 1 << 18


class HeadersReceived(NamedTuple):
    """Headers or trailers arrived."""

    stream: int
    headers: dict[bytes, bytes]
    ended: bool


class DataReceived(NamedTuple):
    """A part of a body arrived."""

    stream: int
    data: bytes
    ended: bool


class StreamReset(NamedTuple):
    """The peer broke a stream off."""

    stream: int


class GoingAway(NamedTuple):
    """The peer accepts no more streams."""


Http2Event = HeadersReceived | DataReceived | StreamReset | GoingAway


@dataclass
class _Block:
    """A header block of which not all frames have arrived."""

    stream: int
    ended: bool
    data: bytes = b""


class Http2Connection:
    """One end of a connection. Not thread-safe.

    `receive` takes what arrives. After each call of a method, `take_output` returns what to send.
    """

    def __init__(self, *, is_client: bool) -> None:
        self._is_client = is_client
        self._expected = b"" if is_client else frames.PREFACE
        self._frames, self._decoder, self._sender = FrameReader(), HeaderDecoder(), Sender()
        self._receiving = set[int]()
        self._last_stream = -1 if is_client else 0
        self._block: _Block | None = None
        self._received = 0  # bytes since the last update of the peer's window
        self._sender.send(frames.PREFACE if is_client else b"")
        settings = struct.pack(">HI", frames.INITIAL_WINDOW_SIZE, frames.MAX_WINDOW)
        if is_client:
            settings += struct.pack(">HI", frames.ENABLE_PUSH, 0)
        self._sender.send(encode(frames.SETTINGS, 0, 0, settings))
        self._allow(RECEIVE_WINDOW - DEFAULT_WINDOW)

    def take_output(self) -> bytes:
        """Return what is to be sent, and forget it."""
        return self._sender.take_output()

    def open_stream(self, block: bytes) -> int:
        """Send a client's headers on a new stream; return its number."""
        self._last_stream += 2
        self._receiving.add(self._last_stream)
        self._sender.open(self._last_stream)
        self._sender.send_headers(self._last_stream, block)
        return self._last_stream

    def send_headers(self, stream: int, block: bytes) -> None:
        """Send a server's headers; a no-op if the peer has broken the stream off."""
        self._sender.send_headers(stream, block)

    def send_rest(self, stream: int, data: bytes, trailers: bytes = b"") -> None:
        """Send a body and end the stream; a no-op if the peer has broken the stream off.

        Args:
            stream: its number.
            data: the body; may be empty only if there are trailers.
            trailers: the header block of the trailers.
        """
        self._sender.send_rest(stream, data, trailers)
        if trailers and stream in self._receiving and not self._sender.is_open(stream):
            # The server's answer is complete, so it does not want the rest of the request.
            self._receiving.discard(stream)
            self._sender.reset(stream, frames.NO_ERROR)

    def receive(self, data: bytes) -> list[Http2Event]:
        """Process bytes of the peer; return what happened.

        Raises:
            Http2Error: if the peer violates the protocol. The output then tells the peer.
        """
        try:
            applied = map(self._apply, self._frames.feed(self._without_preface(data)))
            return [event for event in applied if event is not None]
        except Http2Error as error:
            reason = struct.pack(">II", max(self._last_stream, 0), error.code)
            self._sender.send(encode(frames.GOAWAY, 0, 0, reason))
            raise

    def _without_preface(self, data: bytes) -> bytes:
        expected = self._expected[: len(data)]
        if not data.startswith(expected):
            raise Http2Error(frames.PROTOCOL_ERROR, "the peer does not speak HTTP/2")
        self._expected = self._expected[len(expected) :]
        return data[len(expected) :]

    def _apply(self, frame: Frame) -> Http2Event | None:
        if self._block is not None and frame.kind != frames.CONTINUATION:
            raise Http2Error(frames.PROTOCOL_ERROR, "a frame arrived inside a header block")
        match frame.kind:
            case frames.DATA:
                return self._receive_data(frame)
            case frames.HEADERS:
                self._block = _Block(frame.stream, bool(frame.flags & frames.END_STREAM))
                return self._receive_block(frame, frame.content())
            case frames.CONTINUATION:
                return self._receive_block(frame, frame.payload)
            case frames.RST_STREAM:
                return self._receive_reset(frame.stream)
            case frames.GOAWAY:
                return GoingAway()
        self._receive_control(frame)
        return None

    def _receive_control(self, frame: Frame) -> None:
        acknowledged = frame.flags & frames.ACK
        if frame.kind == frames.WINDOW_UPDATE:
            if frame.stream:
                self._refuse_idle(frame.stream)
            self._sender.update_window(frame.stream, frame.payload)
        elif frame.kind == frames.SETTINGS and not acknowledged:
            self._sender.apply_settings(frame.payload)
        elif frame.kind == frames.PING and not acknowledged:
            self._sender.send(encode(frames.PING, frames.ACK, 0, frame.payload))
        elif frame.kind == frames.PUSH_PROMISE:
            raise Http2Error(frames.PROTOCOL_ERROR, "the peer pushes, which is switched off")

    def _receive_data(self, frame: Frame) -> Http2Event | None:
        self._refuse_idle(frame.stream)
        self._received += len(frame.payload)
        if self._received >= RECEIVE_WINDOW // 2:
            self._allow(self._received)
            self._received = 0
        if frame.stream not in self._receiving:
            return None
        ended = self._note_end(frame.stream, frame.flags & frames.END_STREAM)
        return DataReceived(frame.stream, frame.content(), ended)

    def _receive_block(self, frame: Frame, part: bytes) -> Http2Event | None:
        block = self._block
        if block is None or block.stream != frame.stream:
            raise Http2Error(frames.PROTOCOL_ERROR, "a frame continues no header block")
        block.data += part
        if len(block.data) > _MAX_BLOCK:
            raise Http2Error(frames.ENHANCE_YOUR_CALM, "a header block is too long")
        if not frame.flags & frames.END_HEADERS:
            return None
        self._block = None
        headers = self._decoder.decode(block.data)  # always, because later blocks refer to it
        self._accept(frame.stream)
        if frame.stream not in self._receiving:
            return None
        return HeadersReceived(frame.stream, headers, self._note_end(frame.stream, block.ended))

    def _accept(self, stream: int) -> None:
        if not self._is_client and stream > self._last_stream and stream % 2:
            self._last_stream = stream
            self._receiving.add(stream)
            self._sender.open(stream)
        self._refuse_idle(stream)

    def _refuse_idle(self, stream: int) -> None:
        if not 0 < stream <= self._last_stream or stream % 2 == 0:
            raise Http2Error(frames.PROTOCOL_ERROR, f"stream {stream} was not opened")

    def _receive_reset(self, stream: int) -> Http2Event | None:
        self._refuse_idle(stream)
        was_open = stream in self._receiving or self._sender.is_open(stream)
        self._receiving.discard(stream)
        self._sender.close(stream)
        return StreamReset(stream) if was_open else None

    def _note_end(self, stream: int, ended: int) -> bool:
        if ended:
            self._receiving.discard(stream)
            if self._is_client and self._sender.is_open(stream):
                self._sender.reset(
                    stream, frames.CANCEL
                )  # the answer came before the request's end
        return bool(ended)

    def _allow(self, size: int) -> None:
        self._sender.send(encode(frames.WINDOW_UPDATE, 0, 0, struct.pack(">I", size)))
