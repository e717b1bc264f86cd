"""Hide secrets in any text."""

import re

from labkit.redact.known import hide_known
from labkit.redact.secret_fields import holds_something, is_secret
from labkit.redact.shapes import HIDDEN, hide_shapes

# `name  value` of a table, `name: value` of YAML, `"name": "value"` of JSON, `name=value`
_FIELD = re.compile(
    r"""(?P<before>^[ \t]*["']?(?P<name>[A-Za-z][\w-]*|(?:Unseal|Recovery) Key \d+"""
    r"""|(?:Initial )?Root Token|Encoded Token)["']?(?:[ \t]{2,}|:[ \t]+|=))"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"|[^\s,]+)""",
    re.MULTILINE,
)


def shorten_key_id(access_key_id: str) -> str:
    """Return an access key id by its first six and last two characters."""
    return hide_shapes(access_key_id)


def redact_text(text: str) -> str:
    """Return the text with known secrets, tokens and secret keys hidden, key ids shortened."""
    return hide_shapes(hide_known(text))


def redact_output(text: str) -> str:
    """Return what a command printed with its secrets hidden, by field name too."""
    return redact_text(_FIELD.sub(_hide_field, text))


def _hide_field(found: re.Match[str]) -> str:
    value = found["value"]
    if not is_secret(found["name"]) or not holds_something(value.strip('"')):
        return found[0]
    return found["before"] + (f'"{HIDDEN}"' if value.startswith('"') else HIDDEN)
