"""The parameters of a path: their types, their values, their defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.servers.plugin.conversions import Kind, convert, zero
from labkit.servers.plugin.errors import UserError

__all__ = ["Field", "FieldError", "Fields", "Kind", "parse_fields"]


@dataclass(frozen=True)
class Field:
    """A parameter of a path.

    Args:
        kind: its type.
        default: what it reads as when the client leaves it out; the type's zero value if None.
        description: what it is, for help and OpenAPI.
        query: whether OpenAPI shows it as a query parameter.
        deprecated: whether help and OpenAPI call it deprecated.
        display: hints for user interfaces (`name`, `value`, `sensitive`, `group`), as OpenAPI
            carries them in `x-vault-displayAttrs`.
    """

    kind: Kind
    default: Any = None
    description: str = ""
    query: bool = False
    deprecated: bool = False
    display: Mapping[str, Any] = field(default_factory=dict)


class FieldError(UserError):
    """A parameter does not fit its type; the text has no `Field validation failed` before it."""


class Fields(Mapping[str, Any]):
    """The parsed parameters of one request.

    `fields[name]` is the given value, else the field's default; `fields.given` holds only what the
    client sent, so that a handler can tell an omitted field from an emptied one.
    """

    def __init__(self, schema: Mapping[str, Field], given: Mapping[str, Any]) -> None:
        self._schema = schema
        self.given = given

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - the kind decides the type
        if name in self.given:
            return self.given[name]
        spec = self._schema[name]
        return zero(spec.kind) if spec.default is None else spec.default

    def __iter__(self) -> Iterator[str]:
        return iter(self._schema)

    def __len__(self) -> int:
        return len(self._schema)


def parse_fields(
    schema: Mapping[str, Field], data: Mapping[str, Any], captures: Mapping[str, str]
) -> tuple[Fields, tuple[str, ...]]:
    """Read a request's parameters by their declared types.

    Args:
        schema: the fields that the path declares.
        data: what the client sent.
        captures: the named groups of the path; each is a field, and replaces the data's.

    Returns:
        The fields, and the warnings about parameters that had no effect.

    Raises:
        FieldError: a parameter does not fit its type; the text is that of Vault's framework.
    """
    schema = {**dict.fromkeys(captures, Field(Kind.STRING)), **schema}
    raw = {**data, **captures}
    given = {
        name: _converted(name, spec.kind, raw[name])
        for name, spec in schema.items()
        if name in raw and not (raw[name] is None and spec.kind is Kind.DURATION)
    }
    return Fields(schema, given), _warnings(schema, data, captures)


def _converted(name: str, kind: Kind, value: object) -> Any:  # noqa: ANN401 - the kind decides
    try:
        return convert(name, kind, value)
    except ValueError as error:
        raise FieldError(f'error converting input for field "{name}": {error}') from error


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
