"""An AWS role made for a test, and the sessions that STS opens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from labkit.aws.admin import AwsAdmin
from labkit.aws.sessions import LabSession
from tests.servers.aws.people import Person
from tests.servers.aws.running import Keys, session_of, session_with

ACCOUNT = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/r"
ALLOWED = "allowed"
UNCHECKED = Config(parameter_validation=False)  # boto3 itself refuses sessions under 900 seconds


def outcome(call: Callable[..., object], **parameters: object) -> str:
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ALLOWED


@contextmanager
def role(cloud: AwsAdmin, principal: str = "*", condition: object = None) -> Iterator[None]:
    """Create the AWS role `r`, which may use EC2 and S3."""
    iam = session_of(cloud).client("iam")
    trust: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust["Principal"] = {"AWS": principal}
    if condition:
        trust["Condition"] = condition
    document = {"Version": "2012-10-17", "Statement": [trust]}
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(document))
    both = {"Effect": "Allow", "Action": ["ec2:*", "s3:*"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [both]})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName="r", PolicyName="p")
        iam.delete_role(RoleName="r")


def assume(cloud: AwsAdmin, **parameters: object) -> LabSession:
    sts = session_of(cloud, "vault-root").client("sts", config=UNCHECKED)
    return opened(cloud, sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="session", **parameters))


def opened(cloud: AwsAdmin, answer: Any) -> LabSession:
    given = answer["Credentials"]
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    return session_with(cloud, keys)


def permit(cloud: AwsAdmin, someone: Person, *actions: str) -> None:
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = session_of(cloud).client("iam")
    iam.put_user_policy(UserName=someone.name, PolicyName="p", PolicyDocument=document)


def session_keys(answer: Any) -> tuple[str, str, str]:
    given = answer["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
