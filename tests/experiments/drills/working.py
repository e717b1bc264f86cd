"""Whether a lab works after a drill."""

from labkit import Lab


def assert_works(lab: Lab) -> None:
    assert lab.aws_admin.current_faults() == []
    _, lease = lab.issue()
    lab.revoke(lease)
    lab.orphans(remove=True)
    assert lab.orphans() == []
