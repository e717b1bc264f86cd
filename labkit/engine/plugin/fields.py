"""The parameters of a path: their kinds, their parsing, their defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


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
