"""Field values are read as the framework reads them; the server's built-in engines recorded how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import hvac
import pytest

from labkit.servers.plugin.fields import Field, FieldError, Kind, parse_fields
from tests.servers.plugin.builtin_fields import (
    FIELD,
    as_sent,
    ask_builtin,
    mount_builtins,
    unmount_builtins,
)
from tests.servers.plugin.conftest import Server
from tests.servers.plugin.record_conversions import CONVERSIONS

ROWS = [json.loads(line) for line in CONVERSIONS.read_text().splitlines()]
DEFAULTS = {  # a built-in engine shows its own default for these
    (Kind.STRING, '""'): "default",
    (Kind.STRING, "null"): "default",
    (Kind.DURATION, "null"): 30,
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['type']} {row['sent']}")
def test_a_value_is_read_as_the_framework_reads_it(row: dict[str, Any]) -> None:
    kind = Kind[row["type"]]
    default = DEFAULTS.get((kind, row["sent"]))
    try:
        fields, _ = parse_fields({FIELD: Field(kind, default)}, {FIELD: as_sent(row["sent"])}, {})
    except FieldError as error:
        assert {"error": str(error)} == {"error": row.get("error")}  # noqa: PT017
    else:
        assert {"value": fields[FIELD] or default or fields[FIELD]} == {"value": row.get("value")}


def test_the_record_covers_each_type_and_outcome() -> None:
    outcomes = {(row["type"], "error" in row) for row in ROWS}

    assert outcomes == {(kind.name, failed) for kind in Kind for failed in (True, False)}
    assert len(ROWS) > 700


@pytest.fixture
def builtins(server: Server) -> Iterator[hvac.Client]:
    mount_builtins(server.vault)
    yield server.vault
    unmount_builtins(server.vault)


@pytest.mark.integration
def test_the_record_is_what_this_server_answers(builtins: hvac.Client) -> None:
    """Compare every fifth row: the whole record is made by `record_conversions`."""
    for row in ROWS[::5]:
        answer = ask_builtin(builtins, Kind[row["type"]], row["sent"])

        assert {"type": row["type"], "sent": row["sent"], **(answer or {})} == row
