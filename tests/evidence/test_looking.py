"""Looks at real leases, one by one and as a watch, when a server is away too."""

import pytest

from labkit import Lab
from labkit.evidence.collect.watch import make_sampler
from labkit.flow.identities import keys_of
from labkit.servers.aws.api.fault import Fault
from labkit.vault.client import connect

pytestmark = pytest.mark.integration


def test_a_watch_survives_aws_being_away_and_proves_nothing_meanwhile(lab: Lab) -> None:
    _, lease = lab.issue()

    with lab.aws_admin.faults(Fault("*", "ServiceUnavailable", 503)):
        away = lab.watch([lease], seconds=0.2, every=0.1).wait()
    back = lab.watch([lease], seconds=0, every=0.1).wait()

    assert {one.silent for one in away} == {("AWS",)}
    assert {one.key_works for one in away} == {None}
    assert {one.lease_present for one in away} == {True}
    assert [(one.key_works, one.keys, one.silent) for one in back] == [(True, 1, ())]
    [life] = [one for one in lab.lifetimes() if one.lease_id == lease.lease_id]
    assert life.key_refused is None
    lab.revoke(lease)


def test_a_look_survives_vault_being_away(lab: Lab) -> None:
    credentials, lease = lab.issue()
    dead, operator = connect("http://127.0.0.1:9"), keys_of(lab.identities.operator)
    look = make_sampler(lab.endpoints, dead, operator, lambda _: credentials)

    sample = look(lease)

    assert (sample.silent, sample.lease_present, sample.key_works) == (("Vault",), None, True)
    assert not sample.ended
    lab.revoke(lease)


def test_a_watch_sees_a_lease_end_and_stops(lab: Lab) -> None:
    _, lease = lab.issue()
    watch = lab.watch([lease], seconds=20, every=0.1)
    lab.revoke(lease)

    samples = watch.wait()

    assert samples[-1].ended
    assert set(map(id, samples)) <= set(map(id, lab.evidence.samples))


def test_a_lab_that_stops_stops_its_watches() -> None:
    with Lab.start(through="role", runtime="embedded", alongside=True) as own:
        _, lease = own.issue()
        watch = own.watch([lease], seconds=60, every=0.1)

    assert not watch.running
