"""Leases that end while their engine or AWS is broken."""

import pytest

from labkit import Lab
from labkit.aws.probes import user_names
from labkit.flow import steps
from labkit.machine.polling import happens_within
from labkit.vault.leases import Lease
from tests.experiments.drills.working import assert_works


@pytest.mark.integration
def test_a_wrong_engine_makes_a_lease_irrevocable_until_the_right_one_revokes_it(own: Lab) -> None:
    _, lease = own.issue()

    with own.drills.engine_replaced():
        revoke_in_background(own, lease)
        assert happens_within(30, lambda: irrevocable(own) == 1)

    assert own.look(lease).key_works
    assert irrevocable(own) == 1
    own.revoke(lease)
    assert irrevocable(own) == 0
    assert own.look(lease).ended
    assert_works(own)


@pytest.mark.integration
def test_an_irrevocable_lease_that_is_revoked_by_force_leaves_its_user(own: Lab) -> None:
    _, lease = own.issue()
    with own.drills.engine_replaced():
        revoke_in_background(own, lease)
        assert happens_within(30, lambda: irrevocable(own) == 1)
        own.root.write_data(f"sys/leases/revoke-force/{lease.lease_id}")

    assert irrevocable(own) == 0
    assert lease.user_name in user_names(own.aws())
    assert [orphan.name for orphan in own.orphans()] == [lease.user_name]
    assert_works(own)


def revoke_in_background(lab: Lab, lease: Lease) -> None:
    lab.root.write_data("sys/leases/revoke", data={"lease_id": lease.lease_id, "sync": False})


def irrevocable(lab: Lab) -> int:
    answer = lab.root.adapter.get("/v1/sys/leases/count", params={"type": "irrevocable"})
    return int(answer["data"]["lease_count"])


@pytest.mark.integration
def test_a_lease_that_expires_while_aws_is_down_ends_when_aws_is_back(own: Lab) -> None:
    steps.configure_lease(own.setting, "5s", "8s")
    try:
        _, lease = own.issue()
        with own.drills.aws_down():
            assert happens_within(30, lambda: tried_to_revoke(own, lease))
        assert lease.user_name in user_names(own.aws())

        assert happens_within(60, lambda: lease.user_name not in user_names(own.aws()))
        assert happens_within(30, lambda: own.look(lease).ended)
    finally:
        steps.configure_lease(own.setting, "1h", "2h")
    assert_works(own)


def tried_to_revoke(lab: Lab, lease: Lease) -> bool:
    return any(call.target_user == lease.user_name and call.error for call in lab.journal)
