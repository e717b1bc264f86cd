"""A lab on somebody's Vault leaves it exactly as it was, however the lab ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from labkit import Lab, LabError
from labkit.ownership import removal
from tests.ownership.conftest import Host
from tests.ownership.proxy import FailingProxy

pytestmark = pytest.mark.integration
NAMES = ("namespace", "own")
SPACES = ("", "team")


@pytest.fixture(params=[(names, space) for names in NAMES for space in SPACES], ids="-".join)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, host: Host) -> str:
    """Return a kind of names; VAULT_NAMESPACE is the root or `team`."""
    names, space = request.param
    monkeypatch.setenv("VAULT_NAMESPACE", space)
    host.env["VAULT_NAMESPACE"] = space
    return str(names)


def everything(host: Host) -> dict[str, object]:
    """Return the inventory of each namespace, by a name for each part."""
    return {
        f"{space or 'root'}: {part}": found
        for space in SPACES
        for part, found in host.inventory(space).items()
    }


def changes(before: dict[str, object], now: dict[str, object]) -> dict[str, object]:
    """Return what differs from before, so that a failure shows no more than that."""
    return {part: (before[part], now[part]) for part in before if now[part] != before[part]}


def use(lab: Lab) -> None:
    """Do what leaves traces: log in, issue, write policies and users."""
    lab.issue(vault=lab.application())
    lab.issue()
    lab.who_can_do_what()


def test_stop_leaves_the_servers_as_they_were(host: Host, case: str) -> None:
    before = everything(host)

    with Lab.start(through="approle", alongside=True, names=case) as lab:
        use(lab)
        assert changes(before, everything(host))

    assert changes(before, everything(host)) == {}
    assert host.record_files() == []


def test_a_sweep_removes_what_a_killed_lab_left(host: Host, case: str) -> None:
    before = everything(host)
    script = (
        "import os, signal; from labkit import Lab\n"
        "from tests.ownership.test_inventory import use\n"
        f"use(Lab.start(through='approle', names={case!r})); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", script], env=os.environ, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert changes(before, everything(host))

    [swept] = removal.sweep(os.environ)

    assert swept.is_done, swept
    assert changes(before, everything(host)) == {}
    assert host.record_files() == []


def test_an_aws_that_deletes_no_user_delays_the_removal_and_loses_nothing(
    host: Host, case: str
) -> None:
    before = everything(host)
    lab = Lab.start(through="approle", alongside=True, names=case)
    use(lab)

    with host.lab.drills.aws_throttles("DeleteUser"), pytest.raises(LabError, match="Throttling"):
        lab.stop()
    lab.stop()

    assert changes(before, everything(host)) == {}
    assert host.record_files() == []


@pytest.mark.usefixtures("host")
def test_a_sweep_leaves_a_living_lab_alone(case: str) -> None:
    with Lab.start(through="approle", alongside=True, names=case) as lab:
        assert list(removal.sweep(os.environ)) == []
        _, lease = lab.issue(vault=lab.application())
        lab.proof("after issue", lease)


@pytest.mark.parametrize("answer_is_lost", [False, True], ids=["refused", "done, answer lost"])
@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("variable", ["VAULT_ADDR", "AWS_ENDPOINT_URL"])
def test_a_failure_at_any_step_of_start_leaves_nothing(
    host: Host, names: str, variable: str, monkeypatch: pytest.MonkeyPatch, *, answer_is_lost: bool
) -> None:
    before = host.inventory()
    failures = 0
    with FailingProxy(host.env[variable], answer_is_lost=answer_is_lost) as proxy:
        monkeypatch.setenv("LABKIT_AWS_URL_FOR_VAULT", host.env["AWS_ENDPOINT_URL"])
        monkeypatch.setenv(variable, proxy.url)
        while start_fails(proxy, failures, names):
            failures += 1
            assert changes(before, host.inventory()) == {}
            assert host.record_files() == []

    assert failures >= 3
    assert changes(before, host.inventory()) == {}


def start_fails(proxy: FailingProxy, after: int, names: str) -> bool:
    """Start a lab while one write fails; return whether the start failed."""
    proxy.fail_once(after)
    try:
        lab = Lab.start(through="approle", alongside=True, names=names)
    except Exception:  # whichever error: what is left counts
        return True
    proxy.fail_once(None)
    lab.stop()
    return False


@pytest.mark.parametrize("names", NAMES)
def test_a_stop_that_vault_refuses_is_finished_by_the_next(
    host: Host, names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = host.inventory()
    with FailingProxy(host.env["VAULT_ADDR"], answer_is_lost=False) as proxy:
        monkeypatch.setenv("VAULT_ADDR", proxy.url)
        lab = Lab.start(through="approle", alongside=True, names=names)
        proxy.fail_once(0)

        with pytest.raises(LabError, match=r"broken by the test.*`labkit sweep` tries again"):
            lab.stop()
        assert changes(before, host.inventory())
        assert len(host.record_files()) == 1
        lab.stop()

    assert changes(before, host.inventory()) == {}
    assert host.record_files() == []
