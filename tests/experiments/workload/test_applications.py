"""Each client of notebook 12 survives what it claims to, and fails where it is said to fail.

One workload with all events serves all tests: real clients on real servers.
"""

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from labkit import Lab
from labkit.errors import LabError
from labkit.evidence.analyse.workload import Workload
from labkit.evidence.evidence import Evidence
from labkit.evidence.model.uses import OK
from labkit.experiments.workload import events
from labkit.flow import steps

APPLICATIONS = Path(__file__).parents[3] / "notebooks" / "applications"
PROGRAMS = sorted([*APPLICATIONS.glob("*.*"), *APPLICATIONS.glob("tools/*.*")])
CLIENTS = ("naive", "sleeper", "renewer", "refreshable", "process", "agent")
LEASE, SLOW = 16, 12  # seconds: a lease; what a loaded machine may take
REFUSED = {"AuthFailure", "InvalidAccessKeyId", "InvalidClientTokenId"}
REVOKED, AWAY = "leases revoked", "Vault away"

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def own() -> Iterator[Lab]:
    with Lab.start(through="approle", runtime="embedded", alongside=True) as running:
        steps.configure_lease(running.setting, f"{LEASE}s", "32s")
        yield running


@pytest.fixture(scope="module")
def found(own: Lab) -> Workload:
    # A third of the lease before its end, 11 s after the revocation, `refreshable` reads again:
    # Vault goes away two seconds later, so that it is in time on a loaded machine, too
    happens = [events.slow_birth(2.0), events.revocation(24), events.vault_away(37, 5)]
    clients = {name: APPLICATIONS / f"{name}.py" for name in CLIENTS}
    return own.workload(clients, happens, seconds=47)


def users_of(aws_url: str | None) -> list[str]:
    """Return the command lines of the processes that were told to use this AWS API."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if aws_url and process.environ().get("AWS_ENDPOINT_URL") == aws_url:
                found.append(" ".join(process.cmdline()))
    return found


def recovered(found: Workload, client: str) -> bool:
    """Whether a client's calls succeeded again after the revocation."""
    return OK in found.of(client, since=found.when(REVOKED) + 1)


def test_naive_makes_one_user_and_is_dead_when_the_lease_ends(found: Workload) -> None:
    later = found.of("naive", since=found.made["naive"][0] + LEASE + SLOW)

    assert found.users("naive") == 1
    assert OK in found.of("naive")
    assert later
    assert set(later) <= REFUSED


def test_sleeper_survives_the_revocation_but_makes_users_and_needs_vault(found: Workload) -> None:
    others = [found.users(name) for name in CLIENTS if name != "sleeper"]

    assert recovered(found, "sleeper")
    assert found.users("sleeper") > max(others)
    assert "ConnectionError" in found.of("sleeper", since=found.when(AWAY))


def test_renewer_outlives_leases_with_few_users_but_not_a_revocation_at_once(
    found: Workload,
) -> None:
    revoked = found.when(REVOKED)

    assert OK in found.of("renewer", found.made["renewer"][0] + LEASE + 1, revoked)
    assert REFUSED & set(found.of("renewer", since=revoked))
    assert recovered(found, "renewer")
    assert found.users("renewer") < found.users("sleeper")


def test_refreshable_fails_no_more_than_once_or_twice(found: Workload) -> None:
    assert found.failed("refreshable") <= 3
    assert recovered(found, "refreshable")
    assert "ConnectionError" not in found.of("refreshable")


def test_process_makes_few_users_and_hands_out_the_dead_key_for_a_while(found: Workload) -> None:
    revoked = found.when(REVOKED)

    assert recovered(found, "process")
    assert found.users("process") < found.users("sleeper")
    assert "CredentialRetrievalError" not in found.of("process", since=revoked)


def test_agent_hands_out_the_dead_key_until_its_next_renewal_and_then_a_new_one(
    found: Workload,
) -> None:
    revoked = found.when(REVOKED)

    assert REFUSED & set(found.of("agent", since=revoked))
    assert recovered(found, "agent")
    assert found.users("agent") < found.users("sleeper")


def test_agent_revokes_nothing_when_it_exits(found: Workload) -> None:
    assert found.left("agent") >= 1


def test_agent_is_dead_after_its_token_is_revoked(own: Lab, found: Workload) -> None:
    assert found.users("agent") >= 1
    steps.configure_lease(own.setting, "6s", "12s")
    program = {"agent": APPLICATIONS / "agent.py"}

    shorter = own.workload(program, [events.tokens_revoked(2)], seconds=16)

    later = shorter.of("agent", since=shorter.when("tokens revoked") + 5)
    assert OK in shorter.of("agent")
    assert later
    assert set(later) <= REFUSED


def test_exec_starts_the_program_again_with_each_new_key_and_stops_it_at_the_end(
    own: Lab, found: Workload
) -> None:
    assert found.clients  # its leases are issued before these shorter ones
    steps.configure_lease(own.setting, "4s", "6s")

    restarted = own.workload({"exec": APPLICATIONS / "exec.py"}, seconds=14)

    second = restarted.made["exec"][1]
    assert OK in restarted.of("exec", until=second)
    assert OK in restarted.of("exec", since=second + 1)
    assert not users_of(own.endpoints.aws_url)


def test_the_workload_removes_what_it_made(own: Lab, found: Workload) -> None:
    roles = own.root.list("aws/roles")["data"]["keys"]
    left = own.aws().client("iam").list_users()["Users"]

    assert found.clients
    assert roles == ["my-ec2-role"]
    assert not [user for user in left if "workload" in user["UserName"] and not own.orphans()]
    assert own.aws().client("s3").list_buckets()["Buckets"] == []


def test_the_evidence_of_a_workload_can_be_saved_and_loaded(
    own: Lab, found: Workload, tmp_path: Path
) -> None:
    own.save(tmp_path / "evidence.jsonl")

    assert found.uses
    assert Evidence.load(tmp_path / "evidence.jsonl").workload() == own.evidence.workload()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_an_application_can_be_taken_home(path: Path) -> None:
    text = path.read_text()

    assert len(text.splitlines()) <= 40
    if path.suffix == ".py":
        imported = [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Import)]
        assert "labkit" not in {name.name for one in imported for name in one.names}


def test_the_evidence_of_no_workload_says_so() -> None:
    with pytest.raises(LabError, match=r"Run one with lab\.workload"):
        Evidence().workload()
