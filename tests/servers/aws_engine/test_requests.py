"""The table of requests: every field with every JSON type, every path with every operation."""

from __future__ import annotations

import json
from typing import Any

import hvac
import pytest
import requests

from labkit.servers.plugin.dispatch import exists
from labkit.servers.plugin.errors import (
    EngineError,
    UnsupportedOperationError,
    UnsupportedPathError,
    UserError,
)
from labkit.servers.plugin.fields import FieldError
from labkit.servers.plugin.request import Operation, Request
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.make_requests import REQUESTS, rows
from tests.servers.memory import FixedSystemView
from tests.servers.plugin.builtin_fields import as_sent
from tests.servers.plugin.conftest import Server

ROWS = [json.loads(line) for line in REQUESTS.read_text().splitlines()]
STATUSES = {UserError: 400, FieldError: 400, EngineError: 500}
STATUSES |= {UnsupportedOperationError: 405, UnsupportedPathError: 404}


def answer(engine: EngineUnderTest, row: dict[str, Any]) -> dict[str, Any]:
    """Ask as the server does: first whether the thing exists, then the request itself."""
    data = as_sent(row["body"])
    try:
        if row["operation"] == "update":
            system = FixedSystemView()
            asked = Request("update", row["path"], engine.storage, system, fields=data)
            exists(engine.backend, asked)
        engine.ask(row["operation"], row["path"], **data)
    except EngineError as error:
        return {"status": STATUSES[type(error)], "error": str(error)}
    return {"status": 204}


def test_the_table_is_what_its_generator_makes() -> None:
    assert list(rows()) == ROWS
    assert len(ROWS) > 1000


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['operation']} {row['path']} {row['body']}"
)
def test_a_request_gets_the_answer_of_the_table(
    engine: EngineUnderTest, row: dict[str, Any]
) -> None:
    seen = answer(engine, row)

    assert seen["status"] == row["status"]
    if "error" in row:
        assert seen["error"] == row["error"]
    for name, value in row.get("reads", {}).items():
        response = engine.ask(Operation.READ, row["path"])
        assert response is not None
        assert response.data is not None
        assert response.data[name] == value


@pytest.mark.integration
def test_the_server_gives_the_answers_of_the_table(server: Server, vault: hvac.Client) -> None:
    """Send every twentieth write over HTTP."""
    headers = {"X-Vault-Token": str(vault.token)}
    for row in [row for row in ROWS if row["operation"] == "update" and row["body"] != "{}"][::20]:
        url = f"{server.url}/v1/aws/{row['path']}"
        answer = requests.post(url, headers=headers, data=row["body"].encode(), timeout=20)

        assert answer.status_code == row["status"], row
        if "error" in row:
            assert answer.json()["errors"] == [row["error"]]
