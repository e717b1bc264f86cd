"""Headers of HTTP/2, encoded and decoded again."""

from __future__ import annotations

import pytest

from labkit.servers.plugin.wire.http2.headers import HeaderDecoder, encode_headers


@pytest.mark.parametrize("size", [0, 126, 127, 128, 254, 255, 16383, 16384, 60_000])
def test_header_texts_of_any_length_are_encoded(size: int) -> None:
    block = encode_headers([(b"name", b"x" * size)])

    assert HeaderDecoder().decode(block) == {b"name": b"x" * size}
