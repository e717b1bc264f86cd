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
    """Return one policy document with the statements of several; empty texts are left out.

    The bytes are those of Vault's own engine: statements in order with sorted keys, no blanks; of
    each document only `Statement` is kept, in whatever case it is written. A document without
    statements adds none, and a value that is no list is one statement.

    Raises:
        UserError: if a text is not JSON, not an object, or its `Statement` is null.
    """
    statements = [each for document in documents if document for each in _statements(document)]
    text = json.dumps(statements, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    text = ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return f'{{"Version":"{VERSION}","Statement":{SURROGATE.sub(REPLACED, text)}}}'


def _statements(document: str) -> list[Any]:
    """Return the statements of a document, whose keys Go's decoder finds in any case."""
    parsed = _parsed(document)
    if parsed is None:
        return []
    if not isinstance(parsed, _Object):
        raise UserError(_unexpected(parsed, "Go value of type aws.PolicyDocument"))
    found: list[Any] = []
    for key, value in parsed.pairs:
        if key.casefold() == "version" and not isinstance(value, (str, type(None))):
            raise UserError(
                _unexpected(value, "Go struct field PolicyDocument.Version of type string")
            )
        if key.casefold() == "statement":
            found = _as_list(value)
    return found


def _parsed(document: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(
            document,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_refuse,
            object_pairs_hook=_Object,
        )
    except (ValueError, RecursionError) as error:
        raise UserError(f"cannot combine policy documents: one is not JSON: {error}") from error


class _Object(dict[str, Any]):
    """A JSON object that remembers all its pairs, repeated keys included."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs


def _as_list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    if value is None:
        raise UserError("unsupported data type <nil> for StatementEntries")
    return value if isinstance(value, list) else [value]


def _unexpected(value: object, wanted: str) -> str:
    return f"json: cannot unmarshal {_json_type(value)} into {wanted}"


def _json_type(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    names = {str: "string", list: "array", int: "number", float: "number", _Object: "object"}
    return names[type(value)]


def _number(text: str) -> float:
    """Read a number as Go does, into 64 bits of floating point."""
    value = float(text)
    if abs(value) == float("inf"):
        raise ValueError(f"the number {text[:20]} is too large")
    return int(value) if value.is_integer() and abs(value) < EXACT else value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
