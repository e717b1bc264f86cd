"""What the lab starts must not outlive it, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from labkit.errors import StartError
from labkit.runtimes.process import SUPERVISOR, ServerProcess
from tests.processes import pipe, still_running, stop

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True);"
    "time.sleep(60)",
]
PARENT = """
import subprocess, sys, time
command = [sys.executable, "-c", "import time; time.sleep(60)"]
child = subprocess.Popen(command)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lab = tmp_path / "lab"
    lab.mkdir()
    return lab


def supervise(folder: Path, *command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [*SUPERVISOR, str(os.getpid()), str(folder), *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def child_of(process: "subprocess.Popen[bytes]") -> psutil.Process:
    while not (children := psutil.Process(process.pid).children()):
        assert process.poll() is None
    return children[0]


def test_a_command_ends_with_its_parent_and_the_folder_goes(folder: Path) -> None:
    process = supervise(folder, *SLEEPER)
    child = child_of(process)

    pipe(process.stdin).close()

    assert process.wait(5) != 0
    assert still_running([child]) == []
    assert not folder.exists()
    pipe(process.stdout).close()


def test_a_command_that_ignores_sigterm_ends_all_the_same(folder: Path) -> None:
    process = supervise(folder, *STUBBORN)
    pipe(process.stdout).readline()
    child = child_of(process)

    pipe(process.stdin).close()

    assert still_running([child]) == []
    process.wait(5)
    pipe(process.stdout).close()


def test_what_the_command_started_ends_too(folder: Path) -> None:
    process = supervise(folder, sys.executable, "-c", PARENT)
    grandchild = psutil.Process(int(pipe(process.stdout).readline()))

    process.terminate()

    assert still_running([grandchild]) == []
    process.wait(5)
    pipe(process.stdin).close()
    pipe(process.stdout).close()


def test_a_killed_supervisor_takes_its_command_along(folder: Path) -> None:
    process = supervise(folder, *SLEEPER)
    child = child_of(process)

    process.kill()

    assert still_running([child]) == []
    process.wait(5)
    pipe(process.stdin).close()
    pipe(process.stdout).close()


def test_the_commands_own_end_is_passed_on(folder: Path) -> None:
    process = supervise(folder, sys.executable, "-c", "raise SystemExit(7)")

    assert process.wait(5) == 7
    assert folder.exists()
    pipe(process.stdin).close()
    pipe(process.stdout).close()


def start(folder: Path, code: str) -> ServerProcess:
    return ServerProcess("it", [sys.executable, "-c", code], folder=folder, env=os.environ)


def test_a_server_that_ends_at_start_is_reported_with_its_log(folder: Path) -> None:
    server = start(folder, "raise SystemExit('no such config')")

    with pytest.raises(StartError, match=r"it ended at start\. Its log ends:\nno such config"):
        server.wait_until(lambda: False)

    server.stop()


def test_a_server_that_is_never_ready_is_reported_in_time(folder: Path) -> None:
    server = start(folder, "import time; print('hm', flush=True); time.sleep(60)")

    with pytest.raises(StartError, match=r"it was not ready in 1 s"):
        server.wait_until(lambda: False, timeout=1)

    server.stop()
    assert not server.running


def test_a_secret_in_a_log_does_not_reach_the_message(folder: Path) -> None:
    token = "hvs." + "A" * 24
    server = start(folder, f"raise SystemExit('root token {token}')")

    with pytest.raises(StartError) as raised:
        server.wait_until(lambda: False)

    assert token not in str(raised.value)
    server.stop()


def test_ctrl_c_in_the_terminal_is_not_the_servers(folder: Path) -> None:
    process = supervise(folder, *SLEEPER)
    child = child_of(process)

    process.send_signal(signal.SIGINT)

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    assert child.is_running()
    process.terminate()
    process.wait(5)
    pipe(process.stdin).close()
    pipe(process.stdout).close()


FORKING = """
import os, sys, time
from pathlib import Path
from labkit.runtimes.process import ServerProcess
command = [sys.executable, "-c", "import time; time.sleep(60)"]
server = ServerProcess("it", command, folder=Path(sys.argv[1]), env=os.environ)
if os.fork() == 0:
    time.sleep(30)
    os._exit(0)
print(server.pid, flush=True)
time.sleep(60)
"""


def test_a_forked_child_of_the_parent_does_not_keep_the_command_alive(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", FORKING, str(folder)], stdout=subprocess.PIPE)
    supervised = psutil.Process(int(pipe(parent.stdout).readline()))
    while not (command := supervised.children()):
        assert supervised.is_running()
    (forked,) = [one for one in psutil.Process(parent.pid).children() if one != supervised]

    parent.kill()

    assert still_running([supervised, *command]) == []
    assert forked.is_running()
    assert not folder.exists()
    forked.kill()
    parent.communicate()


def test_a_forked_child_cannot_stop_its_parents_server(folder: Path) -> None:
    server = start(folder, "import time; time.sleep(60)")

    if (child := os.fork()) == 0:
        server.stop()
        os._exit(0)
    os.waitpid(child, 0)

    assert psutil.Process(server.pid).is_running()
    server.stop()
    assert not server.running


@pytest.mark.parametrize("stopped", ["supervisor", "command", "both"])
def test_a_process_stopped_by_sigstop_ends_all_the_same(
    stopped: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.runtimes.process.STOP_SECONDS", 1.0)
    server = start(folder, "import time; time.sleep(60)")
    supervised = psutil.Process(server.pid)
    while not (command := supervised.children()):
        assert server.running
    meant = {"supervisor": [supervised], "command": command, "both": [supervised, *command]}
    for one in meant[stopped]:
        stop(one)

    server.stop()
    server.stop()

    assert not server.running
    assert still_running(command) == []


def test_a_supervised_command_can_leave_no_core_dump(folder: Path) -> None:
    process = supervise(folder, "/bin/sh", "-c", "ulimit -c; ulimit -Hc")

    assert pipe(process.stdout).read().split() == [b"0", b"0"]

    process.wait(5)
    pipe(process.stdin).close()
    pipe(process.stdout).close()
