"""IAM deletes nothing that something still belongs to.

Source: AWS, IAM API reference, DeleteUser, DeleteGroup, DeleteRole, DeletePolicy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.people import MAY_EC2
from tests.servers.aws.roles import ACCOUNT, ALLOWED, outcome
from tests.servers.aws.running import session_of

pytestmark = pytest.mark.integration
CONFLICT = "DeleteConflict"
DOCUMENT = json.dumps(MAY_EC2)
READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
        ],
    }
)
USER, GROUP, ROLE = {"UserName": "held"}, {"GroupName": "held"}, {"RoleName": "held"}
DEVICE = f"arn:aws:iam::{ACCOUNT}:mfa/held"
Step = Callable[[Any], Any]


class Holding(NamedTuple):
    """What keeps an entity from being deleted: how it comes, and how it goes."""

    add: Step
    remove: Step


def certificate() -> str:
    """Return a certificate that its own key has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now)
    signed = builder.sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


def _delete_keys(iam: Any) -> None:
    for key in iam.list_access_keys(**USER)["AccessKeyMetadata"]:
        iam.delete_access_key(**USER, AccessKeyId=key["AccessKeyId"])


def _delete_certificates(iam: Any) -> None:
    for certificate in iam.list_signing_certificates(**USER)["Certificates"]:
        iam.delete_signing_certificate(**USER, CertificateId=certificate["CertificateId"])


def _delete_ssh_keys(iam: Any) -> None:
    for key in iam.list_ssh_public_keys(**USER)["SSHPublicKeys"]:
        iam.delete_ssh_public_key(**USER, SSHPublicKeyId=key["SSHPublicKeyId"])


def _add_device(iam: Any) -> None:
    iam.create_virtual_mfa_device(VirtualMFADeviceName="held")
    codes = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
    iam.enable_mfa_device(**USER, SerialNumber=DEVICE, **codes)


def _remove_device(iam: Any) -> None:
    iam.deactivate_mfa_device(**USER, SerialNumber=DEVICE)
    iam.delete_virtual_mfa_device(SerialNumber=DEVICE)


def _add_to_group(iam: Any) -> None:
    iam.create_group(GroupName="holds")
    iam.add_user_to_group(**USER, GroupName="holds")


def _remove_from_group(iam: Any) -> None:
    iam.remove_user_from_group(**USER, GroupName="holds")
    iam.delete_group(GroupName="holds")


OF_USER = {
    "an access key": Holding(lambda iam: iam.create_access_key(**USER), _delete_keys),
    "an inline policy": Holding(
        lambda iam: iam.put_user_policy(**USER, PolicyName="p", PolicyDocument=DOCUMENT),
        lambda iam: iam.delete_user_policy(**USER, PolicyName="p"),
    ),
    "an attached policy": Holding(
        lambda iam: iam.attach_user_policy(**USER, PolicyArn=READ_ONLY),
        lambda iam: iam.detach_user_policy(**USER, PolicyArn=READ_ONLY),
    ),
    "a group": Holding(_add_to_group, _remove_from_group),
    "a login profile": Holding(
        lambda iam: iam.create_login_profile(**USER, Password="Passw0rd!Passw0rd"),  # noqa: S106
        lambda iam: iam.delete_login_profile(**USER),
    ),
    "an MFA device": Holding(_add_device, _remove_device),
    "a signing certificate": Holding(
        lambda iam: iam.upload_signing_certificate(**USER, CertificateBody=certificate()),
        _delete_certificates,
    ),
    "an SSH public key": Holding(
        lambda iam: iam.upload_ssh_public_key(**USER, SSHPublicKeyBody="ssh-rsa AAAA"),
        _delete_ssh_keys,
    ),
}


@pytest.fixture(scope="module")
def iam(cloud: AwsAdmin) -> Any:
    return session_of(cloud).client("iam")


@pytest.mark.parametrize("name", OF_USER)
def test_a_user_who_holds_something_is_not_deleted(iam: Any, name: str) -> None:
    iam.create_user(**USER)
    OF_USER[name].add(iam)
    first = outcome(iam.delete_user, **USER)
    OF_USER[name].remove(iam)

    assert (first, outcome(iam.delete_user, **USER)) == (CONFLICT, ALLOWED)


