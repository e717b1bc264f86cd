from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.cloud.client import Cloud
from tests.engine.aws.engine_under_test import EngineUnderTest
from tests.engine.aws.operator import REGION, Operator

READY_SECONDS = 30


@pytest.fixture
def engine() -> EngineUnderTest:
    """Return an engine that knows no AWS."""
    return EngineUnderTest()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Run an AWS of its own, with IAM enforced."""
    token, port = secrets.token_hex(), _free_port()
    log = tmp_path_factory.mktemp("cloud") / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "labkit.cloud.server", "--port", str(port)],
            env={**os.environ, "LABKIT_AWS_TOKEN": token},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        cloud = Cloud(f"http://127.0.0.1:{port}", token)
        _wait_until_ready(cloud, server, log)
        yield cloud
    finally:
        server.kill()
        server.wait(timeout=10)


@pytest.fixture
def aws(cloud: Cloud) -> Iterator[Operator]:
    """Show the AWS side without faults, as its operator sees it."""
    cloud.set_faults([])
    yield Operator(cloud)
    cloud.set_faults([])


@pytest.fixture
def mounted(engine: EngineUnderTest, aws: Operator) -> EngineUnderTest:
    """Return an engine that acts as `vault-root`."""
    root = aws.cloud.identities()["vault-root"]
    engine.write(
        "config/root",
        access_key=root.access_key_id,
        secret_key=root.secret_access_key,
        region=REGION,
        iam_endpoint=aws.cloud.url,
        max_retries=0,
    )
    return engine


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(cloud: Cloud, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not cloud.is_ready():
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the AWS side is not ready; its log:\n{log.read_text()}")
        time.sleep(0.05)
