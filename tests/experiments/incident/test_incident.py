"""Incidents on real servers: what solves them, what does not, and what an end restores."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from labkit import Lab, LabError, attempt, steps
from labkit.experiments.incident.incident import Incident
from labkit.experiments.incident.leaking import Leaking
from labkit.experiments.incident.plan import LEASES_OF_EACH, plan
from labkit.machine.polling import happens_within
from labkit.runtimes.standing import Attached

pytestmark = pytest.mark.integration
OTHERS_OF_A_ROLE = 3 * LEASES_OF_EACH - 1


@pytest.fixture(scope="module")
def own() -> Iterator[Lab]:
    """Start a lab for this file alone: an incident needs all of its Vault."""
    with Lab.start(through="role", runtime="embedded", alongside=True) as running:
        yield running


def issue_of(lab: Lab, access_key_id: str) -> dict[str, Any]:
    """Return the audit log's entry of the issue of a key, found by the key's HMAC."""
    hashed = lab.root.sys.calculate_hash("lab", access_key_id)["data"]["hash"]
    log = lab.runtime.audit_log()
    assert log is not None
    entries = map(json.loads, log.read_text().splitlines())
    keys = ((one, ((one.get("response") or {}).get("data") or {})) for one in entries)
    [found] = [one for one, data in keys if data.get("access_key") == hashed]
    return dict(found)


def lease_of(lab: Lab, incident: Incident) -> str:
    return str(issue_of(lab, incident.access_key_id)["response"]["secret"]["lease_id"])


def users(lab: Lab) -> list[str]:
    return [user["UserName"] for user in lab.aws().client("iam").list_users()["Users"]]


def state(lab: Lab) -> dict[str, object]:
    """Return what an incident must leave as it was."""
    root = lab.root
    listed = {path: root.list(path) for path in ("identity/entity/id", "sys/leases/lookup/aws")}
    return {path: answer and answer["data"] for path, answer in listed.items()} | {
        "roles": root.list("aws/roles")["data"],
        "policies": root.sys.list_acl_policies()["data"]["keys"],
        "auth": sorted(root.sys.list_auth_methods()["data"]),
        "users": sorted(users(lab)),
    }


def thieves() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "thief"]


@pytest.mark.parametrize(("seed", "level"), [(1, 1), (2, 1), (5, 2)])
def test_who_revokes_the_one_lease_gets_the_full_score(own: Lab, seed: int, level: int) -> None:
    before = state(own)

    with own.incident(seed=seed, level=level) as incident:
        idle = incident.report()
        found = issue_of(own, incident.access_key_id)
        own.revoke(lease_of(own, incident))
        solved = incident.report()

    chosen = plan(seed)
    assert found["auth"]["metadata"]["role_name"] == chosen.order[chosen.leaked].name
    assert (idle.contained, idle.score, idle.keys, idle.leak_left) == (False, 0, level, True)
    assert (solved.contained, solved.score, solved.keys) == (True, 100, level)
    assert (solved.killed, solved.orphans, solved.leak_left) == ((), (), False)
    assert solved.seconds > idle.seconds
    assert incident.report() == solved, "the last report outlives the incident"
    assert happens_within(10, lambda: state(own) == before), state(own)
    assert not thieves()


def test_a_prefix_revocation_stops_the_thief_but_kills_innocent_leases(own: Lab) -> None:
    with own.incident(seed=3) as incident:
        prefix = lease_of(own, incident).rpartition("/")[0]
        own.root.write_data(f"sys/leases/revoke-prefix/{prefix}", data={"sync": True})
        report = incident.report()

    assert report.contained
    assert len(report.killed) == OTHERS_OF_A_ROLE
    assert report.score == 100 - 5 * OTHERS_OF_A_ROLE


def test_the_end_of_the_token_kills_the_other_leases_of_the_application(own: Lab) -> None:
    with own.incident(seed=4) as incident:
        accessor = issue_of(own, incident.access_key_id)["auth"]["accessor"]
        known = own.root.list("auth/token/accessors")["data"]["keys"]
        calculate = own.root.sys.calculate_hash
        [token] = [one for one in known if calculate("lab", one)["data"]["hash"] == accessor]
        own.root.write_data("auth/token/revoke-accessor", data={"accessor": token})
        lost = LEASES_OF_EACH - 1
        assert happens_within(20, lambda: len(incident.report().killed) == lost)
        assert happens_within(20, lambda: not incident.report().leak_left)
        report = incident.report()

    assert report.contained
    assert (len(report.killed), report.score) == (lost, 100 - 5 * lost)


def test_deleting_the_leaked_key_in_aws_leaves_the_second_key_of_the_thief(own: Lab) -> None:
    with own.incident(seed=6, level=2) as incident:
        owner = own.gather().story(incident.access_key_id).lease_id
        user = next(one.user_name for one in own.lifetimes() if one.lease_id == owner)
        iam = own.aws().client("iam")
        iam.delete_access_key(UserName=user, AccessKeyId=incident.access_key_id)
        report = incident.report()
        answers = [row[-1] for row in incident.status().rows]

    assert (report.contained, report.score, report.keys) == (False, 0, 2)
    assert report.leak_left
    assert sorted(answers)[-1] == "ok"
    assert len(answers) == 2


def test_hints_lead_to_the_lease_and_cost_points(own: Lab) -> None:
    with own.incident(seed=7) as incident:
        hints = [incident.hint() for _ in range(4)]
        refused = attempt(incident.hint)
        lease_id = lease_of(own, incident)
        own.revoke(lease_id)
        report = incident.report()

    assert lease_id in hints[-1]
    assert "All 4 hints were given" in refused
    assert (report.hints, report.score) == (4, 60)


def test_an_interrupted_incident_restores_everything(own: Lab) -> None:
    before = state(own)

    with pytest.raises(KeyboardInterrupt), own.incident(seed=8, level=2):
        raise KeyboardInterrupt

    assert happens_within(10, lambda: state(own) == before), state(own)
    assert not thieves()


def test_an_interrupt_while_it_is_prepared_removes_what_was_made(
    own: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(own)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labkit.experiments.incident.scene.Scene._name_users", interrupted)
    with pytest.raises(KeyboardInterrupt):
        own.incident(seed=9)

    assert happens_within(10, lambda: state(own) == before), state(own)


def test_a_second_incident_is_refused_and_the_first_goes_on(own: Lab) -> None:
    with own.incident(seed=10) as incident:
        refused = attempt(own.incident, seed=11)
        accepted = incident.report().accepted
        assert incident.report().accepted > accepted

    assert "an incident runs" in refused


def test_an_incident_that_was_stopped_at_once_has_no_report(own: Lab) -> None:
    incident = own.incident(seed=12)
    incident.stop()

    assert "stopped before a report" in attempt(incident.report)
    assert incident.access_key_id not in repr(incident)


@pytest.mark.parametrize(
    ("wrong", "words"), [({"level": 3}, "level must be 1 or 2"), ({"seed": "a"}, "seed must be")]
)
def test_wrong_arguments_are_refused(own: Lab, wrong: dict[str, Any], words: str) -> None:
    assert words in attempt(own.incident, **wrong)


def test_short_leases_are_refused_and_nothing_is_left(own: Lab) -> None:
    before = state(own)
    steps.configure_lease(own.setting, "30s", "60s")
    try:
        refused = attempt(own.incident)
    finally:
        steps.configure_lease(own.setting, "768h", "768h")

    assert "leases last 30 s here" in refused
    assert happens_within(10, lambda: state(own) == before), state(own)


def test_the_end_of_the_lab_stops_the_thief() -> None:
    with Lab.start(through="role", runtime="embedded", alongside=True) as lab:
        lab.incident(seed=13)
        assert thieves()

    assert not thieves()


def test_the_end_of_an_attached_lab_removes_the_incident(
    own: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, servers = state(own), vars(own)["_connection"]
    incidents = Leaking(servers, own.orphans)
    incidents.incident(seed=14, level=1)
    monkeypatch.setattr(servers, "runtime", object.__new__(Attached))

    incidents.stop()

    assert happens_within(10, lambda: state(own) == before), state(own)
    assert not thieves()


def test_servers_of_others_are_refused(own: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own.runtime, "shared", True)

    with pytest.raises(LabError, match="nobody else uses"):
        own.incident()
