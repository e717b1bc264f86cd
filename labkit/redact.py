"""What may be shown of a secret: enough to tell two apart, never enough to use one."""

import re
from collections.abc import Mapping
from typing import Any

SECRET_FIELDS = frozenset(
    {
        "client_token",
        "root_token",
        "secret_access_key",
        "secret_id",
        "secret_key",
        "security_token",
        "session_token",
        "token",
        "unseal_key",
        "wrapping_token",
    }
)
HIDDEN = "(hidden)"
_SECRET = re.compile(
    r"(?:\bhv[sbr]\.[\w-]{20,}|\b[sb]\.[A-Za-z0-9]{24,}"  # tokens of Vault and OpenBao
    r"|(?<![\w/+])(?!\S*/creds/)[A-Za-z0-9/+]{40}(?![\w/+=]))"  # AWS secret keys, no lease_id
)
_FIELD = re.compile(
    rf"^((?:{'|'.join(sorted(SECRET_FIELDS))}):?[ \t]+)(?!<nil>|n/a)\S+", re.MULTILINE
)
_KEY_ID = re.compile(r"\b((?:AKIA|ASIA)[A-Z0-9]{2})[A-Z0-9]{10,}([A-Z0-9]{2})\b")


def shorten_key_id(access_key_id: str) -> str:
    """Return an access key id by its first six and last two characters."""
    return redact_text(access_key_id)


def redact_text(text: str) -> str:
    """Return the text with tokens and secret keys hidden and access key ids shortened."""
    return _KEY_ID.sub(r"\1…\2", _SECRET.sub(HIDDEN, text))


def redact_output(text: str) -> str:
    """Return what a command line printed with its secrets hidden, by field name and by shape."""
    return redact_text(_FIELD.sub(rf"\g<1>{HIDDEN}", text))


def redact(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON value with every secret field hidden and every text redacted."""
    if isinstance(value, Mapping):
        return {key: _redact_field(key, item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def _redact_field(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return HIDDEN if name in SECRET_FIELDS and value else redact(value)
