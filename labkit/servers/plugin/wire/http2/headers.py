"""Header blocks: RFC 7541. Sent without compression, so that a block is made once for all calls."""

from __future__ import annotations

from collections.abc import Iterable

from hpack import Decoder, HPACKError

from labkit.servers.plugin.wire.http2.frames import COMPRESSION_ERROR, Http2Error

_LITERAL = b"\0"  # a header in full, not to be added to the peer's table
_LONG = 0x7F


class HeaderDecoder:
    """Decodes the header blocks of one connection, in the order in which they arrive."""

    def __init__(self) -> None:
        self._decoder = Decoder()

    def decode(self, block: bytes) -> dict[bytes, bytes]:
        """Return the headers of a block; of a repeated header the last.

        Raises:
            Http2Error: if the block is not valid.
        """
        try:
            return dict(self._decoder.decode(block, raw=True))
        except HPACKError as error:
            raise Http2Error(COMPRESSION_ERROR, "a header block is not valid") from error


def encode_headers(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the block of some headers."""
    return b"".join(_LITERAL + _string(name) + _string(value) for name, value in headers)


def _string(text: bytes) -> bytes:
    return _length(len(text)) + text


def _length(size: int) -> bytes:
    if size < _LONG:
        return bytes([size])
    encoded, rest = bytearray([_LONG]), size - _LONG
    while rest >= 128:  # noqa: PLR2004 - seven bits a byte
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*encoded, rest])
