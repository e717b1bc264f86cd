"""The server's process: how it starts and why it does not."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from labkit.cloud.client import Cloud
from tests.cloud.running import free_port, start_server

pytestmark = pytest.mark.integration


def last_words(*arguments: str, log: Path, token: str | None) -> tuple[int, str]:
    server = start_server(*arguments, log=log, token=token)
    try:
        return server.wait(timeout=10), log.read_text()
    finally:
        server.kill()
        server.wait()


def test_without_a_token_it_refuses_to_start(tmp_path: Path) -> None:
    status, words = last_words("--port", str(free_port()), log=tmp_path / "log", token=None)

    assert status == 1
    assert words.splitlines() == [
        "labkit.cloud.server: set LABKIT_AWS_TOKEN to the admin token of the AWS side"
    ]


def test_a_port_that_is_taken_is_named_in_one_line(cloud: Cloud, tmp_path: Path) -> None:
    port = str(urlsplit(cloud.url).port)
    status, words = last_words("--port", port, log=tmp_path / "log", token="t")  # noqa: S106

    assert status == 1
    assert len(words.splitlines()) == 1
    assert f"127.0.0.1:{port}" in words
    assert "in use" in words
