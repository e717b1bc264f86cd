"""Record `tests/data/evidence.jsonl` from real servers: `python -m tests.evidence.record`.

Every way in which a lease can end is in it, an issue that broke off, and an IAM user left behind.
"""

import contextlib
from pathlib import Path

from labkit import Lab, LabError
from labkit.flow import steps
from labkit.servers.aws.api.fault import Fault

RECORDED = Path(__file__).parents[1] / "data" / "evidence.jsonl"


def record(lab: Lab) -> None:
    """Live through all of it; about twelve seconds."""
    steps.configure_lease(lab.setting, "4s", "7s")
    application, other = lab.application(), lab.application()
    _, expiring = lab.issue(vault=application)
    _, renewed = lab.issue(vault=application)
    _, revoked = lab.issue(vault=application)
    lab.issue(vault=other)  # ends with its token
    _, with_others = lab.issue(vault=application)  # revoked by prefix
    watch = lab.watch([expiring, renewed, revoked], seconds=9, every=0.5)
    lab.revoke(revoked)
    other.auth.token.revoke_self()
    lab.wait_for_ttl(renewed, 2)
    lab.renew(renewed)
    lab.root.sys.revoke_prefix(with_others.lease_id)
    break_off_an_issue(lab)
    watch.wait()
    steps.configure_lease(lab.setting, "1h", "2h")
    application.read("aws/creds/my-ec2-role")  # not by the lab, and alive to the end
    leave_a_user_behind(lab)
    lab.who_can_do_what()


def break_off_an_issue(lab: Lab) -> None:
    fault = Fault("CreateAccessKey", "LimitExceeded", 409, times=1)
    with lab.aws_admin.faults(fault), contextlib.suppress(LabError):
        lab.issue()


def leave_a_user_behind(lab: Lab) -> None:
    """Let AWS refuse to delete a user while its lease is revoked by force."""
    _, lease = lab.issue()
    with lab.aws_admin.faults(Fault("DeleteUser", "DeleteConflict", 409)):
        lab.root.write_data(f"sys/leases/revoke-force/{lease.lease_id}")


if __name__ == "__main__":
    with Lab.start(through="approle", runtime="embedded") as running:
        record(running)
        print(running.orphans())  # noqa: T201
        running.save(RECORDED)
