"""Our end of an HTTP/2 connection against the state machine of `h2`, in memory."""

from __future__ import annotations

import struct
from typing import TypeVar

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    Event,
    PingAckReceived,
    SettingsAcknowledged,
    StreamEnded,
    TrailersReceived,
)
from h2.events import DataReceived as PeerData
from h2.events import StreamReset as PeerReset
from h2.settings import SettingCodes

from labkit.servers.plugin.wire.http2.connection import (
    RECEIVE_WINDOW,
    DataReceived,
    GoingAway,
    HeadersReceived,
    Http2Connection,
    StreamReset,
)
from labkit.servers.plugin.wire.http2.frames import PREFACE, Http2Error, encode
from labkit.servers.plugin.wire.http2.headers import encode_headers

REQUEST = [(":method", "POST"), (":scheme", "https"), (":path", "/a"), (":authority", "x")]
HEADERS = encode_headers([(b":status", b"200")])
TRAILERS = encode_headers([(b"grpc-status", b"0")])
Kind = TypeVar("Kind", bound=Event)


class Pair:
    """Our server and a client of `h2`; `exchange` carries what each has to send to the other."""

    def __init__(self) -> None:
        self.ours = Http2Connection(is_client=False)
        self.peer = H2Connection(H2Configuration(client_side=True, header_encoding=None))
        self.peer.initiate_connection()
        self.seen: list[object] = []
        self.heard: list[Event] = []
        self.exchange()

    def exchange(self, *, acknowledge: bool = True) -> None:
        while (to_ours := self.peer.data_to_send()) + (to_peer := self.ours.take_output()):
            self.seen += self.ours.receive(to_ours)
            for event in self.peer.receive_data(to_peer):
                self.heard.append(event)
                if isinstance(event, PeerData) and acknowledge:
                    size = event.flow_controlled_length
                    self.peer.acknowledge_received_data(size, event.stream_id)

    def request(self, body: bytes = b"body", **end: bool) -> int:
        stream = self.peer.get_next_available_stream_id()
        self.peer.send_headers(stream, REQUEST)
        self.peer.send_data(stream, body, end_stream=end.get("end", True))
        self.exchange()
        return int(stream)

    def body(self) -> bytes:
        return b"".join(event.data or b"" for event in self.heard if isinstance(event, PeerData))

    def heard_of(self, kind: type[Kind]) -> list[Kind]:
        return [event for event in self.heard if isinstance(event, kind)]


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_a_request_and_its_answer(pair: Pair) -> None:
    stream = pair.request(b"question")
    pair.ours.send_headers(stream, HEADERS)
    pair.ours.send_rest(stream, b"answer", TRAILERS)
    pair.exchange()

    headers = {name.encode(): value.encode() for name, value in REQUEST}
    assert pair.seen == [
        HeadersReceived(stream, headers, ended=False),
        DataReceived(stream, b"question", ended=True),
    ]
    assert pair.body() == b"answer"
    assert [event.headers for event in pair.heard_of(TrailersReceived)] == [
        [(b"grpc-status", b"0")]
    ]
    assert pair.heard_of(StreamEnded)


def test_bytes_may_arrive_one_by_one(pair: Pair) -> None:
    pair.peer.send_headers(1, [*REQUEST, ("long", "x" * 40_000)])  # needs CONTINUATION frames
    pair.peer.send_data(1, b"body", end_stream=True, pad_length=200)
    seen = [
        event for byte in pair.peer.data_to_send() for event in pair.ours.receive(bytes([byte]))
    ]

    assert isinstance(seen[0], HeadersReceived)
    assert seen[0].headers[b"long"] == b"x" * 40_000
    assert seen[1] == DataReceived(1, b"body", ended=True)


def test_an_answer_larger_than_all_windows_waits_for_their_updates(pair: Pair) -> None:
    stream, data = pair.request(), bytes(range(256)) * 1000
    pair.ours.send_headers(stream, HEADERS)
    pair.ours.send_rest(stream, data, TRAILERS)
    pair.exchange(acknowledge=False)
    assert len(pair.body()) == 65535
    assert not pair.heard_of(StreamEnded)

    for size in (100_000, 256_000 - 165_535):
        pair.peer.increment_flow_control_window(size)
        pair.peer.increment_flow_control_window(size, stream)
        pair.exchange(acknowledge=False)

    assert pair.body() == data
    assert pair.heard_of(StreamEnded)


def test_a_smaller_window_of_the_peer_applies_to_open_streams(pair: Pair) -> None:
    stream = pair.request()
    pair.peer.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 10})
    pair.exchange()
    pair.ours.send_headers(stream, HEADERS)
    pair.ours.send_rest(stream, b"x" * 30, TRAILERS)
    pair.exchange(acknowledge=False)
    assert pair.body() == b"x" * 10

    pair.peer.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 30})
    pair.exchange(acknowledge=False)

    assert pair.body() == b"x" * 30
    assert len(pair.heard_of(SettingsAcknowledged)) == 3


