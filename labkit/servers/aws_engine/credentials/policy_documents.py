"""Several IAM policy documents as one; nothing here does I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from labkit.servers.plugin.errors import UserError

VERSION = "2012-10-17"
# Go's encoder writes these as escapes, lest JSON be taken for HTML or end a line of JavaScript.
ESCAPED = re.compile("[<>&\u2028\u2029]")
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACED = "\ufffd"
EXACT = 1e21  # from here on Go writes a number with an exponent


def combined_documents(documents: Sequence[str]) -> str:
    """Return one policy document with the statements of several; empty ones are left out.

    The bytes are those of Vault's own engine: statements in order with sorted keys, no blanks; of
    each document only `Statement` is kept.

    Raises:
        UserError: if one is not JSON, or its `Statement` is neither an object nor a list.
    """
    statements = [each for document in documents if document for each in _statements(document)]
    text = json.dumps(statements, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    text = ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return f'{{"Version":"{VERSION}","Statement":{SURROGATE.sub(REPLACED, text)}}}'


def _statements(document: str) -> list[Any]:
    try:
        parsed = json.loads(
            document, parse_int=_number, parse_float=_number, parse_constant=_refuse
        )
    except (ValueError, RecursionError) as error:
        raise UserError(f"cannot combine policy documents: one is not JSON: {error}") from error
    found = parsed.get("Statement") if isinstance(parsed, dict) else None
    if isinstance(found, dict):
        return [found]
    if isinstance(found, list):
        return found
    raise UserError("cannot combine policy documents: one has no Statement, or not of its form")


def _number(text: str) -> float:
    """Read a number as Go does, into 64 bits of floating point."""
    value = float(text)
    if abs(value) == float("inf"):
        raise ValueError(f"the number {text[:20]} is too large")
    return int(value) if value.is_integer() and abs(value) < EXACT else value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
