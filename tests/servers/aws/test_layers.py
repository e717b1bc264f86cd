"""Several kinds of policies at once, met by real SDK calls.

Source: AWS, IAM User Guide, "Policy evaluation logic".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from labkit.aws.admin import AwsAdmin
from labkit.aws.explain import can
from labkit.aws.sessions import LabSession
from tests.servers.aws.people import Person, person
from tests.servers.aws.roles import ACCOUNT, ALLOWED, ROLE_ARN, assume, outcome, role
from tests.servers.aws.running import REGION, session_of

pytestmark = pytest.mark.integration
DENIED = "AccessDenied"
OBJECT = "arn:aws:s3:::layers/k"
VERSION = "2012-10-17"


def document(effect: str, action: str, resource: object, principal: object = None) -> str:
    statement: dict[str, Any] = {"Effect": effect, "Action": action, "Resource": resource}
    if principal:
        statement["Principal"] = principal
    return json.dumps({"Version": VERSION, "Statement": [statement]})


S3 = document("Allow", "s3:*", "*")
EC2 = document("Allow", "ec2:*", "*")
DENY_S3 = document("Deny", "s3:GetObject", "*")


@pytest.fixture(scope="module", autouse=True)
def _bucket(cloud: AwsAdmin) -> Iterator[None]:
    s3 = session_of(cloud).client("s3")
    s3.create_bucket(Bucket="layers", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="layers", Key="k", Body=b"text")
    yield
    s3.delete_object(Bucket="layers", Key="k")
    s3.delete_bucket(Bucket="layers")


@pytest.fixture
def someone(cloud: AwsAdmin) -> Iterator[Person]:
    with person(cloud) as made:
        yield made


def put_own(cloud: AwsAdmin, who: Person, text: str) -> None:
    iam = session_of(cloud).client("iam")
    iam.put_user_policy(UserName=who.name, PolicyName="p", PolicyDocument=text)


def get(session: LabSession) -> str:
    return outcome(session.client("s3").get_object, Bucket="layers", Key="k")


def layer_of_denial(cloud: AwsAdmin) -> str | None:
    decision = cloud.journal()[-1].decision
    assert decision
    return decision.layer


BOUNDARIES = {
    (S3, S3): ALLOWED,
    (S3, EC2): DENIED,
    (EC2, S3): DENIED,  # a boundary grants nothing
    (S3, DENY_S3): DENIED,
}


@pytest.mark.parametrize(("own", "boundary"), BOUNDARIES)
def test_a_boundary_and_a_policy_both_have_to_allow(
    cloud: AwsAdmin, someone: Person, own: str, boundary: str
) -> None:
    iam = session_of(cloud).client("iam")
    arn = iam.create_policy(PolicyName="layers", PolicyDocument=boundary)["Policy"]["Arn"]
    put_own(cloud, someone, own)
    iam.put_user_permissions_boundary(UserName=someone.name, PermissionsBoundary=arn)
    seen = get(someone.session)
    asked = can(cloud, someone.keys, "s3:GetObject", OBJECT).title
    iam.delete_user_permissions_boundary(UserName=someone.name)
    iam.delete_policy(PolicyArn=arn)

    assert seen == BOUNDARIES[own, boundary]
    assert asked.startswith("allowed") is (seen == ALLOWED)


@pytest.mark.parametrize(
    ("policy", "result"), [(S3, ALLOWED), (EC2, DENIED), (DENY_S3, DENIED), (None, ALLOWED)]
)
def test_a_session_has_what_its_policy_and_its_role_allow(
    cloud: AwsAdmin, policy: str | None, result: str
) -> None:
    with role(cloud):
        session = assume(cloud, **({"Policy": policy} if policy else {}))

        assert get(session) == result


def bucket_policy(cloud: AwsAdmin, text: str) -> None:
    session_of(cloud).client("s3").put_bucket_policy(Bucket="layers", Policy=text)


BUCKET_POLICIES = {
    ("Allow", "s3"): ALLOWED,
    ("Allow", "ec2"): ALLOWED,
    ("Deny", "s3"): DENIED,
    ("Deny", "ec2"): DENIED,
}


@pytest.mark.parametrize(("effect", "own"), BUCKET_POLICIES)
def test_the_policy_of_a_bucket_allows_and_denies(
    cloud: AwsAdmin, someone: Person, effect: str, own: str
) -> None:
    put_own(cloud, someone, {"s3": S3, "ec2": EC2}[own])
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{someone.name}"}
    bucket_policy(cloud, document(effect, "s3:GetObject", OBJECT, principal))
    seen = get(someone.session)
    other = get(session_of(cloud))
    session_of(cloud).client("s3").delete_bucket_policy(Bucket="layers")

    assert (seen, other) == (BUCKET_POLICIES[effect, own], ALLOWED)


def test_the_policy_of_a_bucket_may_name_a_role(cloud: AwsAdmin) -> None:
    with role(cloud):
        bucket_policy(cloud, document("Deny", "s3:GetObject", OBJECT, {"AWS": ROLE_ARN}))
        seen = get(assume(cloud))
        layer = layer_of_denial(cloud)
        session_of(cloud).client("s3").delete_bucket_policy(Bucket="layers")

    assert (seen, layer) == (DENIED, "resource-based policy")


@pytest.mark.parametrize("kinds", [*product(("Allow", "Deny", ""), repeat=3)])
def test_inline_attached_and_group_policies_count_alike(
    cloud: AwsAdmin, someone: Person, kinds: tuple[str, str, str]
) -> None:
    iam = session_of(cloud).client("iam")
    inline, attached, grouped = (
        document(kind, "s3:GetObject", OBJECT) if kind else EC2 for kind in kinds
    )
    put_own(cloud, someone, inline)
    arn = iam.create_policy(PolicyName="layers", PolicyDocument=attached)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=someone.name, PolicyArn=arn)
    iam.create_group(GroupName="layers")
    iam.put_group_policy(GroupName="layers", PolicyName="g", PolicyDocument=grouped)
    iam.add_user_to_group(GroupName="layers", UserName=someone.name)
    seen = get(someone.session)
    iam.remove_user_from_group(GroupName="layers", UserName=someone.name)
    iam.delete_group_policy(GroupName="layers", PolicyName="g")
    iam.delete_group(GroupName="layers")
    iam.detach_user_policy(UserName=someone.name, PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)

    assert seen == (ALLOWED if "Allow" in kinds and "Deny" not in kinds else DENIED)
