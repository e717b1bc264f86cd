"""No check is done on the untouched lab, and a check looks again each time."""

import inspect
from collections.abc import Iterator
from datetime import datetime

import pytest

from labkit import Lab
from labkit.flow.identities import keys_of
from labkit.notebook.exercise import exercises
from labkit.notebook.verdicts import Verdict

pytestmark = pytest.mark.integration
WRONG_SECRET = "wrong" * 8
WITH_AN_ARGUMENT = {"creation_times"}
# They need the thief's session, or an incident: the notebooks' tests have them
OF_A_THIEF = {"session_stopped", "leak_traced", "thief_stopped"}


@pytest.fixture(scope="module")
def own() -> Iterator[Lab]:
    with Lab.start(through="approle", runtime="embedded", alongside=True) as running:
        yield running


def verdict(lab: Lab, name: str) -> Verdict:
    arguments: list[dict[str, datetime]] = [{}] if name in WITH_AN_ARGUMENT else []
    found = getattr(lab.check, name)(*arguments)
    assert isinstance(found, Verdict)
    return found


def test_a_check_shows_the_docstring_and_the_signature_of_its_function(own: Lab) -> None:
    check = own.check.short_lease

    assert (inspect.getdoc(check) or "").startswith("Look for a lease of a few seconds")
    assert list(inspect.signature(check).parameters) == ["most"]
    assert repr(check) == "lab.check.short_lease"


def test_all_checks_are_listed_and_another_name_is_refused_clearly(own: Lab) -> None:
    assert exercises().keys() <= set(dir(own.check))
    with pytest.raises(AttributeError, match=r"no check 'short_leases'\. Tab after"):
        getattr(own.check, "short_leases")  # noqa: B009 - mypy knows that there is none


@pytest.mark.parametrize("through", [None, "approle"])
def test_no_check_is_done_on_the_untouched_lab(through: str | None) -> None:
    with Lab.start(through=through, runtime="embedded", alongside=True) as untouched:
        for exercise in exercises().values():
            if exercise.name not in OF_A_THIEF:
                assert verdict(untouched, exercise.name).hint, exercise.name


def test_a_wrong_secret_after_the_solution_is_noticed(own: Lab) -> None:
    for _ in range(2):
        own.root.write_data("aws/config/rotate-root", data={})
    assert own.check.root_key_rotated()

    own.root.write_data("aws/config/root", data={"secret_key": WRONG_SECRET})

    assert "SignatureDoesNotMatch" in own.check.root_key_rotated().hint


def test_a_user_without_a_lease_is_not_overlooked() -> None:
    with Lab.start(through="role", runtime="embedded", alongside=True) as lab:
        for _ in range(5):
            lab.issue()
        prefix = "sys/leases/revoke-prefix/aws/creds/my-ec2-role"
        lab.root.write_data(prefix, data={"sync": True})
        assert lab.check.nothing_left()

        lab.aws().client("iam").create_user(UserName="my-ec2-role-by-hand")

        assert "0 leases and 1 users" in lab.check.nothing_left().hint


def test_the_check_of_a_session_refuses_the_key_of_a_user(own: Lab) -> None:
    found = own.check.session_stopped(keys_of(own.identities.operator))

    assert "a session has a security_token" in found.hint
