"""A command that was stopped before it began must not outlive the lab either."""

import sys
from pathlib import Path

import psutil
import pytest

from labkit.machine.polling import happens_within
from labkit.runtimes.process import SUPERVISOR
from tests.processes import still_running
from tests.runtimes.test_supervisor import start

STOPS_BEFORE_THE_COMMAND = """
import os, runpy, signal, sys
found = runpy.run_path(sys.argv.pop(1))
prepare = found["_prepare"]
def stop_first(supervisor):
    os.setpgid(0, os.getpgid(supervisor))  # as it is between fork and setpgid
    os.kill(os.getpid(), signal.SIGSTOP)
    prepare(supervisor)
found["main"].__globals__["_prepare"] = stop_first
sys.exit(found["main"](*sys.argv[1:]))
"""


def test_a_process_stopped_before_it_became_the_command_ends_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = (sys.executable, "-c", STOPS_BEFORE_THE_COMMAND, SUPERVISOR[-1])
    monkeypatch.setattr("labkit.runtimes.process.SUPERVISOR", supervisor)
    monkeypatch.setattr("labkit.runtimes.process.STOP_SECONDS", 1.0)
    server = start(tmp_path, "import time; time.sleep(60)")
    supervised = psutil.Process(server.pid)
    assert happens_within(5, lambda: stopped_children(supervised) != [])
    child = stopped_children(supervised)

    server.stop()

    assert not server.running
    assert still_running(child) == []


def stopped_children(process: psutil.Process) -> list[psutil.Process]:
    return [one for one in process.children() if one.status() == psutil.STATUS_STOPPED]
