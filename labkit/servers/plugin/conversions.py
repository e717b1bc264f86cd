"""JSON values read as the type of a field, by the rules of Vault's framework.

The framework sees a JSON number as its text, so that `1E2` as a string stays `1E2`.
The texts of errors are those of OpenBao, which leaves the refused value out where Vault quotes it.

Source: `getPrimitive` in `sdk/framework/field_data.go`; the weak decoding of Go's `mapstructure`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from typing import Any

from labkit.servers.plugin.durations import parse_duration
from labkit.servers.plugin.go_syntax import parse_int

_SPACES = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What Go trims off a string."""
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False", ""))


class Kind(Enum):
    """The type of a field, by the name that the framework shows in its help."""

    STRING = "string"
    INT = "int"
    BOOL = "bool"
    DURATION = "duration (sec)"  # whole seconds; accepts 90, "90", "1h30m", "2d"
    COMMA_LIST = "slice"  # list of strings; accepts "a,b"
    KEY_VALUES = "keypair"  # dict of strings; accepts ["k=v"]


class UnreadableError(ValueError):
    """A value does not fit the type of its field; the text is the framework's."""


def convert(name: str, kind: Kind, value: object) -> Any:  # noqa: ANN401 - the kind decides the type
    """Return a JSON value as the type of a field.

    Args:
        name: the field's, for the texts that quote it.
        kind: the field's type.
        value: the JSON value; a number may come as its text.

    Raises:
        ValueError: if the value does not fit; the text is the framework's.
    """
    if kind is Kind.KEY_VALUES:
        return _key_values(name, value)
    return _READERS[kind](value)


def zero(kind: Kind) -> Any:  # noqa: ANN401 - the kind decides the type
    """Return what a field without a value and without a default reads as."""
    return _ZEROES[kind]()


def _string(value: object, where: str = "") -> str:
    if isinstance(value, (bool, type(None))):
        return {True: "1", False: "0", None: ""}[value]
    if isinstance(value, (str, int, float)):
        return str(value)
    raise _unconvertible("string", value, where)


def _int(value: object) -> int:
    if isinstance(value, bool) or value in (None, ""):
        return int(bool(value))
    if isinstance(value, (str, int, float)):
        try:
            return parse_int(str(value), base=0)
        except ValueError as error:
            raise _unparsable("int", f"strconv.ParseInt: {error}") from error
    raise _unconvertible("int", value)


def _bool(value: object) -> bool:
    if isinstance(value, (bool, type(None))):
        return bool(value)
    if isinstance(value, (str, int, float)):
        if str(value) in _TRUE | _FALSE:
            return str(value) in _TRUE
        raise _unparsable("bool", "strconv.ParseBool: invalid syntax")
    raise _unconvertible("bool", value)


def _duration(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise UnreadableError("could not parse duration from input")
    seconds = int(parse_duration(str(value)))
    if seconds < 0:
        raise UnreadableError(f"cannot provide negative value '{seconds}'")
    return seconds


def _comma_list(value: object) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return [item.strip(_SPACES) for item in str(value).split(",")]
    items, errors = _strings(_as_list(value), quote_values=True)
    if errors:
        told = "\n".join(f"* {error}" for error in sorted(errors))
        raise UnreadableError(f"{len(errors)} error(s) decoding:\n\n{told}")
    return [item.strip(_SPACES) for item in items]


def _key_values(name: str, value: object) -> dict[str, str] | None:
    try:
        return _map(value)
    except UnreadableError:
        pass  # a list of pairs, or no pairs at all
    pairs, errors = _strings(_as_list(value), quote_values=False)
    if errors:
        told = "\n".join(errors)
        raise UnreadableError(f"decoding failed due to the following error(s):\n\n{told}")
    return dict(_key_value(name, index, pair) for index, pair in enumerate(pairs))


def _map(value: object) -> dict[str, str] | None:
    """Return a map, or the union of a list of maps; None if there is no map in it."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return {str(key): _string(item) for key, item in value.items()}
    if not isinstance(value, list):
        raise UnreadableError("not a map")
    if not value:
        return {}
    maps = [found for found in map(_map, value) if found is not None]
    return {key: item for found in maps for key, item in found.items()} if maps else None


def _key_value(name: str, index: int, pair: str) -> tuple[str, str]:
    key, separator, value = pair.partition("=")
    if not (key and separator):
        raise UnreadableError(f'invalid key pair at index {index} in field "{name}"')
    return key, value


def _as_list(value: object) -> list[object]:
    if isinstance(value, list):
        return value
    return [] if value == {} else [value]


def _strings(items: list[object], *, quote_values: bool) -> tuple[list[str], list[str]]:
    """Return the items that are strings, and what is wrong with the others."""
    read, errors = [], []
    for index, item in enumerate(items):
        try:
            read.append(_string(item, f"[{index}]"))
        except UnreadableError as error:
            errors.append(f"{error}, value: '{_printed(item)}'" if quote_values else str(error))
    return read, errors


def _printed(value: object) -> str:
    """Return a JSON value as Go's `%v` prints it."""
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{_printed(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(_printed, value)) + "]"
    if isinstance(value, (bool, type(None))):
        return {True: "true", False: "false", None: "<nil>"}[value]
    return str(value)


def _unconvertible(wanted: str, value: object, where: str = "") -> UnreadableError:
    found = "map[string]interface {}" if isinstance(value, Mapping) else "[]interface {}"
    return UnreadableError(f"'{where}' expected type '{wanted}', got unconvertible type '{found}'")


def _unparsable(wanted: str, reason: str) -> UnreadableError:
    return UnreadableError(f"'' cannot parse value as '{wanted}': {reason}")


_READERS: Mapping[Kind, Callable[[object], Any]] = {
    Kind.STRING: partial(_string, where=""),
    Kind.INT: _int,
    Kind.BOOL: _bool,
    Kind.DURATION: _duration,
    Kind.COMMA_LIST: _comma_list,
}
_ZEROES: Mapping[Kind, Callable[[], Any]] = {
    Kind.STRING: str,
    Kind.INT: int,
    Kind.BOOL: bool,
    Kind.DURATION: int,
    Kind.COMMA_LIST: list,
    Kind.KEY_VALUES: dict,
}
