"""The functions that a `username_template` may call, besides those of Go's text/template itself.

Source: the documentation of Vault's username templating.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import string
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from labkit.servers.aws_engine.username_template.go_time import in_layout

BASE62 = string.digits + string.ascii_letters
HASH_LENGTH = 8
LONGEST_RANDOM = 100_000  # characters; no name is nearly as long


@dataclass(frozen=True)
class Function:
    """A function of a template; its arguments are checked before it is called."""

    call: Callable[..., str | bool]
    takes: tuple[type, ...] = ()


def functions(now: float) -> Mapping[str, Function]:
    """Return the functions by name.

    Args:
        now: what they tell as the time, in seconds since 1970 (UTC).
    """
    return {
        **_PURE,
        "unix_time": Function(lambda: str(int(now))),
        "unix_time_millis": Function(lambda: str(int(now * 1000))),
        "timestamp": Function(partial(_timestamp, now), (str,)),
    }


def truncate(limit: int, text: str) -> str:
    """Cut a text at a number of bytes."""
    if limit <= 0:
        raise ValueError(f"max length must be > 0 but was {limit}")
    return _text(_bytes(text)[:limit])


def truncate_sha256(limit: int, text: str) -> str:
    """Cut a text at a number of bytes, the last 8 of which depend on what is cut off."""
    if limit <= HASH_LENGTH:
        raise ValueError(f"max length must be > {HASH_LENGTH} but was {limit}")
    data = _bytes(text)
    if len(data) <= limit:
        return text
    kept, lost = data[: limit - HASH_LENGTH], data[limit - HASH_LENGTH :]
    return _text(kept) + hashlib.sha256(lost).hexdigest()[:HASH_LENGTH]


def glob(pattern: str, text: str) -> bool:
    """Say whether a text matches a pattern in which `*` stands for any characters."""
    parts = map(re.escape, re.sub(r"\*+", "*", pattern).split("*"))
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


def _random(length: int) -> str:
    if not 0 <= length <= LONGEST_RANDOM:
        raise ValueError(f"length must be from 0 to {LONGEST_RANDOM} but was {length}")
    return "".join(secrets.choice(BASE62) for _ in range(length))


def _replace(find: str, replacement: str, text: str) -> str:
    return text.replace(find, replacement)


def _sha256(text: str) -> str:
    return hashlib.sha256(_bytes(text)).hexdigest()


def _encode_base64(text: str) -> str:
    return base64.b64encode(_bytes(text)).decode()


def _decode_base64(text: str) -> str:
    try:
        return base64.b64decode(_bytes(text), validate=True).decode(errors="replace")
    except binascii.Error as error:
        raise ValueError("illegal base64 data") from error


def _encode_hex(text: str) -> str:
    return _bytes(text).hex()


def _decode_hex(text: str) -> str:
    try:
        return bytes.fromhex(text).decode(errors="replace")
    except ValueError as error:
        raise ValueError("illegal hex data") from error


def _timestamp(now: float, layout: str) -> str:
    return in_layout(layout, now)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")  # IAM refuses half a character either way


def _bytes(text: str) -> bytes:
    return text.encode(errors="replace")  # half a surrogate pair, which JSON allows, has no bytes


_PURE: Mapping[str, Function] = {
    "random": Function(_random, (int,)),
    "truncate": Function(truncate, (int, str)),
    "truncate_sha256": Function(truncate_sha256, (int, str)),
    "uppercase": Function(str.upper, (str,)),
    "lowercase": Function(str.lower, (str,)),
    "replace": Function(_replace, (str, str, str)),
    "sha256": Function(_sha256, (str,)),
    "base64": Function(_encode_base64, (str,)),
    "decode_base64": Function(_decode_base64, (str,)),
    "hex": Function(_encode_hex, (str,)),
    "decode_hex": Function(_decode_hex, (str,)),
    "uuid": Function(lambda: str(uuid.uuid4())),
    "glob": Function(glob, (str, str)),
}
