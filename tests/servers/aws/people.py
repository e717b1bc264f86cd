"""IAM users made for a test."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from labkit.aws.admin import AwsAdmin
from labkit.aws.sessions import LabSession
from tests.servers.aws.running import Keys, session_of, session_with

MAY_EC2: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["ec2:*"], "Resource": ["*"]}],
}


@dataclass(frozen=True)
class Person:
    """A user with a key that may use EC2, made by `vault-root` as Vault would."""

    name: str
    keys: Keys
    session: LabSession


@contextmanager
def person(cloud: AwsAdmin) -> Iterator[Person]:
    """Create a user with a key, and delete both if the test has not."""
    iam = _root(cloud)
    name = f"vault-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(MAY_EC2))
    created = iam.create_access_key(UserName=name)["AccessKey"]
    keys = Keys(created["AccessKeyId"], created["SecretAccessKey"])
    try:
        yield Person(name, keys, session_with(cloud, keys))
    finally:
        delete(cloud, name)


def delete(cloud: AwsAdmin, name: str) -> None:
    """Delete a user with all that is its own; a user that is gone is no error."""
    iam = _root(cloud)
    try:
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=name, PolicyName="p")
        iam.delete_user(UserName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise


@cache
def _root(cloud: AwsAdmin) -> Any:
    return session_of(cloud, "vault-root").client_without_retries("iam")
