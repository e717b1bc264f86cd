"""An exercise is done when its effect is there: each check says no before, and yes after."""

from collections.abc import Iterator

import pytest

from labkit import Lab
from labkit.flow import steps

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(through="approle", runtime="embedded", alongside=True) as running:
        steps.configure_lease(running.setting, "1h", "2h")
        yield running


def allow(lab: Lab, role_name: str, action: str) -> None:
    statement = {"Effect": "Allow", "Action": [action], "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    lab.vault.secrets.aws.create_or_update_role(role_name, "iam_user", policy_document=document)


def test_second_mount(lab: Lab) -> None:
    assert not lab.check.second_mount()

    lab.vault.sys.enable_secrets_engine("aws", path="aws-dev")

    assert lab.check.second_mount()


def test_s3_role_tries_the_key(lab: Lab) -> None:
    assert 'Role "s3-reader" not found' in lab.check.s3_role().hint
    allow(lab, "s3-reader", "ec2:*")
    assert not lab.check.s3_role()

    allow(lab, "s3-reader", "s3:ListAllMyBuckets")

    assert lab.check.s3_role()


def test_read_only_role_tries_the_key(lab: Lab) -> None:
    allow(lab, "ec2-reader", "ec2:*")
    assert not lab.check.read_only_role()

    allow(lab, "ec2-reader", "ec2:DescribeInstances")

    assert lab.check.read_only_role()


def test_leases_are_counted_on_both_sides(lab: Lab) -> None:
    assert lab.check.nothing_left()
    assert "0 leases and 0 users" in lab.check.leases_and_users_agree(1).hint

    _, lease = lab.issue()

    assert lab.check.leases_and_users_agree(1)
    assert "1 leases and 1 users" in lab.check.nothing_left().hint
    lab.revoke(lease)
    assert lab.check.nothing_left()


def test_a_user_without_a_lease_is_not_overlooked(lab: Lab) -> None:
    iam = lab.aws().client("iam")
    iam.create_user(UserName="left-of-my-ec2-role")

    assert not lab.check.nothing_left()

    iam.delete_user(UserName="left-of-my-ec2-role")


def test_at_the_ceiling(lab: Lab) -> None:
    _, lease = lab.issue()
    lab.renew(lease, increment=60)
    assert not lab.check.at_the_ceiling()

    lab.renew(lease, increment=4 * 3600)

    assert lab.check.at_the_ceiling()
    lab.revoke(lease)


def test_secret_id_works_once(lab: Lab) -> None:
    assert not lab.check.secret_id_works_once()

    lab.vault.auth.approle.create_or_update_approle("aws-app", secret_id_num_uses=1)

    assert lab.check.secret_id_works_once()


def test_root_key_rotated(lab: Lab) -> None:
    assert "Vault still uses" in lab.check.root_key_rotated().hint

    lab.vault.secrets.aws.rotate_root_iam_credentials()

    assert lab.check.root_key_rotated()
    assert repr(lab.check.root_key_rotated()) == "done"
