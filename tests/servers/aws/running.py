"""The real AWS side, running for a test."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from labkit.aws.admin import AwsAdmin
from labkit.aws.sessions import LabSession, session

START_TIMEOUT = 20  # seconds; it takes half of one on an idle machine
REGION = "eu-north-1"
MORE_SERVICES = "dynamodb,lambda"  # one service of each JSON protocol
MODULE = ["-m", "labkit.servers.aws"]


class Keys(NamedTuple):
    """AWS keys under Vault's names."""

    access_key: str
    secret_key: str
    security_token: str | None = None


@contextmanager
def running_cloud(*, port: int | None = None) -> Iterator[AwsAdmin]:
    """Start the AWS server, wait until it is ready, and end it afterwards.

    Raises:
        AssertionError: it was not ready in time; its log is in the message.
    """
    token = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "aws.log")
        chosen = port or free_port()
        server = start_server("--port", str(chosen), log=log, token=token)
        try:
            cloud = AwsAdmin(f"http://127.0.0.1:{chosen}", token)
            wait_until_ready(cloud, server, log)
            yield cloud
        finally:
            server.terminate()
            server.wait(timeout=10)


def start_server(
    *arguments: str,
    log: Path,
    token: str | None,
    folder: Path | None = None,
    program: Sequence[str] = MODULE,
) -> subprocess.Popen[bytes]:
    """Start the server's process with its output in a log; Python looks in `folder` first."""
    environment = {name: value for name, value in os.environ.items() if name != "LABKIT_AWS_TOKEN"}
    environment["LABKIT_AWS_SERVICES"] = MORE_SERVICES
    if token is not None:
        environment["LABKIT_AWS_TOKEN"] = token
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            env=environment,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def free_port() -> int:
    """Return a port of the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def session_of(cloud: AwsAdmin, name: str = "operator", *, attempts: int = 1) -> LabSession:
    """Return a boto3 session of one of the identities that exist from the start."""
    identity = cloud.identities()[name]
    keys = Keys(identity.access_key_id, identity.secret_access_key)
    return session_with(cloud, keys, attempts=attempts)


def session_with(cloud: AwsAdmin, keys: Keys, *, attempts: int = 1) -> LabSession:
    """Return a boto3 session with these keys."""
    return session(cloud.url, REGION, keys, attempts=attempts)


def wait_until_ready(cloud: AwsAdmin, server: subprocess.Popen[bytes], log: Path) -> None:
    """Poll the server's health, for as long as it lives and `START_TIMEOUT` lasts."""
    deadline = time.monotonic() + START_TIMEOUT
    while not cloud.is_ready():
        ended = server.poll() is not None
        assert not ended, f"the AWS server ended at start:\n{log.read_text()}"
        assert time.monotonic() < deadline, f"the AWS server is not ready:\n{log.read_text()}"
        time.sleep(0.02)


def operator_keys(cloud: AwsAdmin) -> Keys:
    """Return the keys of the operator."""
    identity = cloud.identities()["operator"]
    return Keys(identity.access_key_id, identity.secret_access_key)
