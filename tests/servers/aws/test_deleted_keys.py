"""What a deleted key may do while AWS has not forgotten it; seen by real clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from botocore.exceptions import ClientError

from labkit.aws.admin import AwsAdmin
from labkit.aws.probes import Probe, probe
from labkit.aws.sessions import session
from tests.servers.aws.looks import REFUSED, UNKNOWN, WORKS, list_users, uses
from tests.servers.aws.people import MAY_EC2, Person, delete, person
from tests.servers.aws.roles import ACCOUNT, ALLOWED, opened
from tests.servers.aws.running import Keys, session_of, session_with

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _remembering(cloud: AwsAdmin) -> Iterator[None]:
    with cloud.propagation(deleted_keys=60):
        yield


def delete_key(cloud: AwsAdmin, someone: Person) -> None:
    session_of(cloud).client("iam").delete_access_key(
        UserName=someone.name, AccessKeyId=someone.keys.access_key
    )


def allow(action: str) -> dict[str, object]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def conflict(call: Callable[..., object], **parameters: object) -> str:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return str(refused.value.response["Error"]["Code"])


def test_a_deleted_key_works_on_with_the_rights_it_had_and_no_others(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        delete(cloud, someone.name)

        assert probe(someone.session) == WORKS
        assert list_users(someone.session) == "AccessDenied"


def test_a_deleted_key_is_its_user_to_aws_and_in_the_journal(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        delete(cloud, someone.name)
        identity = someone.session.client_without_retries("sts").get_caller_identity()

        arn = f"arn:aws:iam::{ACCOUNT}:user/{someone.name}"
        assert identity["Arn"] == arn
        assert [(entry.principal, entry.error) for entry in uses(cloud, someone)] == [(arn, None)]


def test_a_deleted_key_gains_no_right_that_its_user_is_given_later(cloud: AwsAdmin) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    with person(cloud) as someone:
        delete_key(cloud, someone)
        session_of(cloud).client("iam").put_user_policy(
            UserName=someone.name,
            PolicyName="p",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [everything]}),
        )

        assert probe(someone.session) == WORKS


def test_a_deleted_key_keeps_the_rights_of_groups_and_managed_policies(cloud: AwsAdmin) -> None:
    iam = session_of(cloud).client("iam")
    arn = iam.create_policy(
        PolicyName="managed", PolicyDocument=json.dumps(allow("s3:ListAllMyBuckets"))
    )["Policy"]["Arn"]
    iam.create_group(GroupName="g")
    iam.put_group_policy(
        GroupName="g", PolicyName="p", PolicyDocument=json.dumps(allow("iam:ListUsers"))
    )
    with person(cloud) as someone:
        iam.attach_user_policy(UserName=someone.name, PolicyArn=arn)
        iam.add_user_to_group(UserName=someone.name, GroupName="g")
        delete_key(cloud, someone)
        iam.detach_user_policy(UserName=someone.name, PolicyArn=arn)
        iam.delete_policy(PolicyArn=arn)
        iam.remove_user_from_group(UserName=someone.name, GroupName="g")
        iam.delete_group_policy(GroupName="g", PolicyName="p")
        iam.delete_group(GroupName="g")

        assert probe(someone.session) == Probe(ec2=ALLOWED, s3=ALLOWED, sts=ALLOWED)
        assert list_users(someone.session) == ALLOWED


def test_a_deleted_key_with_a_wrong_secret_or_a_token_is_refused(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        delete_key(cloud, someone)
        key_id, secret, _ = someone.keys

        forged = session_with(cloud, Keys(key_id, "wrong" * 8))
        assert list_users(forged) == "SignatureDoesNotMatch"
        assert probe(session_with(cloud, Keys(key_id, secret, "token"))).sts == UNKNOWN


def test_a_deleted_key_is_unknown_in_another_partition_of_aws(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        delete_key(cloud, someone)

        assert not probe(session(cloud.url, "cn-north-1", someone.keys)).key_accepted


def test_a_deleted_key_can_open_sessions_as_it_could_before(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        both = {**MAY_EC2["Statement"][0], "Action": ["ec2:*", "sts:*"]}
        session_of(cloud).client("iam").put_user_policy(
            UserName=someone.name,
            PolicyName="p",
            PolicyDocument=json.dumps({**MAY_EC2, "Statement": [both]}),
        )
        delete_key(cloud, someone)
        opened_by_it = opened(
            cloud, someone.session.client_without_retries("sts").get_session_token()
        )

        assert probe(opened_by_it) == WORKS


def test_an_inactive_key_is_not_revived_by_its_deletion(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        session_of(cloud).client("iam").update_access_key(
            UserName=someone.name, AccessKeyId=someone.keys.access_key, Status="Inactive"
        )
        delete_key(cloud, someone)

        assert probe(someone.session) == REFUSED


def test_a_user_that_could_not_be_deleted_keeps_a_key_that_can_be_made_inactive(
    cloud: AwsAdmin,
) -> None:
    iam = session_of(cloud).client("iam")
    with person(cloud) as someone:
        assert conflict(iam.delete_user, UserName=someone.name) == "DeleteConflict"
        iam.update_access_key(
            UserName=someone.name, AccessKeyId=someone.keys.access_key, Status="Inactive"
        )

        assert probe(someone.session) == REFUSED
