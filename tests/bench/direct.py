"""The AWS calls of the engine, made without it, to compare with."""

from __future__ import annotations

from itertools import count

from botocore.config import Config

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.running import session_of
from tests.servers.aws_engine.policies import EC2_ONLY

CLIENTS = 32
USERS = "vault-direct-"  # vault-root may only touch users named vault-*
POLICY = EC2_ONLY.replace(" ", "")


class Direct:
    """The engine's AWS calls, made by hand as `vault-root`."""

    def __init__(self, cloud: AwsAdmin) -> None:
        pool = Config(max_pool_connections=2 * CLIENTS)
        self.iam = session_of(cloud, "vault-root").client("iam", config=pool)
        self.numbers = count()

    def issue(self, *_: object) -> str:
        name = f"{USERS}{next(self.numbers)}"
        self.iam.create_user(UserName=name)
        self.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=POLICY)
        self.iam.create_access_key(UserName=name)
        return name

    def revoke(self, name: str) -> None:
        self.iam.list_groups_for_user(UserName=name)
        for policy in self.iam.list_user_policies(UserName=name)["PolicyNames"]:
            self.iam.delete_user_policy(UserName=name, PolicyName=policy)
        self.iam.list_attached_user_policies(UserName=name)
        for key in self.iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            self.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        self.iam.delete_user(UserName=name)
