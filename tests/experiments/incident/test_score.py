"""The plan and the score of an incident, computed from values."""

from __future__ import annotations

from collections import Counter

import pytest

from labkit.experiments.incident import score
from labkit.experiments.incident.plan import APPLICATIONS, LEASES_OF_EACH, plan, policy_document
from labkit.experiments.incident.scene import IssuedKey
from labkit.experiments.incident.score import Report
from labkit.servers.aws.api.entry import Entry

LEAKED, SECOND, THIRD, OTHER = "leaked", "second", "third", "other"


def call(time: float, key: str, error: str | None = None, made: str | None = None) -> Entry:
    return Entry(
        time=time,
        duration=0.0,
        service="sts",
        action="CreateAccessKey" if made else "GetCallerIdentity",
        region=None,
        access_key_id=key,
        principal=None,
        target_user=None,
        target_key_id=made,
        status=403 if error else 200,
        error=error,
    )


def report(**changes: object) -> Report:
    fields: dict[str, object] = {
        "calls": (call(10.0, LEAKED), call(14.5, LEAKED), call(15.0, LEAKED, "AuthFailure")),
        "contained": True,
        "killed": (),
        "innocent": 29,
        "leak_left": False,
        "orphans": (),
        "hints": 0,
    }
    return Report(**fields | changes)  # type: ignore[arg-type]


def test_a_seed_repeats_its_choice_and_seeds_differ() -> None:
    assert plan(5) == plan(5)
    assert len({(one.order, one.leaked) for one in map(plan, range(20))}) == 20
    leaks = {plan(seed).order[plan(seed).leaked].name for seed in range(60)}
    assert leaks == {one.name for one in APPLICATIONS}


def test_each_application_has_its_leases() -> None:
    assert set(Counter(plan(1).order).values()) == {LEASES_OF_EACH}
    assert len(plan(1).order) == 30


def test_only_level_two_lets_a_user_make_keys() -> None:
    assert "CreateAccessKey" not in str(policy_document(1))
    assert "CreateAccessKey" in str(policy_document(2))


def test_the_keys_that_a_thief_made_are_the_thiefs() -> None:
    calls = [
        call(1, OTHER, made="of-other"),
        call(2, LEAKED, made=SECOND),
        call(3, SECOND, made=THIRD),
        call(4, LEAKED, "LimitExceeded", made="refused"),
    ]

    assert score.keys_of_thief(calls, LEAKED) == {LEAKED, SECOND, THIRD}
    assert score.calls_of_thief(calls, LEAKED) == (calls[1], calls[2], calls[3])


@pytest.mark.parametrize(
    ("last", "contained"),
    [("InvalidClientTokenId", True), ("AccessDenied", False), (None, False), ("Throttling", False)],
)
def test_a_thief_is_contained_if_aws_refuses_the_key_itself(
    last: str | None, contained: bool
) -> None:
    calls = [call(1, LEAKED), call(2, SECOND, "AuthFailure"), call(3, LEAKED, last)]

    assert score.is_contained(calls, {LEAKED, SECOND}) is contained


def test_a_key_that_was_never_tried_is_not_contained() -> None:
    assert not score.is_contained([call(1, LEAKED, "AuthFailure")], {LEAKED, SECOND})


def test_a_lease_is_killed_if_vault_or_aws_has_lost_it() -> None:
    kept, no_lease, no_key = (IssuedKey("app", f"l{n}", f"k{n}", f"u{n}") for n in range(3))
    keys = {"u0": ["k0"], "u1": ["k1"], "u2": []}

    assert score.killed([kept, no_lease, no_key], ["l0", "l2"], keys) == ("l1", "l2")


def test_the_seconds_run_from_the_first_call_to_the_last_accepted() -> None:
    assert report().seconds == 4.5
    assert report().accepted == 2


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, 100),
        ({"contained": False}, 0),
        ({"killed": ("a", "b")}, 90),
        ({"killed": tuple("abcdefghijklmnopqrstuvwxyz")}, 0),
        ({"orphans": ("u",)}, 90),
        ({"hints": 3}, 70),
        ({"leak_left": True}, 80),
        ({"calls": (call(0, LEAKED), call(300, LEAKED))}, 100),
        ({"calls": (call(0, LEAKED), call(400, LEAKED))}, 90),
        ({"calls": (call(0, LEAKED), call(9999, LEAKED))}, 60),
    ],
)
def test_what_costs_points(changes: dict[str, object], points: int) -> None:
    found = report(**changes)

    assert found.score == points
    assert f"{points} points" in repr(found)
    assert f"Score: {points}" in found._repr_html_()
