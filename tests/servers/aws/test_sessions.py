"""Keys and sessions: what AWS does, and moto by itself does not."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from labkit.aws.admin import AwsAdmin
from labkit.aws.probes import probe
from tests.servers.aws.people import MAY_EC2, person
from tests.servers.aws.roles import (
    ACCOUNT,
    ALLOWED,
    UNCHECKED,
    assume,
    opened,
    outcome,
    permit,
    role,
    session_keys,
)
from tests.servers.aws.running import Keys, session_of, session_with

pytestmark = pytest.mark.integration

ONLY_S3 = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]}],
}


def test_inactive_keys(cloud: AwsAdmin) -> None:
    def use_inactive_key(cloud: AwsAdmin) -> str:
        with person(cloud) as someone:
            session_of(cloud).client("iam").update_access_key(
                UserName=someone.name, AccessKeyId=someone.keys.access_key, Status="Inactive"
            )
            return outcome(someone.session.client("sts").get_caller_identity)

    assert use_inactive_key(cloud) == "InvalidClientTokenId"


def test_a_key_made_active_again_works(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        iam = session_of(cloud).client("iam")
        for status in ("Inactive", "Active"):
            iam.update_access_key(
                UserName=someone.name, AccessKeyId=someone.keys.access_key, Status=status
            )

        assert outcome(someone.session.client("ec2").describe_instances) == ALLOWED


def test_expired_roles(cloud: AwsAdmin) -> None:
    def use_after_a_second(cloud: AwsAdmin) -> tuple[str, ...]:
        with role(cloud):
            before = probe(assume(cloud))
            assert before.ec2 == before.s3 == before.sts == ALLOWED
            short = assume(cloud, DurationSeconds=1)
            time.sleep(1.1)  # what is tested is what happens at a time
            after = probe(short)
            return after.ec2, after.s3, after.sts

    assert use_after_a_second(cloud) == ("RequestExpired", "ExpiredToken", "ExpiredToken")


def test_session_policies(cloud: AwsAdmin) -> None:
    def use_narrowed(cloud: AwsAdmin) -> tuple[str, str]:
        with role(cloud):
            session = assume(cloud, Policy=json.dumps(ONLY_S3))
            ec2 = outcome(session.client("ec2").describe_instances)
            return ec2, outcome(session.client("s3").list_buckets)

    assert use_narrowed(cloud) == ("UnauthorizedOperation", ALLOWED)


def test_session_policies_by_arn(cloud: AwsAdmin) -> None:
    def use_narrowed(cloud: AwsAdmin) -> tuple[str, str]:
        iam = session_of(cloud).client("iam")
        policy = iam.create_policy(PolicyName="only-ec2", PolicyDocument=json.dumps(MAY_EC2))
        arn = policy["Policy"]["Arn"]
        try:
            with role(cloud):
                session = assume(cloud, PolicyArns=[{"arn": arn}])
                ec2 = outcome(session.client("ec2").describe_instances)
                return ec2, outcome(session.client("s3").list_buckets)
        finally:
            iam.delete_policy(PolicyArn=arn)

    assert use_narrowed(cloud) == (ALLOWED, "AccessDenied")


def test_a_session_policy_grants_nothing_that_its_role_lacks(cloud: AwsAdmin) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    with role(cloud):
        policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        session = assume(cloud, Policy=policy)

        assert outcome(session.client("iam").list_users) == "AccessDenied"
        assert outcome(session.client("ec2").describe_instances) == ALLOWED


def test_a_malformed_session_policy_is_refused(cloud: AwsAdmin) -> None:
    with role(cloud), pytest.raises(ClientError, match="MalformedPolicyDocument"):
        assume(cloud, Policy="{")


def test_session_tokens(cloud: AwsAdmin) -> None:
    def use_session_token(cloud: AwsAdmin) -> str:
        with person(cloud) as someone:
            permit(cloud, someone, "ec2:*", "iam:*", "sts:GetSessionToken")
            answer = someone.session.client("sts").get_session_token(DurationSeconds=900)
            return outcome(opened(cloud, answer).client("ec2").describe_instances)

    assert use_session_token(cloud) == ALLOWED


def test_a_session_token_is_its_user_but_for_iam(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        permit(cloud, someone, "ec2:*", "iam:*", "sts:*")
        answer = someone.session.client("sts").get_session_token()
        session = opened(cloud, answer)

        arn = session.client("sts").get_caller_identity()["Arn"]
        assert arn == f"arn:aws:iam::{ACCOUNT}:user/{someone.name}"
        assert outcome(session.client("iam").list_users) == "AccessDenied"
        assert outcome(session.client("sts").get_session_token) == "AccessDenied"
        forged = Keys(*session_keys(answer)[:2], "forged")
        assert outcome(session_with(cloud, forged).client("sts").get_caller_identity) != ALLOWED
        entry = cloud.journal()[-2]
        assert (entry.action, entry.principal) == ("GetSessionToken", arn)


def test_federation_tokens(cloud: AwsAdmin) -> None:
    def use_federated(cloud: AwsAdmin) -> tuple[str, str, str]:
        with person(cloud) as someone:
            permit(cloud, someone, "ec2:*", "sts:*")
            wanted = {"Effect": "Allow", "Action": ["ec2:*", "s3:*"], "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [wanted]})
            sts = someone.session.client("sts")
            session = opened(cloud, sts.get_federation_token(Name="fred", Policy=policy))
            seen = probe(session)
            return seen.ec2, seen.s3, seen.sts

    assert use_federated(cloud) == (ALLOWED, "AccessDenied", ALLOWED)


def test_a_federated_session_without_policy_may_nothing(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        permit(cloud, someone, "ec2:*", "sts:*")
        sts = someone.session.client("sts", config=UNCHECKED)
        session = opened(cloud, sts.get_federation_token(Name="fred"))
        short = opened(cloud, sts.get_federation_token(Name="fred", DurationSeconds=1))

        identity = session.client("sts").get_caller_identity()
        assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/fred"
        assert identity["UserId"] == f"{ACCOUNT}:fred"
        assert outcome(session.client("ec2").describe_instances) == "UnauthorizedOperation"
        time.sleep(1.1)  # what is tested is what happens at a time
        assert outcome(short.client("sts").get_caller_identity) == "ExpiredToken"


def test_account_principals(cloud: AwsAdmin) -> None:
    def assume_by_account(cloud: AwsAdmin) -> str:
        with role(cloud, f"arn:aws:iam::{ACCOUNT}:root"):
            return outcome(assume, cloud=cloud)

    def assume_by_another_account(cloud: AwsAdmin) -> str:
        with role(cloud, "arn:aws:iam::999999999999:root"):
            return outcome(assume, cloud=cloud)

    assert assume_by_account(cloud) == ALLOWED
    assert assume_by_another_account(cloud) == "AccessDenied"


def test_external_ids(cloud: AwsAdmin) -> None:
    demanded = {"StringEquals": {"sts:ExternalId": "right"}}

    def assume_without(cloud: AwsAdmin) -> str:
        with role(cloud, condition=demanded):
            return outcome(assume, cloud=cloud)

    assert assume_without(cloud) == "AccessDenied"
    with role(cloud, condition=demanded):
        assert outcome(assume, cloud=cloud, ExternalId="right") == ALLOWED
        assert outcome(assume, cloud=cloud, ExternalId="wrong") == "AccessDenied"
