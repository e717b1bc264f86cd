"""Drills on real servers: each breaks what it says, and restores it after an interrupt."""

import inspect
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import psutil
import pytest

from labkit import Lab, LabError, attempt
from labkit.aws.admin import AwsAdmin
from labkit.aws.probes import user_names
from labkit.experiments.drills.drills import TABLE, Drills
from labkit.machine.restoring import restoring
from labkit.runtimes.embedded import Embedded
from labkit.servers.aws.api.fault import Fault
from labkit.vault.leases import Lease
from tests.experiments.drills.working import assert_works

NAMES = [name for name, _, _ in TABLE]
OF_A_LEASE = {"user_deleted", "login_profile"}
LINUX_ONLY = {"audit_full"}
BROKEN = {
    "aws_down": "Error creating IAM user: ServiceUnavailable",
    "aws_throttles": "Error creating IAM user: Throttling",
    "policy_refused": "Error putting user policy: MalformedPolicyDocument",
    "vault_sealed": "Vault is sealed",
    "audit_full": "internal error",
}


def drill(lab: Lab, name: str, lease: Lease) -> AbstractContextManager[None]:
    if name in LINUX_ONLY and sys.platform != "linux":
        pytest.skip("only Linux limits another process")
    given = (lease,) if name in OF_A_LEASE else ()
    started: AbstractContextManager[None] = getattr(lab.drills, name)(*given)
    return started


def test_the_table_names_every_drill() -> None:
    methods = inspect.getmembers(Drills, inspect.isfunction)

    assert sorted(NAMES) == sorted(name for name, _ in methods if not name.startswith("_"))


@pytest.mark.integration
@pytest.mark.parametrize("name", BROKEN)
def test_an_issue_fails_for_the_reason_of_the_drill(own: Lab, name: str) -> None:
    _, lease = own.issue()

    with drill(own, name, lease):
        refused = attempt(own.issue)

    assert BROKEN[name] in refused
    own.revoke(lease)
    assert_works(own)


@pytest.mark.integration
@pytest.mark.parametrize("name", NAMES)
def test_an_interrupted_drill_restores_what_it_broke(own: Lab, name: str) -> None:
    _, lease = own.issue()

    with pytest.raises(KeyboardInterrupt), drill(own, name, lease):
        raise KeyboardInterrupt

    if name != "user_deleted":
        assert own.look(lease).key_works
        own.revoke(lease)
    assert own.look(lease).ended
    assert_works(own)


@pytest.mark.integration
def test_a_user_with_a_login_profile_is_not_deleted_until_the_drill_ends(own: Lab) -> None:
    _, lease = own.issue()

    with own.drills.login_profile(lease):
        refused = attempt(own.revoke, lease)
        assert own.look(lease).user_present

    assert "DeleteConflict" in refused
    own.revoke(lease)
    assert_works(own)


@pytest.mark.integration
def test_throttling_ends_after_the_given_number_of_calls(own: Lab) -> None:
    with own.drills.aws_throttles(times=1):
        assert attempt(own.issue) == "allowed", "the SDK tries again"

    own.root.sys.revoke_prefix("aws/creds")
    assert_works(own)


@pytest.mark.integration
def test_an_interrupt_right_after_the_break_leaves_no_fault_in_force(
    own: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_faults, asked = AwsAdmin.set_faults, []

    def set_and_interrupt(aws: AwsAdmin, faults: Sequence[Fault]) -> None:
        set_faults(aws, faults)
        asked.append(len(faults))
        if len(asked) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(AwsAdmin, "set_faults", set_and_interrupt)
    with pytest.raises(KeyboardInterrupt), own.drills.aws_down():
        pytest.fail("the block must not begin")

    assert asked == [1, 0]
    assert own.aws_admin.current_faults() == []


def test_a_restoration_that_is_interrupted_is_done_once_more() -> None:
    done: list[str] = []

    def restore() -> None:
        done.append("begun")
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append("complete")

    with pytest.raises(KeyboardInterrupt), restoring(restore):
        pass

    assert done == ["begun", "begun", "complete"]


@pytest.mark.integration
def test_the_drills_show_themselves_as_a_table(own: Lab) -> None:
    shown: Any = own.drills

    assert all(f"lab.drills.{name}" in shown._repr_html_() for name in NAMES)


def test_a_vault_that_is_not_the_labs_is_not_sealed() -> None:
    from labkit.experiments.drills.servers import own as own_runtime
    from labkit.runtimes.external import External

    with pytest.raises(LabError, match=r"the runtime is external\. Start one"):
        own_runtime(External({}))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits another process")
def test_the_limit_of_files_that_vault_had_before_is_restored(own: Lab) -> None:
    runtime = own.runtime
    assert isinstance(runtime, Embedded)
    process, before = runtime.vault_process(), (1 << 30, 1 << 40)
    process.rlimit(psutil.RLIMIT_FSIZE, before)

    with own.drills.audit_full():
        assert process.rlimit(psutil.RLIMIT_FSIZE) != before

    assert process.rlimit(psutil.RLIMIT_FSIZE) == before


@pytest.mark.integration
def test_a_killed_engine_leaves_a_user_that_the_orphans_name_and_vault_starts_it_again(
    own: Lab,
) -> None:
    own.revoke(own.issue()[1])  # shows the journal's reader who Vault is in AWS
    before = {*user_names(own.aws())}

    with own.drills.engine_killed():
        refused = attempt(own.issue)

    assert "EOF" in refused
    [left] = {*user_names(own.aws())} - before
    [orphan] = own.orphans()
    assert (orphan.name, orphan.remedy) == (left, "delete user")
    assert_works(own)


@pytest.mark.integration
def test_a_block_without_an_issue_kills_no_engine(own: Lab) -> None:
    before = plugins(own)

    with own.drills.engine_killed():
        pass

    assert plugins(own) == before
    assert_works(own)


def plugins(lab: Lab) -> set[int]:
    assert isinstance(lab.runtime, Embedded)
    return {process.pid for process in lab.runtime.vault_process().children()}
