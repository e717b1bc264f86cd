"""Verdicts on their way to the board of a class: with a token, redacted, bounded, never fatal."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from labkit.machine.ports import free_port
from labkit.notebook import board

TOKEN = "the-attendee's-own"  # noqa: S105 - not one
SECRET = "hvs.CAESIJthisisnotatokenofanybodys"  # noqa: S105 - the shape of one
VERDICT = {
    "time": "2026-11-25T12:00:00+00:00",
    "notebook": "03",
    "check": "s3_role",
    "done": False,
    "hint": f"Vault refused {SECRET}",
    "key": SECRET,
}


@dataclass
class Service:
    """What a board received."""

    status: int = 201
    seen: list[tuple[str, dict[str, object]]] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[str]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                content = json.loads(self.rfile.read(length))
                service.seen.append((self.headers["Authorization"], content))
                self.send_response(service.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/services/board/verdicts"
        finally:
            server.shutdown()
            server.server_close()


@pytest.fixture(autouse=True)
def _nothing_said_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "_failures", [])


def variables(address: str) -> dict[str, str]:
    return {"LABKIT_BOARD_URL": address, "JUPYTERHUB_API_TOKEN": TOKEN}


def test_a_verdict_is_posted_with_the_attendees_token_and_without_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    service = Service()
    with service.listening() as address:
        board.report(VERDICT, variables(address))

    ((token, content),) = service.seen
    assert token == f"token {TOKEN}"
    assert content == {
        "time": VERDICT["time"],
        "notebook": "03",
        "check": "s3_role",
        "done": False,
        "hint": "Vault refused (hidden)",
    }
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("missing", ["LABKIT_BOARD_URL", "JUPYTERHUB_API_TOKEN"])
def test_nothing_is_sent_outside_a_class(missing: str) -> None:
    service = Service()
    with service.listening() as address:
        board.report(VERDICT, variables(address) | {missing: ""})

    assert service.seen == []


def test_a_board_that_is_gone_is_said_once_without_the_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gone = variables(f"http://127.0.0.1:{free_port()}/")

    board.report(VERDICT, gone)
    board.report(VERDICT, gone)

    said = capsys.readouterr().err
    assert said.count("did not reach the board of the class") == 1
    assert TOKEN not in said
    assert SECRET not in said


def test_a_refusal_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with Service(status=403).listening() as address:
        board.report(VERDICT, variables(address))

    assert "it answered 403" in capsys.readouterr().err


def test_an_address_that_is_none_does_not_break_a_check(capsys: pytest.CaptureFixture[str]) -> None:
    board.report(VERDICT, variables("not an address"))

    assert "did not reach the board" in capsys.readouterr().err


def test_a_board_that_never_answers_costs_two_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        board.report(VERDICT, variables(f"http://127.0.0.1:{silent.getsockname()[1]}/"))
        took = time.monotonic() - start

    assert 1.5 < took < 4
    assert "did not reach the board" in capsys.readouterr().err
