"""Exercises: each check looks at the effect in Vault and in AWS, never at what was typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.aws.attempts import ALLOWED, attempt
from labkit.flow import steps
from labkit.redact import shorten_key_id

ENGINE_TYPE = "aws"


@dataclass(frozen=True)
class Verdict:
    """Whether an exercise is done, and what to look at if not."""

    done: bool
    hint: str = ""

    def __repr__(self) -> str:
        """Say it in words."""
        return "done" if self.done else f"not yet: {self.hint}"

    def __bool__(self) -> bool:
        """Let a solution assert it."""
        return self.done


DONE = Verdict(done=True)


class Checks:
    """The checks of the exercises, as `lab.check`.

    Args:
        lab: the lab to look at.
    """

    def __init__(self, lab: Any) -> None:  # noqa: ANN401
        self._lab = lab

    def second_mount(self) -> Verdict:
        """Look for an AWS secrets engine at a path of its own (notebook 01)."""
        mounts = self._lab.vault.sys.list_mounted_secrets_engines()["data"]
        paths = {path for path, mount in mounts.items() if mount["type"] == ENGINE_TYPE}
        if paths - {f"{steps.MOUNT}/"}:
            return DONE
        return Verdict(done=False, hint=f"the engines of type aws are at {sorted(paths)}")

    def root_key_rotated(self) -> Verdict:
        """Look whether Vault has a new root key and AWS refuses the old one (notebook 02)."""
        first = self._lab.identities.vault_root.access_key_id
        now = self._lab.vault.read(f"{steps.MOUNT}/config/root")["data"]["access_key"]
        if now == first:
            return Verdict(done=False, hint=f"Vault still uses {shorten_key_id(first)}")
        keys = self._lab.aws().client("iam").list_access_keys(UserName="vault-root")
        if first in [key["AccessKeyId"] for key in keys["AccessKeyMetadata"]]:
            return Verdict(done=False, hint=f"AWS still has {shorten_key_id(first)}")
        return DONE

    def s3_role(self, role_name: str = "s3-reader") -> Verdict:
        """Issue from a role and try its key: S3 must answer, EC2 must refuse (notebook 03)."""
        return self._try_role(
            role_name,
            lambda probe: probe.s3 == ALLOWED != probe.ec2,
            "the key must list buckets and not describe instances",
        )

    def leases_and_users_agree(self, at_least: int = 3) -> Verdict:
        """Count Vault's live leases and AWS's users of the role (notebook 04)."""
        leases, users = self._live_leases(), self._users()
        if len(leases) == len(users) >= at_least:
            return DONE
        return Verdict(
            done=False, hint=f"{len(leases)} leases and {len(users)} users; {at_least} are wanted"
        )

    def read_only_role(self, role_name: str = "ec2-reader") -> Verdict:
        """Issue from a role and try its key: it may look, but not change (notebook 05)."""

        def only_reads(key: Any) -> bool:  # noqa: ANN401 - a boto3 session
            ec2 = key.client_without_retries("ec2")
            looked = attempt(ec2.describe_instances)
            return looked == ALLOWED and attempt(ec2.create_key_pair, KeyName="lab") != ALLOWED

        return self._try_key(
            role_name, only_reads, "the key must describe instances and not create a key pair"
        )

    def at_the_ceiling(self) -> Verdict:
        """Look for a lease that no renewal can lengthen any more (notebook 06)."""
        lease_max = self._lab.vault.secrets.aws.read_lease_config()["data"]["lease_max"]
        seconds = _go_seconds(lease_max)
        for event in self._lab.evidence.events:
            lived = (event.lease.expire_time - event.lease.issue_time).total_seconds()
            if event.kind == "renew" and abs(lived - seconds) < 1:
                return DONE
        return Verdict(done=False, hint=f"no renewal reached issue_time + {lease_max}")

    def nothing_left(self) -> Verdict:
        """Look for leases in Vault and for their users in AWS (notebook 07)."""
        leases, users = self._live_leases(), self._users()
        if not leases and not users:
            return DONE
        return Verdict(done=False, hint=f"{len(leases)} leases and {len(users)} users are left")

    def secret_id_works_once(self) -> Verdict:
        """Log in twice with one new secret-id: the second time must fail (notebook 08)."""
        role_id, secret_id = steps.role_id(self._lab.setting), steps.secret_id(self._lab.setting)
        tries = [attempt(self._lab.login, role_id, secret_id) for _ in range(2)]
        if tries[0] == ALLOWED != tries[1]:
            return DONE
        return Verdict(done=False, hint=f"the two logins with it: {', '.join(tries)}")

    def _try_role(self, role_name: str, good: Callable[[Any], bool], hint: str) -> Verdict:
        from labkit.aws.probes import probe

        return self._try_key(role_name, lambda key: good(probe(key)), hint)

    def _try_key(self, role_name: str, good: Callable[[Any], bool], hint: str) -> Verdict:
        from labkit.errors import LabError

        try:
            credentials, lease = self._lab.issue(role_name)
        except LabError as error:
            return Verdict(done=False, hint=str(error))
        try:
            good_key = good(self._lab.aws(credentials))
            return DONE if good_key else Verdict(done=False, hint=hint)
        finally:
            self._lab.revoke(lease)

    def _live_leases(self) -> list[str]:
        from hvac.exceptions import InvalidPath

        prefix = f"{steps.MOUNT}/creds/{steps.ROLE_NAME}/"
        try:
            return list(self._lab.vault.sys.list_leases(prefix)["data"]["keys"])
        except InvalidPath:  # Vault's word for an empty list
            return []

    def _users(self) -> list[str]:
        users = self._lab.aws().client("iam").list_users()["Users"]
        return [user["UserName"] for user in users if steps.ROLE_NAME in user["UserName"]]


def _go_seconds(text: str) -> int:
    from labkit.servers.plugin.durations import parse_duration

    return round(parse_duration(text))
