"""What the operator of the AWS side sees: the oracle of the engine's tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import Session

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.running import REGION

_SESSION = Session()
_CONFIG = Config(retries={"total_max_attempts": 1}, proxies={})


@dataclass
class Operator:
    """AWS since the beginning of a test."""

    cloud: AwsAdmin
    iam: Any = field(init=False)
    seen: int = field(init=False)
    old_users: set[str] = field(init=False)

    def __post_init__(self) -> None:
        me = self.cloud.identities()["operator"]
        self.iam = self.client("iam", me.access_key_id, me.secret_access_key)
        self.old_users = set()
        self.old_users = self.new_users()
        self.seen = len(self.cloud.journal())

    def client(
        self, service: str, access_key: str, secret_key: str, token: str | None = None
    ) -> Any:
        return _SESSION.create_client(
            service,
            region_name=REGION,
            endpoint_url=self.cloud.url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            aws_session_token=token,
            config=_CONFIG,
        )

    def new_users(self) -> set[str]:
        users = self.iam.list_users(MaxItems=1000)["Users"]
        return {user["UserName"] for user in users} - self.old_users

    def new_user(self) -> dict[str, Any]:
        [name] = self.new_users()
        user: dict[str, Any] = self.iam.get_user(UserName=name)["User"]
        return user

    def calls_of(self, identity: str = "vault-root") -> list[str]:
        """Return the actions an identity has called since the test began, in order."""
        entries = self.cloud.journal(after=self.seen)
        return [each.action for each in entries if (each.principal or "").endswith(f"/{identity}")]

    def outcome(self, data: Any, service: str, action: str) -> str:
        """Return what AWS answers when an issued key does something."""
        keys = data["access_key"], data["secret_key"], data.get("security_token")
        client = self.client(service, *keys)
        try:
            getattr(client, action)()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "allowed"
