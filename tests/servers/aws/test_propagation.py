"""IAM as eventually consistent as it was asked to be; seen by real clients on the real server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from labkit.aws.admin import AwsAdmin
from labkit.aws.probes import probe
from labkit.servers.aws.api.propagation import Propagation
from tests.servers.aws.looks import REFUSED, UNKNOWN, WORKS, list_users, until, uses
from tests.servers.aws.people import delete, person
from tests.servers.aws.roles import ACCOUNT, ALLOWED, assume, outcome, role
from tests.servers.aws.running import session_of

pytestmark = pytest.mark.integration

AT_ONCE = Propagation()
SECONDS = 1.0


@pytest.fixture(autouse=True)
def _at_once_afterwards(cloud: AwsAdmin) -> Iterator[None]:
    yield
    cloud.set_propagation(AT_ONCE)


def test_a_new_key_is_refused_in_each_services_words(cloud: AwsAdmin) -> None:
    with cloud.propagation(new_keys=60), person(cloud) as someone:
        assert probe(someone.session) == REFUSED
        assert list_users(someone.session) == UNKNOWN


def test_a_new_key_works_when_its_time_is_over_and_not_before(cloud: AwsAdmin) -> None:
    began = time.monotonic()
    with cloud.propagation(new_keys=SECONDS), person(cloud) as someone:
        until(WORKS, lambda: probe(someone.session))

        assert time.monotonic() - began > SECONDS
        assert list_users(someone.session) == "AccessDenied"


def test_a_new_key_is_refused_at_a_bucket_too(cloud: AwsAdmin) -> None:
    with cloud.propagation(new_keys=60), person(cloud) as someone:
        s3 = someone.session.client("s3")
        assert outcome(s3.list_objects_v2, Bucket="lab") == "InvalidAccessKeyId"


def test_a_refused_new_key_has_its_owner_in_the_journal(cloud: AwsAdmin) -> None:
    with cloud.propagation(new_keys=60), person(cloud) as someone:
        probe(someone.session)

    owners = {entry.principal for entry in uses(cloud, someone)}
    assert owners == {f"arn:aws:iam::{ACCOUNT}:user/{someone.name}"}


def test_a_deleted_key_is_refused_when_its_time_is_over_and_not_before(cloud: AwsAdmin) -> None:
    with cloud.propagation(deleted_keys=SECONDS), person(cloud) as someone:
        began = time.monotonic()
        delete(cloud, someone.name)
        until(REFUSED, lambda: probe(someone.session))

        assert time.monotonic() - began > SECONDS
        assert list_users(someone.session) == UNKNOWN


def test_a_key_deleted_before_it_is_known_works_once_it_is_known(cloud: AwsAdmin) -> None:
    """The news of its creation arrives before that of its deletion."""
    began = time.monotonic()
    with cloud.propagation(new_keys=SECONDS, deleted_keys=60), person(cloud) as someone:
        delete(cloud, someone.name)
        until(WORKS, lambda: probe(someone.session))

    assert time.monotonic() - began > SECONDS


def test_a_session_of_sts_works_at_once(cloud: AwsAdmin) -> None:
    with cloud.propagation(new_keys=60), role(cloud):
        assert probe(assume(cloud)).ec2 == ALLOWED


def test_by_default_a_key_works_at_once_and_ends_at_once(cloud: AwsAdmin) -> None:
    assert cloud.current_propagation() == AT_ONCE
    with person(cloud) as someone:
        assert probe(someone.session) == WORKS
    assert probe(someone.session) == REFUSED


def test_the_identities_of_the_lab_are_never_held_back(cloud: AwsAdmin) -> None:
    with cloud.propagation(new_keys=60, deleted_keys=60):
        for name in cloud.identities():
            assert probe(session_of(cloud, name)).key_accepted


def test_set_back_it_takes_effect_at_once(cloud: AwsAdmin) -> None:
    with cloud.propagation(new_keys=60, deleted_keys=60):
        with person(cloud) as someone:
            assert probe(someone.session) == REFUSED
        with person(cloud) as another:
            cloud.set_propagation(Propagation(deleted_keys=60))
            assert probe(another.session) == WORKS
        assert probe(another.session) == WORKS

    assert probe(another.session) == REFUSED


def test_a_key_deleted_while_deletions_were_at_once_is_not_revived(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        probe(someone.session)
    with cloud.propagation(deleted_keys=60):
        assert probe(someone.session) == REFUSED


def test_a_propagation_that_ends_leaves_the_earlier_one_in_force(cloud: AwsAdmin) -> None:
    earlier = Propagation(new_keys=1.5)
    cloud.set_propagation(earlier)
    with cloud.propagation(deleted_keys=2):
        assert cloud.current_propagation() == Propagation(0, 2)

    assert cloud.current_propagation() == earlier


@pytest.mark.parametrize("seconds", [-1, 61, float("nan")])
def test_a_time_out_of_range_changes_nothing(cloud: AwsAdmin, seconds: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 60"), cloud.propagation(new_keys=seconds):
        pass

    assert cloud.current_propagation() == AT_ONCE
