"""`labkit run` as a user types it."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from labkit.machine.ports import free_port
from tests.processes import offspring, pipe, still_running

pytestmark = pytest.mark.integration

MARK = "LABKIT_TEST_RUN"
RUN = [sys.executable, "-m", "labkit", "run"]


@pytest.fixture
def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VAULT_")}
    return kept | {"LABKIT_RUNTIME": "embedded"}


def test_the_whole_flow_runs_and_leaves_its_evidence(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    mark = secrets.token_hex(8)

    done = subprocess.run(
        [*RUN, "--out", str(tmp_path / "out")],
        env=environment | {MARK: mark},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert "vault read aws/creds/my-ec2-role" in done.stdout
    assert "vault-root: CreateUser ok, PutUserPolicy ok, CreateAccessKey ok" in done.stdout
    assert "lease to expire" in done.stderr
    for moment in ("after issue", "while used", "after expiry", "after revocation"):
        assert f"\n {moment} " in done.stdout
    assert (tmp_path / "out/lease-lifetimes.png").read_bytes().startswith(b"\x89PNG")
    assert "<h1" in (tmp_path / "out/whole-flow.html").read_text()
    left = [process for process in psutil.process_iter() if mark_of(process) == mark]
    assert still_running(left) == []


def mark_of(process: psutil.Process) -> str | None:
    """Return the mark that a run hands on to everything it starts."""
    try:
        return process.environ().get(MARK)
    except psutil.Error:
        return None


def test_ctrl_c_cleans_up(tmp_path: Path, environment: dict[str, str]) -> None:
    run = subprocess.Popen(
        [*RUN, "--out", str(tmp_path / "out")],
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )
    while "$ vault secrets list" not in pipe(run.stdout).readline():
        assert run.poll() is None
    processes = offspring(run.pid)

    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to everybody in the foreground

    assert run.wait(20) == 130
    assert len(processes) >= 5
    assert still_running(processes) == []
    pipe(run.stdout).close()


def test_a_failing_flow_ends_with_status_1_and_a_sentence(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    wrong = {"LABKIT_RUNTIME": "external", "VAULT_ADDR": nobody, "VAULT_TOKEN": "t"}
    start = time.monotonic()

    done = subprocess.run(
        [*RUN, "--out", str(tmp_path / "out")],
        env=environment | wrong | {"AWS_ENDPOINT_URL": nobody},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"labkit: Tried VAULT_ADDR={nobody}: nothing answered")
    assert "Traceback" not in done.stderr
    assert time.monotonic() - start < 30
