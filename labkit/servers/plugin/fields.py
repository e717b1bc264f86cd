"""The parameters of a path: their kinds, their parsing, their defaults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from labkit.servers.plugin.durations import parse_duration
from labkit.servers.plugin.errors import UserError


class Kind(Enum):
    """What a field holds, by the names of Vault's framework (`sdk/framework`)."""

    STRING = "string"
    INT = "int"
    BOOL = "bool"
    DURATION = "duration"  # whole seconds; accepts 90, "90", "1h30m", "2d"
    COMMA_LIST = "comma list"  # list of strings; accepts "a,b"
    KEY_VALUES = "key values"  # dict of strings; accepts ["k=v"]


@dataclass(frozen=True)
class Field:
    """A parameter of a path; an absent one reads as its default."""

    kind: Kind
    default: Any = None
    description: str = ""


class Fields(Mapping[str, Any]):
    """The parsed parameters of one request.

    `fields[name]` is the given value, else the field's default; `fields.given` holds only what the
    client sent, so that a handler can tell an omitted field from an emptied one.
    """

    def __init__(self, schema: Mapping[str, Field], given: Mapping[str, Any]) -> None:
        self._schema = schema
        self.given = given

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - the kind decides the type
        return self.given[name] if name in self.given else self._schema[name].default

    def __iter__(self) -> Iterator[str]:
        return iter(self._schema)

    def __len__(self) -> int:
        return len(self._schema)


class _UnreadableError(ValueError):
    """A value does not fit the kind of its field."""


def parse_fields(
    schema: Mapping[str, Field], data: Mapping[str, Any], captures: Mapping[str, str]
) -> tuple[Fields, tuple[str, ...]]:
    """Read a request's parameters by their declared kinds.

    Args:
        schema: the fields that the path declares.
        data: what the client sent.
        captures: the named groups of the path; each is a field, and beats the data.

    Returns:
        The fields, and the warnings about parameters that had no effect.

    Raises:
        UserError: a parameter does not fit its kind; the text is that of Vault's framework.
    """
    schema = {**dict.fromkeys(captures, Field(Kind.STRING)), **schema}
    raw = {**data, **captures}
    given = {
        name: _convert(name, field.kind, raw[name])
        for name, field in schema.items()
        if name in raw and not (raw[name] is None and field.kind is Kind.DURATION)
    }
    return Fields(schema, given), _warnings(schema, data, captures)


def _warnings(
    schema: Mapping[str, Field], data: Mapping[str, Any], captures: Mapping[str, str]
) -> tuple[str, ...]:
    ignored = sorted(name for name in data if name not in schema)
    replaced = sorted(name for name in captures if data.get(name) is not None)
    warnings = []
    if ignored:
        warnings.append(f"Endpoint ignored these unrecognized parameters: [{' '.join(ignored)}]")
    if replaced:
        warnings.append(
            "Endpoint replaced the value of these parameters with the values captured from the "
            f"endpoint's path: [{' '.join(replaced)}]"
        )
    return tuple(warnings)


def _convert(name: str, kind: Kind, value: object) -> Any:  # noqa: ANN401 - the kind decides the type
    try:
        return _READERS[kind](value)
    except ValueError as error:
        text = f'Field validation failed: error converting input for field "{name}": {error}'
        raise UserError(text) from error


def _string(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (str, int, float)):
        return str(value)
    if value is None:
        return ""
    raise _UnreadableError(f"expected a string, got {_json_name(value)}")


def _int(value: object) -> int:
    if isinstance(value, int):
        return int(value)
    if value is None or value == "":
        return 0
    if isinstance(value, str):
        try:
            return int(value, 0)
        except ValueError:
            raise _UnreadableError(f"cannot parse {_quoted(value)} as int") from None
    raise _UnreadableError(f"expected an int, got {_json_name(value)}")


def _bool(value: object) -> bool:
    if isinstance(value, (bool, int, float)):
        return bool(value)
    if value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    if value in (None, "", "0", "f", "F", "false", "FALSE", "False"):
        return False
    if isinstance(value, str):
        raise _UnreadableError(f"cannot parse {_quoted(value)} as bool")
    raise _UnreadableError(f"expected a bool, got {_json_name(value)}")


def _duration(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise _UnreadableError("could not parse duration from input")
    if isinstance(value, float):
        raise _UnreadableError(f'strconv.ParseInt: parsing "{value}": invalid syntax')
    seconds = int(parse_duration(str(value)))
    if seconds < 0:
        raise _UnreadableError(f"cannot provide negative value '{seconds}'")
    return seconds


def _comma_list(value: object) -> list[str]:
    if value is None or value == "":
        return []
    items = value.split(",") if isinstance(value, str) else value
    return [_string(item).strip() for item in (items if isinstance(items, list) else [items])]


def _key_values(value: object) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {key: _string(item) for key, item in value.items()}
    if value is None:
        return {}
    pairs = [_string(item) for item in (value if isinstance(value, list) else [value])]
    return dict(_key_value(pair) for pair in pairs)


def _key_value(pair: str) -> tuple[str, str]:
    key, separator, value = pair.partition("=")
    if not (key and separator):
        raise _UnreadableError(f"invalid key pair {_quoted(pair)}")
    return key, value


def _json_name(value: object) -> str:
    if isinstance(value, float):
        return "a fraction"
    return "an object" if isinstance(value, Mapping) else "a list"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_READERS: Mapping[Kind, Callable[[object], Any]] = {
    Kind.STRING: _string,
    Kind.INT: _int,
    Kind.BOOL: _bool,
    Kind.DURATION: _duration,
    Kind.COMMA_LIST: _comma_list,
    Kind.KEY_VALUES: _key_values,
}
