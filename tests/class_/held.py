"""A class that is held for tests, with three attendees in it."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from labkit.machine.ports import free_port
from labkit.runtimes.docker.daemon import daemon
from tests.class_ import FOLDER
from tests.class_.attendee import Container, Person, seconds_since
from tests.docker import image_variables, left

NAME = f"labkit-test-{os.getpid()}"
PASSWORD = "three-plain-words"  # noqa: S105 - of this test
NAMES = ("ada", "bob", "cyd")
START_SECONDS = 300  # the image is built first
IDLE_SECONDS = 40
REPORT_SECONDS = 5
FIRST_LEASE = (
    "from labkit import Lab; lab = Lab.start(through='approle', runtime='embedded'); "
    "lab.issue(lab.names.role_name); print('%s'); lab.stop()"
)


@dataclass
class Class:
    """A class that runs, and who is in it."""

    process: subprocess.Popen[str]
    said: str
    folder: Path
    before: set[str]
    instructor: Person = field(init=False)
    attendees: dict[str, Person] = field(default_factory=dict)
    measured: dict[str, float] = field(default_factory=dict)
    active: dict[str, Person] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return str(re.findall(r"http://127\.0\.0\.1:\d+/", self.said)[0])

    def report_activity(self, ended: Event) -> None:
        """Report activity for those who are active, as their Jupyter servers do in five minutes."""
        while not ended.wait(REPORT_SECONDS):
            now = datetime.now(UTC).isoformat()
            activity = {"last_activity": now, "servers": {"": {"last_activity": now}}}
            for name, person in list(self.active.items()):
                with suppress(AssertionError):  # the server is being reset
                    person.api(f"users/{name}/activity", "POST", activity)

    def containers(self) -> list[Container]:
        return [Container(f"{NAME}-{name}") for name in self.attendees]


@contextmanager
def holding(folder: Path) -> Iterator[Class]:
    """Hold a class with one attendee after the other; the first one's way is timed."""
    env = _environment(folder)
    before = left()
    command = [sys.executable, str(FOLDER / "hold.py")]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, cwd=folder)
    assert process.stdout
    ended = Event()
    try:
        running = Class(process, _read_until_ready(process), folder, before)
        Thread(target=running.report_activity, args=(ended,), daemon=True).start()
        yield _with_attendees(running)
    finally:
        ended.set()
        process.terminate()
        process.wait(120)
        process.stdout.close()
        with daemon() as client:
            for image in client.images.list(NAME):
                client.images.remove(image.id, force=True)


def _environment(folder: Path) -> dict[str, str]:
    standins = image_variables()
    if not standins:
        pytest.skip("the class is tested with the stand-ins: build them with tests/images/build")
    if not shutil.which(str(Path(sys.prefix, "class/node_modules/.bin/configurable-http-proxy"))):
        demand = pytest.fail if os.environ.get("CI") else pytest.skip
        demand("no test of the class: `make .venv/.class` installs its proxy")
    return os.environ | {
        "LABKIT_PYTHON_IMAGE": "labkit-standin/python",
        "DOCKER_BUILDKIT": "0",  # Debian's Docker has no buildx
        "LABKIT_CLASS_NAME": NAME,
        "LABKIT_CLASS_IMAGE": NAME,
        "LABKIT_CLASS_PORT": str(free_port()),
        "LABKIT_CLASS_PASSWORD": PASSWORD,
        "LABKIT_CLASS_IDLE_SECONDS": str(IDLE_SECONDS),
        "LABKIT_BOARD_FILE": str(folder / "board.jsonl"),
        "TMPDIR": str(folder),
    }


def _read_until_ready(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    said, deadline = "", time.monotonic() + START_SECONDS
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line or time.monotonic() > deadline:
            break
    assert "Ctrl-C" in said, f"{said}; status {process.poll()}"
    return said


def _with_attendees(held: Class) -> Class:
    start = time.monotonic()
    for name in NAMES:
        person = Person(held.address, name, PASSWORD).log_in()
        held.attendees[name] = person
        person.start_server()
        held.active[name] = Person(held.address, name, PASSWORD).log_in()
        if name == NAMES[0]:
            Container(f"{NAME}-{name}").python(FIRST_LEASE % "leased")
            held.measured["seconds from login to the first lease"] = seconds_since(start)
    password = re.findall(r"instructor, password (\S+)", held.said)[0]
    held.instructor = Person(held.address, "instructor", password).log_in()
    return held
