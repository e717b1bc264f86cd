"""The life of an engine's process below a real server."""

import time
from pathlib import Path

import pytest

from tests.servers.plugin.conftest import (
    Server,
    call,
    engine_command,
    is_running,
    running_server,
    wait_until,
)

pytestmark = pytest.mark.integration


def socket_of(pid: int) -> Path:
    """Return the unix socket on which an engine listens, as the kernel knows it."""
    links = Path(f"/proc/{pid}/fd").iterdir()
    inodes = {str(link.readlink()) for link in links if link.is_symlink()}
    rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    paths = {row[7] for row in rows if len(row) > 7 and f"socket:[{row[6]}]" in inodes}
    (path,) = (Path(path) for path in paths if path.endswith("/socket"))
    return path


def test_unmounting_leaves_neither_process_nor_socket(server: Server) -> None:
    server.vault.sys.enable_secrets_engine("coupons", path="once")
    (pid,) = server.plugins()
    listening = socket_of(pid)
    start = time.monotonic()

    server.vault.sys.disable_secrets_engine("once")

    wait_until(lambda: not is_running(pid), "the process has ended")
    assert time.monotonic() - start < 1.5, "the server had to kill the process"
    assert not listening.parent.exists()


@pytest.mark.usefixtures("drawer")
def test_each_mount_has_a_process_and_storage_of_its_own(server: Server) -> None:
    server.vault.sys.enable_secrets_engine("coupons", path="other")
    try:
        assert len(server.plugins()) == 2
        assert call(server, "LIST", "other/shops")[0] == 404
    finally:
        server.vault.sys.disable_secrets_engine("other")


@pytest.mark.usefixtures("drawer")
def test_a_reload_keeps_the_storage(server: Server) -> None:
    before = server.plugins()

    call(server, "PUT", "sys/plugins/reload/backend", {"plugin": "coupons"})

    assert call(server, "GET", "coupons/shops/book")[0] == 200
    assert set(before).isdisjoint(server.plugins())


@pytest.mark.parametrize(
    ("engine", "text"),
    [("mute", "Failed to read any lines"), ("unfinished", "this engine is not finished")],
)
def test_an_engine_that_does_not_start_is_not_mounted_and_says_why(
    server: Server, engine: str, text: str
) -> None:
    status, answer = call(server, "POST", "sys/mounts/broken", {"type": engine})

    assert status == 400
    assert text in str(answer["errors"])
    wait_until(lambda: not server.plugins(), "no process is left")


def test_an_engine_that_the_server_cannot_talk_to_ends_by_itself(server: Server) -> None:
    status, _ = call(server, "POST", "sys/mounts/broken", {"type": "stranger"})

    assert status == 400
    wait_until(lambda: not server.plugins(), "no process is left")


def test_a_killed_server_leaves_no_engine_behind(tmp_path: Path) -> None:
    with running_server(tmp_path, {"coupons": engine_command()}) as server:
        server.vault.sys.enable_secrets_engine("coupons", path="coupons")
        (pid,) = server.plugins()
        listening = socket_of(pid)

        server.process.kill()

        wait_until(lambda: not is_running(pid), "the engine has ended", seconds=5)
        assert not listening.parent.exists()
