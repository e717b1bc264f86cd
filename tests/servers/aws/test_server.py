"""The server's process: how it starts and why it does not."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import labkit.servers.aws
from labkit.aws.admin import AwsAdmin
from tests.servers.aws.running import free_port, session_of, start_server, wait_until_ready

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
        "labkit.servers.aws: set LABKIT_AWS_TOKEN to the admin token of the AWS side"
    ]


def test_a_port_that_is_taken_is_named_in_one_line(cloud: AwsAdmin, tmp_path: Path) -> None:
    port = str(urlsplit(cloud.url).port)
    status, words = last_words("--port", port, log=tmp_path / "log", token="t")  # noqa: S106

    assert status == 1
    where = f"127.0.0.1:{port}"
    assert words == (
        f"labkit.servers.aws: cannot listen on {where}: Address already in use; "
        "choose another --port\n"
    )


def test_it_runs_where_the_rest_of_labkit_is_not(tmp_path: Path) -> None:
    """A container gets a copy of labkit/servers/aws beside moto, and nothing else of the lab."""
    shutil.copytree(Path(labkit.servers.aws.__file__).parent, tmp_path / "labkit/servers/aws")
    port, log = free_port(), tmp_path / "log"
    server = start_server("--port", str(port), log=log, token="t", folder=tmp_path)  # noqa: S106
    try:
        alone = AwsAdmin(f"http://127.0.0.1:{port}", "t")
        wait_until_ready(alone, server, log)
        identity = session_of(alone).client("sts").get_caller_identity()  # mends and all
        assert identity["Arn"].endswith(":user/operator")
    finally:
        server.kill()
        server.wait()
