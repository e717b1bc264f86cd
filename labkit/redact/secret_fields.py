"""Recognise secrets by the name of the field that holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from labkit.redact.known import hide_known, remember
from labkit.redact.shapes import HIDDEN, hide_shapes

Json: TypeAlias = Any  # whatever a JSON document holds; a server decides its shape

SECRET_FIELDS = frozenset(
    {
        "barcode",
        "client_token",
        "encoded_root_token",
        "encoded_token",
        "id_token",
        "initial_root_token",
        "keys_base64",
        "otp",
        "passphrase",
        "password",
        "plaintext",
        "private_key",
        "random_bytes",
        "recovery_keys_b64",
        "recovery_keys_hex",
        "root_token",
        "secret_access_key",
        "secret_id",
        "secret_key",
        "security_token",
        "session_token",
        "token",
        "unseal_key",
        "unseal_keys_b64",
        "unseal_keys_hex",
        "wrapping_token",
    }
)
_MORE = re.compile(r"(?:\w+_(?:password|passphrase|secret|token)|(?:unseal_|recovery_)?key_\d+)\Z")
_NOTHING = frozenset({"", "<nil>", "n/a", "null", "~"})


def is_secret(name: str) -> bool:
    """Tell whether a field of this name holds a secret, as Vault names its fields."""
    plain = re.sub(r"[\s-]+", "_", name.strip().rstrip(":").lower())
    return plain in SECRET_FIELDS or bool(_MORE.match(plain))


def holds_something(value: Json) -> bool:
    """Tell whether a value can be a secret: it is neither empty, None, nor a boolean."""
    return not isinstance(value, bool) and value is not None and str(value) not in _NOTHING


def redact(value: Json) -> Json:
    """Return a JSON value with every secret field hidden and every text redacted."""
    if isinstance(value, Mapping):
        return {key: _redact_field(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return hide_shapes(hide_known(value)) if isinstance(value, str) else value


def _redact_field(name: str, value: Json) -> Json:
    return HIDDEN if is_secret(name) and holds_something(value) else redact(value)


def secret_values(value: Json) -> Iterator[str]:
    """Yield the text of each secret field of a JSON value, at any depth."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from texts(item) if is_secret(str(name)) else secret_values(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secret_values(item)


def texts(value: Json) -> Iterator[str]:
    """Yield each text and number within a JSON value."""
    if isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from texts(item)
    elif holds_something(value):
        yield str(value)


def learn(answer: Json) -> None:
    """Remember the secrets in an answer of Vault: secret fields, and the values of a KV secret."""
    remember(*secret_values(answer))
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if isinstance(data, Mapping) and is_kv_version_2(data):
        remember(*texts(data["data"]))


def is_kv_version_2(data: Mapping[str, Any]) -> bool:
    """Tell whether the data of an answer is a secret of a KV version 2 engine."""
    metadata = data.get("metadata")
    return (
        set(data) == {"data", "metadata"}
        and isinstance(metadata, Mapping)
        and ("version" in metadata)
    )
