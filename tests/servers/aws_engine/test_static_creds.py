"""The keys of static roles: made with the role, and read until they expire."""

from __future__ import annotations

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.plugin.errors import EngineError
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator
from tests.servers.aws_engine.static_app import held, keys

pytestmark = pytest.mark.integration


def test_static_creds_read(static: EngineUnderTest) -> None:
    assert held(static).keys() == {"access_key", "secret_key", "expiration"}
    assert static.read("static-creds/s") is not None
    assert held(static)["secret_key"] not in repr(static.read("static-creds/s"))


@pytest.mark.parametrize(("existing", "deleted"), [(0, 0), (1, 0), (2, 1)])
def test_create_credential(
    mounted: EngineUnderTest, aws: Operator, user: str, existing: int, deleted: int
) -> None:
    for _ in range(existing):
        aws.iam.create_access_key(UserName=user)
    before = keys(aws)

    mounted.write("static-roles/s", username=user, rotation_period="1d")

    assert keys(aws) == [*before[deleted:], held(mounted)["access_key"]]
    assert aws.calls_of().count("DeleteAccessKey") == deleted


def test_a_role_whose_first_key_failed_gets_it_by_another_write(
    mounted: EngineUnderTest, aws: Operator, user: str
) -> None:
    aws.cloud.set_faults([Fault("CreateAccessKey", "ServiceFailure", message="no")])
    with pytest.raises(EngineError) as failed:
        mounted.write("static-roles/s", username=user, rotation_period="1d")
    assert str(failed.value) == (
        'failed to create new credentials for role "s": '
        'unable to create new access keys for user "app": ServiceFailure: no'
    )
    aws.cloud.set_faults([])

    mounted.write("static-roles/s", rotation_period="2d")

    assert keys(aws) == [held(mounted)["access_key"]]


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (1_700_000_000.0, "2023-11-15T22:13:20Z"),
        (1_700_000_000.25, "2023-11-15T22:13:20.25Z"),
        (1_700_000_000 + 2**-20, "2023-11-15T22:13:20.000000954Z"),
    ],
)
def test_an_expiration_has_nanoseconds_without_trailing_zeros(
    mounted: EngineUnderTest, user: str, now: float, shown: str
) -> None:
    mounted.clock.now = now
    mounted.write("static-roles/s", username=user, rotation_period="1d")

    assert held(mounted)["expiration"] == shown