OF_GROUP = {
    "a member": Holding(
        lambda iam: (iam.create_user(**USER), iam.add_user_to_group(**USER, **GROUP)),
        lambda iam: (iam.remove_user_from_group(**USER, **GROUP), iam.delete_user(**USER)),
    ),
    "an inline policy": Holding(
        lambda iam: iam.put_group_policy(**GROUP, PolicyName="p", PolicyDocument=DOCUMENT),
        lambda iam: iam.delete_group_policy(**GROUP, PolicyName="p"),
    ),
    "an attached policy": Holding(
        lambda iam: iam.attach_group_policy(**GROUP, PolicyArn=READ_ONLY),
        lambda iam: iam.detach_group_policy(**GROUP, PolicyArn=READ_ONLY),
    ),
}


@pytest.mark.parametrize("name", OF_GROUP)
def test_a_group_that_holds_something_is_not_deleted(iam: Any, name: str) -> None:
    iam.create_group(**GROUP)
    OF_GROUP[name].add(iam)
    first = outcome(iam.delete_group, **GROUP)
    OF_GROUP[name].remove(iam)

    assert (first, outcome(iam.delete_group, **GROUP)) == (CONFLICT, ALLOWED)


OF_ROLE = {
    "an inline policy": Holding(
        lambda iam: iam.put_role_policy(**ROLE, PolicyName="p", PolicyDocument=DOCUMENT),
        lambda iam: iam.delete_role_policy(**ROLE, PolicyName="p"),
    ),
    "an attached policy": Holding(
        lambda iam: iam.attach_role_policy(**ROLE, PolicyArn=READ_ONLY),
        lambda iam: iam.detach_role_policy(**ROLE, PolicyArn=READ_ONLY),
    ),
    "an instance profile": Holding(
        lambda iam: (
            iam.create_instance_profile(InstanceProfileName="held"),
            iam.add_role_to_instance_profile(InstanceProfileName="held", **ROLE),
        ),
        lambda iam: (
            iam.remove_role_from_instance_profile(InstanceProfileName="held", **ROLE),
            iam.delete_instance_profile(InstanceProfileName="held"),
        ),
    ),
}


@pytest.mark.parametrize("name", OF_ROLE)
def test_a_role_that_holds_something_is_not_deleted(iam: Any, name: str) -> None:
    iam.create_role(**ROLE, AssumeRolePolicyDocument=TRUST)
    OF_ROLE[name].add(iam)
    first = outcome(iam.delete_role, **ROLE)
    OF_ROLE[name].remove(iam)

    assert (first, outcome(iam.delete_role, **ROLE)) == (CONFLICT, ALLOWED)


@pytest.fixture
def policy(iam: Any) -> Iterator[str]:
    arn = iam.create_policy(PolicyName="held", PolicyDocument=DOCUMENT)["Policy"]["Arn"]
    yield arn
    assert outcome(iam.delete_policy, PolicyArn=arn) == ALLOWED


def test_a_policy_with_versions_is_not_deleted(iam: Any, policy: str) -> None:
    made = iam.create_policy_version(PolicyArn=policy, PolicyDocument=DOCUMENT)["PolicyVersion"]
    first = outcome(iam.delete_policy, PolicyArn=policy)
    iam.delete_policy_version(PolicyArn=policy, VersionId=made["VersionId"])

    assert first == CONFLICT


@pytest.mark.parametrize("use", ["attached", "boundary"])
def test_a_policy_in_use_is_not_deleted(iam: Any, policy: str, use: str) -> None:
    iam.create_user(**USER)
    if use == "attached":
        iam.attach_user_policy(**USER, PolicyArn=policy)
    else:
        iam.put_user_permissions_boundary(**USER, PermissionsBoundary=policy)
    first = outcome(iam.delete_policy, PolicyArn=policy)
    if use == "attached":
        iam.detach_user_policy(**USER, PolicyArn=policy)
    else:
        iam.delete_user_permissions_boundary(**USER)
    iam.delete_user(**USER)

    assert first == CONFLICT
