"""Recognise secrets by their shape: tokens, AWS secret keys, access key ids."""

import re

HIDDEN = "(hidden)"
_SECRET = re.compile(
    r"(?:\bhv[sbr]\.[\w-]{20,}"  # tokens of Vault
    r"|\bs\.[A-Za-z0-9]{24,}|\bb\.[\w-]{24,}"  # service and batch tokens of OpenBao
    r"|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"  # JSON web tokens
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.|\n)*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<![\w/+])(?!\S*/creds/)[A-Za-z0-9/+]{40}(?![\w/+=]))"  # AWS secret keys, no lease_id
)
_KEY_ID = re.compile(r"\b((?:AKIA|ASIA)[A-Z0-9]{2})[A-Z0-9]{10,}([A-Z0-9]{2})\b")


def hide_shapes(text: str) -> str:
    """Return the text with tokens and secret keys hidden and access key ids shortened."""
    return _KEY_ID.sub(r"\1…\2", _SECRET.sub(HIDDEN, text))
