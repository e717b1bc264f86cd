"""What DynamoDB calls need.

Source: "Actions, resources, and condition keys for Amazon DynamoDB", "Using IAM with transactions"
and "IAM security policies with PartiQL for DynamoDB".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from labkit.servers.aws.iam.actions.general import by_reference
from labkit.servers.aws.iam.actions.needs import ApiRequest, Need

_ITEM_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}
_STATEMENT = re.compile(
    r"\s*(?:(SELECT)\b.*?\bFROM|(INSERT)\s+INTO|(UPDATE)|(DELETE)\s+FROM)\s+"
    r'"?([\w.-]+)"?(?:\."([\w.-]+)")?',
    re.IGNORECASE | re.DOTALL,
)


def needs(request: ApiRequest) -> tuple[Need, ...] | None:
    """Return what a call of DynamoDB needs."""
    if request.operation in ("BatchGetItem", "BatchWriteItem"):
        tables = request.parameters.get("RequestItems") or {}
        return tuple(Need(f"dynamodb:{request.operation}", _table(request, t)) for t in tables)
    if request.operation in ("TransactGetItems", "TransactWriteItems"):
        return tuple(_items(request))
    if request.operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        return tuple(_statements(request))
    name, index = request.text("TableName"), request.text("IndexName")
    if name and request.operation in ("Query", "Scan"):
        arn = _table(request, name) + (f"/index/{index}" if index else "")
        return (Need(f"dynamodb:{request.operation}", arn),)
    return by_reference(request) or None


def _table(request: ApiRequest, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return request.arn("dynamodb", f"table/{name}", region=request.region, account=request.account)


def _items(request: ApiRequest) -> Iterator[Need]:
    for item in request.parameters.get("TransactItems") or []:
        for kind, inner in item.items():
            action = _ITEM_ACTIONS.get(kind, kind)
            yield Need(f"dynamodb:{action}", _table(request, str(inner.get("TableName"))))


def _statements(request: ApiRequest) -> Iterator[Need]:
    """Yield what PartiQL statements need; a statement that cannot be read needs all of PartiQL."""
    listed = request.parameters.get("Statements") or request.parameters.get("TransactStatements")
    for entry in listed or [request.parameters]:
        found = _STATEMENT.match(str(entry.get("Statement") or ""))
        if found is None:
            yield from (Need(f"dynamodb:PartiQL{verb}", "*") for verb in _VERBS)
        else:
            verb = next(word for word in found.groups()[:4] if word).capitalize()
            arn = _table(request, found[5]) + (f"/index/{found[6]}" if found[6] else "")
            yield Need(f"dynamodb:PartiQL{verb}", arn)


_VERBS = ("Select", "Insert", "Update", "Delete")
