"""Snapshots of Vault: what a restore brings back, what it forgets, and how to reconcile."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from matplotlib.figure import Figure

from labkit import Lab, LabError, attempt, plots
from labkit.evidence.analyse.orphans import DELETE_USER, LEASE, NOT_IN_SNAPSHOT, REVOKE, USER
from labkit.runtimes.external import External
from labkit.runtimes.snapshots import Snapshot, refuse_without_raft


@pytest.fixture(scope="module")
def own() -> Iterator[Lab]:
    """Start a lab for this file alone: a restore replaces all of its Vault's storage."""
    with Lab.start(through="role", runtime="embedded", persistent=True, alongside=True) as running:
        yield running


@pytest.mark.integration
def test_leases_and_users_disagree_after_a_restore_until_orphans_are_removed(own: Lab) -> None:
    kept, revoked = (own.issue()[1] for _ in range(2))
    before = own.root.sys.list_acl_policies()["data"]["keys"]
    snapshot = own.snapshot()
    own.revoke(revoked)
    _, forgotten = own.issue()

    own.restore(snapshot)
    back = time.time()

    leases = (kept, revoked, forgotten)
    samples = [own.look(lease) for lease in leases]
    assert [one.lease_present for one in samples] == [True, True, False]
    assert [one.user_present for one in samples] == [True, False, True]
    assert [one.key_works for one in samples] == [True, False, True]
    assert own.root.sys.list_acl_policies()["data"]["keys"] == before
    lives = [one for one in own.lifetimes() if one.lease_id in {one.lease_id for one in leases}]
    drawn = plots.across_restore(lives, samples, (snapshot.time, back), Figure().subplots())
    assert "disagree about 2 of 3 leases" in drawn.get_title(loc="left")
    found = {one.kind: one for one in own.orphans(remove=True)}
    assert (found[LEASE].name, found[LEASE].remedy) == (revoked.lease_id, REVOKE)
    assert (found[USER].name, found[USER].remedy) == (forgotten.user_name, DELETE_USER)
    assert found[USER].reason == NOT_IN_SNAPSHOT
    assert own.orphans() == []
    assert [own.look(one).ended for one in leases] == [False, True, True]
    assert own.look(kept).key_works
    _, fresh = own.issue()
    own.revoke(fresh)
    assert own.look(fresh).ended


@pytest.mark.integration
def test_what_is_no_snapshot_is_refused_and_changes_nothing(own: Lab) -> None:
    _, lease = own.issue()
    before = own.root.sys.list_acl_policies()["data"]["keys"]

    refused = attempt(own.restore, Snapshot(0.0, b"no snapshot"))

    assert "Tried to restore a snapshot" in refused
    assert own.root.sys.list_acl_policies()["data"]["keys"] == before
    assert own.look(lease).key_works
    own.revoke(lease)


@pytest.mark.integration
def test_another_value_than_a_snapshot_is_named_with_its_type(own: Lab) -> None:
    refused = attempt(own.restore, b"bytes")

    assert refused == "lab.restore(snapshot): snapshot must be Snapshot, but it is bytes."
    assert "missing a required argument" in attempt(own.restore)


@pytest.mark.integration
def test_a_vault_in_memory_has_no_snapshot_and_the_error_says_how_to_get_one(lab: Lab) -> None:
    refused = [attempt(lab.snapshot), attempt(lab.restore, Snapshot(0.0, b""))]

    assert all("in memory" in one and "persistent=True" in one for one in refused)


def test_a_vault_of_others_is_never_replaced() -> None:
    with pytest.raises(LabError, match=r"started itself .* the runtime is external"):
        refuse_without_raft(External({}))


def test_the_repr_shows_the_time_and_size_and_not_the_storage() -> None:
    assert repr(Snapshot(0.0, b"s3cret" * 512)) == "Snapshot(taken 1970-01-01T00:00:00Z, 3 KiB)"
