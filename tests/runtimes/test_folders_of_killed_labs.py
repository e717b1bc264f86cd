"""The next start removes the folders of killed labs, and nothing that may belong to others."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from labkit.runtimes import folders_of_killed_labs
from labkit.runtimes.embedded import Embedded
from labkit.runtimes.process import SUPERVISOR
from tests.processes import offspring, pipe, still_running

pytestmark = pytest.mark.integration

SOMEBODY = 65534
HOLDER = """
from labkit.runtimes.embedded import Embedded
runtime = Embedded()
runtime.start()
print("ready", flush=True)
input()
runtime.stop()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder for temporary files that the labs of a test use."""
    found = tmp_path / "place"
    found.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(found))
    return found


@contextmanager
def lab_in(place: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a lab in another process, whose folder is in this place."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(place)},
    )
    with holder:
        assert pipe(holder.stdout).readline() == b"ready\n"
        try:
            yield holder
        finally:
            if holder.poll() is None:
                holder.communicate(b"\n")


def kill_with_supervisors(holder: "subprocess.Popen[bytes]") -> None:
    """Kill a lab so that nobody of it can clean up."""
    processes = offspring(holder.pid)
    supervisors = [p for p in processes if str(SUPERVISOR[-1]) in p.cmdline()]
    assert len(supervisors) == 2
    for process in (*supervisors, psutil.Process(holder.pid)):
        process.kill()
    holder.wait()
    assert still_running(processes) == []


def look_alikes(place: Path) -> set[Path]:
    """Make what only looks like a dead lab's folder, each for a reason of its own."""
    elsewhere = place.parent / "elsewhere"
    mine = {name: place / f"labkit-{name}" for name in ("unlocked", "open", "linked-lock")}
    for folder in (elsewhere, *mine.values()):
        folder.mkdir(mode=0o700)
    for folder in (elsewhere, mine["open"]):
        (folder / folders_of_killed_labs.LOCK).touch()
    mine["open"].chmod(0o755)
    (mine["linked-lock"] / folders_of_killed_labs.LOCK).symlink_to(
        elsewhere / folders_of_killed_labs.LOCK
    )
    (place / "labkit-link").symlink_to(elsewhere)
    (place / "labkit-file").touch()
    found = {*mine.values(), elsewhere, place / "labkit-link", place / "labkit-file"}
    return found | _somebody_elses(place)


def _somebody_elses(place: Path) -> set[Path]:
    """Make the folder of another user; only root can."""
    if os.getuid() != 0:
        return set()
    folder = place / "labkit-of-somebody"
    folder.mkdir(mode=0o700)
    (folder / folders_of_killed_labs.LOCK).touch()
    os.chown(folder, SOMEBODY, SOMEBODY)
    return {folder}


def test_the_next_start_removes_the_folder_of_a_killed_lab_only(place: Path) -> None:
    with lab_in(place) as dead:
        [of_the_dead] = place.iterdir()
        kill_with_supervisors(dead)
    assert of_the_dead.is_dir()
    others = look_alikes(place)
    with lab_in(place) as living:
        assert not of_the_dead.exists()
        [of_the_living] = set(place.iterdir()) - others
        runtime = Embedded()
        runtime.start()
        runtime.stop()

        assert of_the_living.is_dir()
        assert living.poll() is None
    assert {path for path in others if path.exists()} == others
    assert set(place.iterdir()) == others - {place.parent / "elsewhere"}
