"""The OpenAPI description of an engine, in the form of Vault's framework.

Source: `sdk/framework/openapi.go` of OpenBao.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.servers.plugin.backend import Path
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.path_patterns import PatternError, expanded
from labkit.servers.plugin.request import Operation

VERSION = "3.0.2"
INFO = {
    "title": "OpenBao API",
    "description": "HTTP API that gives you full access to OpenBao. "
    "All API routes are prefixed with `/v1/`.",
    "license": {
        "name": "Mozilla Public License 2.0",
        "url": "https://www.mozilla.org/en-US/MPL/2.0",
    },
}
METHODS = {
    Operation.READ: "get",
    Operation.LIST: "get",
    Operation.CREATE: "post",
    Operation.UPDATE: "post",
    Operation.DELETE: "delete",
}
VERBS = {Operation.UPDATE: "write"}
SCHEMAS: Mapping[Kind, Mapping[str, Any]] = {
    Kind.STRING: {"type": "string"},
    Kind.INT: {"type": "integer"},
    Kind.BOOL: {"type": "boolean"},
    Kind.DURATION: {"type": "integer", "format": "seconds"},
    Kind.COMMA_LIST: {"type": "array", "items": {"type": "string"}},
    Kind.KEY_VALUES: {"type": "object", "format": "kvpairs"},
}
OK, NO_CONTENT = {"200": {"description": "OK"}}, {"204": {"description": "empty body"}}
LIST_ONLY = {
    "name": "list",
    "description": "Must be set to `true`",
    "in": "query",
    "schema": {"type": "string", "enum": ["true"]},
    "required": True,
}
LIST_TOO = {
    "name": "list",
    "description": "Return a list if `true`",
    "in": "query",
    "schema": {"type": "string"},
}


def document(paths: Sequence[Path], prefix: str, version: str) -> dict[str, Any]:
    """Return the OpenAPI document of some paths.

    Args:
        paths: the paths; one that OpenAPI cannot express is shown without its operations.
        prefix: what the IDs of operations without an ID of their own begin with.
        version: the server's.
    """
    schemas: dict[str, Any] = {}
    items: dict[str, Any] = {}
    for path in paths:
        items.update(_items(path, prefix, schemas))
    return {
        "openapi": VERSION,
        "info": {**INFO, "version": version},
        "paths": items,
        "components": {"schemas": schemas},
    }


def _items(path: Path, prefix: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the OpenAPI paths of a path; their request bodies go to `schemas`."""
    try:
        shown = expanded(path.pattern)
    except PatternError:
        return {f"/{path.pattern}": _item(path, path.pattern, {})}
    return {
        f"/{each}": _item(path, each, _operations(path, each, index, prefix, schemas))
        for index, each in enumerate(shown)
    }


def _names_in(shown: str) -> list[str]:
    return re.findall(r"{(\w+)}", shown)


def _item(path: Path, shown: str, operations: Mapping[str, Any]) -> dict[str, Any]:
    in_path = _names_in(shown)
    parameters = [
        _parameter(name, field, "path" if name in in_path else "query")
        for name, field in sorted(path.fields.items())
        if name in in_path or field.query
    ]
    item: dict[str, Any] = {"description": _clean(path.help)}
    if parameters:
        item["parameters"] = parameters
    if Operation.CREATE in path.operations:
        item["x-vault-createSupported"] = True
    return {**item, **operations}


def _operations(
    path: Path, shown: str, index: int, prefix: str, schemas: dict[str, Any]
) -> dict[str, Any]:
    described = {}
    for operation in path.operations:
        if operation in METHODS and not _shadowed(operation, path):
            name = _id(path, operation, shown, index, prefix)
            described[METHODS[operation]] = _operation(path, shown, operation, name, schemas)
    return described


def _shadowed(operation: Operation, path: Path) -> bool:
    """Tell whether another operation of a path is shown in the place of an operation."""
    by = {Operation.CREATE: Operation.UPDATE, Operation.LIST: Operation.READ}.get(operation)
    return by in path.operations


def _operation(
    path: Path, shown: str, operation: Operation, name: str, schemas: dict[str, Any]
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": _clean(path.help),
        "operationId": name,
        "tags": ["secrets"],
    }
    if operation is Operation.LIST:
        described["parameters"] = [LIST_ONLY]
    elif operation is Operation.READ and Operation.LIST in path.operations:
        described["parameters"] = [LIST_TOO]
    body = _body(path, shown) if METHODS[operation] == "post" else {}
    if body:
        title = "".join(word[:1].upper() + word[1:] for word in name.split("-")) + "Request"
        schemas[title] = {"type": "object", "properties": body}
        # The server reads a plugin's document by the names of Go's fields: `Ref` from `ref` only.
        schema = dict.fromkeys(("$ref", "ref"), f"#/components/schemas/{title}")
        content = {"application/json": {"schema": schema}}
        described["requestBody"] = {"required": True, "content": content}
    return {**described, "responses": NO_CONTENT if operation is Operation.DELETE else OK}


def _body(path: Path, shown: str) -> dict[str, Any]:
    in_path = _names_in(shown)
    return {
        name: _schema(field, description=_clean(field.description))
        for name, field in sorted(path.fields.items())
        if name not in in_path and not field.query
    }


def _id(path: Path, operation: Operation, shown: str, index: int, prefix: str) -> str:
    given = path.operation_ids.get(operation, "").split("|")
    if index < len(given) and given[index]:
        return given[index]
    verb = VERBS.get(operation, operation.value)
    words = [prefix, verb, *re.split(r"\W+", shown, flags=re.ASCII)]
    return "-".join(filter(None, words)).lower()


def _parameter(name: str, field: Field, place: str) -> dict[str, Any]:
    parameter: dict[str, Any] = {"name": name, "in": place, "schema": _schema(field)}
    if field.description:
        parameter["description"] = _clean(field.description)
    if place == "path":
        parameter["required"] = True
    if field.deprecated:
        parameter["deprecated"] = True
    return parameter


def _schema(field: Field, description: str = "") -> dict[str, Any]:
    schema: dict[str, Any] = dict(SCHEMAS[field.kind])
    if description:
        schema["description"] = description
    if field.default is not None:
        schema["default"] = field.default
    if field.deprecated:
        schema["deprecated"] = True
    if field.display:
        schema["x-vault-displayAttrs"] = dict(field.display)
    return schema


def _clean(text: str) -> str:
    return " ".join(text.split())
