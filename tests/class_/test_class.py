"""A class for real: Hub, proxy, board, and three attendees in containers of their own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import pytest

from labkit.machine.polling import happens_within
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
VERDICT = (
    "from labkit.notebook.board import report; report({'notebook': '03', 'check': 's3_role', "
    "'done': %s, 'hint': 'the key must list buckets: AKIAABCDEFGHIJKLMNOP'})"
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


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    """Hold a class with one attendee after the other; the first one's way is timed."""
    env = _environment(folder := tmp_path_factory.mktemp("class"))
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


@pytest.mark.integration
def test_no_attendee_reaches_another_ones_container(held: Class) -> None:
    ada, bob, _ = held.containers()
    with daemon() as client:
        networks = client.containers.get(bob.name).attrs["NetworkSettings"]["Networks"]
    address = networks[NAME]["IPAddress"]
    reach = (
        "import socket\n"
        "try: socket.create_connection(('%s', 8888), timeout=3); print('reached')\n"
        "except OSError as error: print('blind')"
    )

    assert bob.python(reach % "127.0.0.1").strip() == "reached"
    assert ada.python(reach % address).strip() == "blind"


@pytest.mark.integration
def test_containers_are_limited_and_published_on_loopback_only(held: Class) -> None:
    with daemon() as client:
        shown = [client.containers.get(one.name).attrs for one in held.containers()]

    for attrs in shown:
        assert attrs["HostConfig"]["Memory"] == 2**30
        assert attrs["HostConfig"]["CpuQuota"] / attrs["HostConfig"]["CpuPeriod"] == 1
        assert attrs["HostConfig"]["CapDrop"] == ["ALL"]
        published = [port for ports in attrs["NetworkSettings"]["Ports"].values() for port in ports]
        assert {port["HostIp"] for port in published} == {"127.0.0.1"}


@pytest.mark.integration
def test_a_verdict_appears_on_the_board_and_others_see_only_their_own(held: Class) -> None:
    ada, bob, _ = held.containers()
    ada.python(VERDICT % False)
    bob.python(VERDICT % True)

    rows = {row["user"]: row for row in _rows(held.instructor)}
    assert rows["ada"]["exercises"] == {"03 s3_role": "not yet"}
    assert rows["bob"]["exercises"] == {"03 s3_role": "done"}
    assert rows["cyd"]["exercises"] == {}
    assert [row["user"] for row in _rows(held.attendees["ada"])] == ["ada"]
    written = (held.folder / "board.jsonl").read_text()
    assert "AKIAABCDEFGHIJKLMNOP" not in written
    assert [json.loads(line)["user"] for line in written.splitlines()] == ["ada", "bob"]


def _rows(person: Person) -> list[dict[str, object]]:
    page = person.session.get(f"{person.address}services/board/", timeout=30)
    assert "<h1>The board</h1>" in page.text
    answer = person.session.get(f"{person.address}services/board/rows", timeout=30)
    return list(answer.json()["rows"])


@pytest.mark.integration
def test_a_verdict_without_a_token_is_refused(held: Class) -> None:
    with daemon() as client:
        env = client.containers.get(f"{NAME}-ada").attrs["Config"]["Env"]
    address = dict(one.split("=", 1) for one in env)["LABKIT_BOARD_URL"]
    attempt = (
        f"import requests; print(requests.post({address!r}, json={{'done': True}}, "
        "headers={'Authorization': 'token x'}, allow_redirects=False).status_code)"
    )

    assert held.containers()[0].python(attempt).strip() in {"302", "403"}


@pytest.mark.integration
def test_a_reset_is_the_instructors_and_gives_new_notebooks_and_a_new_lab(held: Class) -> None:
    ada = held.containers()[0]
    ada.python("open('notebooks/01_enable_the_secrets_engine.ipynb', 'w').write('broken')")
    with daemon() as client:
        before = client.containers.get(ada.name).id

    assert _reset(held.attendees["bob"], "ada") == 403
    assert _reset(held.instructor, "ada", form=False) == 403
    assert _reset(held.instructor, "ada") == 200
    assert happens_within(90, held.attendees["ada"].is_ready, every=0.5)

    with daemon() as client:
        assert client.containers.get(ada.name).id != before
    text = ada.run("cat", "notebooks/01_enable_the_secrets_engine.ipynb")[1]
    assert json.loads(text)["nbformat"] == 4
    assert ada.run("cat", "notebooks-before-reset/01_enable_the_secrets_engine.ipynb")[1] == (
        "broken"
    )


def _reset(person: Person, user: str, *, form: bool = True) -> int:
    page = person.session.get(f"{person.address}services/board/", timeout=30).text
    found = re.findall(r'name="_xsrf" value="([^"]+)"', page) if form else []
    token = {"_xsrf": found[0] if found else person.xsrf("/services/board/")} if form else {}
    answer = person.session.post(
        f"{person.address}services/board/reset", data={"user": user} | token, timeout=120
    )
    return answer.status_code


@pytest.mark.integration
def test_a_container_that_nobody_uses_is_removed_and_the_home_stays(held: Class) -> None:
    cyd = held.attendees["cyd"]
    del held.active["cyd"]

    assert happens_within(IDLE_SECONDS + 90, lambda: not cyd.has_server(), every=1)

    with daemon() as client:
        assert client.containers.list(all=True, filters={"name": f"{NAME}-cyd"}) == []
        assert client.volumes.get(f"{NAME}-cyd")


@pytest.mark.integration
def test_the_end_of_the_class_leaves_nothing(held: Class) -> None:
    held.active.clear()
    held.process.send_signal(signal.SIGTERM)
    assert held.process.wait(120) == 0

    assert left() == held.before
    with daemon() as client:
        assert client.volumes.list(filters={"name": NAME}) == []
        assert client.networks.list(names=[NAME]) == []
    assert not list(held.folder.glob("labkit-class-*"))
    mine = [path for path in Path("/proc").glob("[0-9]*/environ") if _is_of_class(path)]
    assert mine == []


def _is_of_class(environ: Path) -> bool:
    try:
        return f"LABKIT_CLASS_NAME={NAME}".encode() in environ.read_bytes()
    except OSError:
        return False