def test_no_frame_is_larger_than_the_peer_allows(pair: Pair) -> None:
    stream = pair.request()
    pair.ours.send_rest(stream, bytes(40_000), TRAILERS)
    output = pair.ours.take_output()

    assert [size for size in sizes_of_frames(output) if size > 1000] == [16384, 16384, 7232]


def sizes_of_frames(data: bytes) -> list[int]:
    sizes = []
    while data:
        sizes.append(int.from_bytes(data[:3], "big"))
        data = data[9 + sizes[-1] :]
    return sizes


def test_the_peer_may_send_more_than_a_window(pair: Pair) -> None:
    stream, part = pair.request(end=False), bytes(16384)
    for _ in range(RECEIVE_WINDOW // len(part) + 1):
        pair.peer.send_data(stream, part)
        pair.exchange()

    assert pair.peer.outbound_flow_control_window > 0


def test_a_ping_is_answered(pair: Pair) -> None:
    pair.peer.ping(b"12345678")
    pair.exchange()

    assert [event.ping_data for event in pair.heard_of(PingAckReceived)] == [b"12345678"]


def test_a_stream_that_the_peer_broke_off_is_not_answered(pair: Pair) -> None:
    stream = pair.request()
    pair.peer.reset_stream(stream, 8)
    pair.exchange()
    pair.ours.send_headers(stream, HEADERS)
    pair.ours.send_rest(stream, b"late", TRAILERS)

    assert pair.seen[-1] == StreamReset(stream)
    assert pair.ours.take_output() == b""


def test_an_answer_before_the_requests_end_breaks_the_rest_off(pair: Pair) -> None:
    stream = pair.request(b"first", end=False)
    pair.ours.send_rest(stream, b"", HEADERS + TRAILERS)
    pair.exchange()

    assert [event.error_code for event in pair.heard_of(PeerReset)] == [0]


def test_a_goodbye_is_told_and_open_streams_are_still_answered(pair: Pair) -> None:
    stream = pair.request()
    pair.seen += pair.ours.receive(encode(7, 0, 0, bytes(8)))
    pair.ours.send_headers(stream, HEADERS)
    pair.ours.send_rest(stream, b"answer", TRAILERS)
    pair.exchange()

    assert pair.seen[-1] == GoingAway()
    assert pair.body() == b"answer"


PADDED_BEYOND_ITSELF = encode(0, 0x8, 1, b"\xff1")
VIOLATIONS = {
    "no preface": (b"GET / HTTP/1.1\r\n", 1),
    "too large a frame": (PREFACE + struct.pack(">HBBBI", 65, 0, 0, 0, 1), 6),
    "ping of 7 bytes": (PREFACE + encode(6, 0, 0, bytes(7)), 6),
    "settings cut off": (PREFACE + encode(4, 0, 0, bytes(5)), 6),
    "data of no stream": (PREFACE + encode(0, 0, 1, b"x"), 1),
    "reset of no stream": (PREFACE + encode(3, 0, 5, bytes(4)), 1),
    "stream of the server's": (PREFACE + encode(1, 4, 2, HEADERS), 1),
    "stream 0": (PREFACE + encode(1, 4, 0, HEADERS), 1),
    "invalid header block": (PREFACE + encode(1, 4, 1, b"\xff\xff\xff\xff\x0f"), 9),
    "padding": (PREFACE + encode(1, 4, 1, HEADERS) + PADDED_BEYOND_ITSELF, 1),
    "no increment": (PREFACE + encode(8, 0, 0, bytes(4)), 1),
    "too large a window": (PREFACE + encode(8, 0, 0, b"\x7f\xff\xff\xff"), 3),
    "too large an initial window": (PREFACE + encode(4, 0, 0, b"\0\4\xff\xff\xff\xff"), 3),
    "frame in a block": (PREFACE + encode(1, 0, 1, HEADERS) + encode(6, 0, 0, bytes(8)), 1),
    "continuation of nothing": (PREFACE + encode(9, 4, 1, HEADERS), 1),
    "endless block": (PREFACE + encode(1, 0, 1) + encode(9, 0, 1, bytes(16384)) * 17, 11),
    "push": (PREFACE + encode(5, 4, 1, bytes(4)), 1),
}


@pytest.mark.parametrize(("data", "code"), VIOLATIONS.values(), ids=VIOLATIONS)
def test_a_violation_is_told_to_the_peer_by_its_code(data: bytes, code: int) -> None:
    ours, peer = Http2Connection(is_client=False), H2Connection()
    peer.initiate_connection()

    with pytest.raises(Http2Error) as caught:
        ours.receive(data)

    assert caught.value.code == code
    heard = peer.receive_data(ours.take_output())
    assert [e.error_code for e in heard if isinstance(e, ConnectionTerminated)] == [code]


def test_unknown_frames_and_priorities_are_ignored() -> None:
    ours = Http2Connection(is_client=False)
    ours.take_output()

    assert ours.receive(PREFACE + encode(99, 0, 7, b"x") + encode(2, 0, 1, bytes(5))) == []
    assert ours.take_output() == b""
