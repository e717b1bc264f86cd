"""A class for real: Hub, proxy, board, and three attendees in containers of their own."""

import json
import re
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labkit.machine.polling import happens_within
from labkit.runtimes.docker.daemon import daemon
from tests.class_.attendee import Container, Person
from tests.class_.held import IDLE_SECONDS, NAME, Class, holding
from tests.docker import left

NOTEBOOK = "notebooks/00_the_whole_flow.ipynb"
VERDICT = (
    "from labkit.notebook import verdict_log, verdicts; "
    "verdict_log.record('03', 's3_role', verdicts.%s)"
)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    with holding(tmp_path_factory.mktemp("class")) as running:
        yield running


def _run_notebook(container: Container) -> tuple[int, str]:
    """Run the notebook as an attendee does: once more, if a lease of seconds was outlasted."""
    execute = ("jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", NOTEBOOK)
    status, output = container.run(*execute)
    return container.run(*execute) if "ttl 0 s" in output else (status, output)


@pytest.mark.integration
def test_three_attendees_run_the_notebook_at_once_each_in_a_lab_of_their_own(
    held: Class, capsys: pytest.CaptureFixture[str]
) -> None:
    containers = held.containers()
    held.measured["MB of an idle attendee"] = max(one.megabytes() for one in containers)

    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(_run_notebook, one) for one in containers]
        most = 0.0
        while not all(run.done() for run in runs):
            most = max(most, *(one.megabytes() for one in containers))
    held.measured["MB during notebook 00, the most"] = most

    for run in runs:
        status, output = run.result()
        assert status == 0, output[-3000:]
    with capsys.disabled():
        for what, value in held.measured.items():
            sys.stdout.write(f"\n  {what}: {value:.1f}")
    assert most < 700
    leases = [_lease_ids(one) for one in containers]
    assert all(leases)
    assert not set.intersection(*leases)


def _lease_ids(container: Container) -> set[str]:
    status, text = container.run("cat", NOTEBOOK)
    assert status == 0
    assert '"output_type": "error"' not in text
    return set(re.findall(r"aws/creds/[\w-]+/\w{20,}", json.dumps(json.loads(text))))


@pytest.mark.integration
def test_attendees_have_exercises_and_the_instructor_has_the_solutions_too(held: Class) -> None:
    held.instructor.start_server()
    ada, instructor = held.containers()[0], Container(f"{NAME}-instructor")

    assert _tags(ada) >= {"your-turn", "check"}
    assert "solution" not in _tags(ada)
    assert _tags(instructor) >= {"your-turn", "check", "solution"}


def _tags(container: Container) -> set[str]:
    status, text = container.run("cat", "notebooks/03_create_a_role.ipynb")
    assert status == 0
    return {tag for cell in json.loads(text)["cells"] for tag in cell["metadata"].get("tags", ())}


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
    ada.python(VERDICT % "not_yet('the key must list buckets: AKIAABCDEFGHIJKLMNOP')")
    bob.python(VERDICT % "DONE")

    rows = {row["user"]: row for row in _rows(held.instructor)}
    by_notebook = {"00 revoked_at_once": "not yet", "00 key_without_role": "not yet"}
    assert rows["ada"]["exercises"] == by_notebook | {"03 s3_role": "not yet"}
    assert rows["bob"]["exercises"] == by_notebook | {"03 s3_role": "done"}
    assert rows["cyd"]["exercises"] == by_notebook
    assert [row["user"] for row in _rows(held.attendees["ada"])] == ["ada"]
    written = (held.folder / "board.jsonl").read_text()
    assert "AKIAABCDEFGHIJKLMNOP" not in written
    assert [json.loads(line)["user"] for line in written.splitlines()][-2:] == ["ada", "bob"]


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

    assert left() <= held.before
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
