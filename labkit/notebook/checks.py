"""Check exercises by their effect in Vault and in AWS, never by what was typed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labkit.aws.attempts import ALLOWED, attempt
from labkit.errors import LabError
from labkit.evidence.collect.inventory import aws_mounts, leases_in_vault
from labkit.evidence.model.leases import is_of_token
from labkit.flow import steps
from labkit.notebook.verdicts import DONE, Verdict, hinting, not_yet
from labkit.redact import shorten_key_id
from labkit.vault import leases

if TYPE_CHECKING:
    from labkit.aws.sessions import LabSession
    from labkit.evidence.analyse.timeline import Lifetime
    from labkit.notebook.checked_lab import CheckedLab

ROUNDING = 1.0  # seconds: Vault plans the end of a lease in whole seconds


class Checks:
    """The checks of the exercises, as `lab.check`.

    Args:
        lab: the lab to look at.
    """

    def __init__(self, lab: CheckedLab) -> None:
        self._lab = lab

    @hinting
    def second_mount(self, at_least: int = 3) -> Verdict:
        """Count the AWS secrets engines (notebook 01, which itself enables two).

        Args:
            at_least: how many must be enabled.
        """
        paths = aws_mounts(self._lab.vault)
        if len(paths) >= at_least:
            return DONE
        shown = ", ".join(sorted(paths)) or "nowhere"
        return not_yet(f"{at_least} engines of type aws are wanted; they are enabled at: {shown}")

    @hinting
    def root_key_rotated(self, times: int = 2) -> Verdict:
        """Check that Vault has a new root key that works, and AWS no older key (notebook 02).

        Args:
            times: how often the key must have been changed since the lab's start; the notebook
                itself changes it once. Not counted where AWS keeps no journal.
        """
        from labkit.aws.probes import access_keys, user_of_key

        now, operator = self._root_key(), self._lab.aws()
        if now == self._lab.identities.vault_root.access_key_id:
            return not_yet(f"Vault still uses {shorten_key_id(now)}, the key it was given first")
        owner = user_of_key(operator, now)
        keys = (access_keys(operator, owner) if owner else None) or []
        if keys != [now]:
            shown = ", ".join(map(shorten_key_id, keys)) or "none"
            return not_yet(f"Vault uses {shorten_key_id(now)}; its user's keys in AWS: {shown}")
        if (changes := self._keys_made_for(owner or "")) is not None and changes < times:
            return not_yet(f"changed {changes} times; {times} times are wanted")
        self._issue_with_root_key()
        return DONE

    def _root_key(self) -> str:
        path = f"{self._lab.names.mount}/config/root"
        answer = self._lab.root.read(path)
        if not answer:
            raise LabError(f"{path} is not written yet. Configure the root credentials.")
        return str(answer["data"]["access_key"])

    def _keys_made_for(self, user: str) -> int | None:
        """Return how many access keys a user got since the lab's start; None without a journal."""
        calls = self._lab.gather().calls
        made = [one for one in calls if one.action == "CreateAccessKey" and one.error is None]
        return sum(one.target_user == user for one in made) if calls else None

    def _issue_with_root_key(self) -> None:
        """Let Vault use its root key, with a role that exists only for this check.

        Raises:
            LabError: Vault could not issue.
        """
        vault, mount = self._lab.root, self._lab.names.mount
        role_name = f"labkit-check-{secrets.token_hex(4)}"
        document = json.dumps(steps.POLICY_DOCUMENT)
        role = {"credential_type": "iam_user", "policy_document": document}
        vault.write_data(f"{mount}/roles/{role_name}", data=role)
        try:
            _, lease = leases.issue(vault, role_name, mount=mount)
            leases.revoke(vault, lease)
        finally:
            vault.delete(f"{mount}/roles/{role_name}")

    @hinting
    def s3_role(self, role_name: str = "s3-reader") -> Verdict:
        """Issue from a role and try its key: S3 must answer, EC2 must deny (notebook 03)."""
        from labkit.aws.probes import DENIED, probe

        def only_s3(key: LabSession) -> bool:
            found = probe(key)
            return found.s3 == ALLOWED and found.ec2 in DENIED

        hint = "the key must list buckets and not describe instances"
        return self._try_key(role_name, only_s3, hint)

    @hinting
    def leases_and_users_agree(self, at_least: int = 4) -> Verdict:
        """Match Vault's live leases of the role with AWS's users, one to one (notebook 04).

        Args:
            at_least: how many leases must be alive; the notebook itself leaves three.
        """
        live, users = self._live_leases(), self._users()
        names = {one.lease_id: one.user_name for one in self._lab.gather().lifetimes()}
        matched = [lease for lease in live if names.get(lease) in users]
        if len(matched) == len(live) == len(users) >= at_least:
            return DONE
        return not_yet(
            f"{len(live)} leases and {len(users)} users, {len(matched)} of them belong together; "
            f"{at_least} are wanted"
        )

    @hinting
    def read_only_role(self, role_name: str = "ec2-reader") -> Verdict:
        """Issue from a role and try its key: it may look, but not change (notebook 05)."""
        from labkit.aws.probes import DENIED, outcome

        name = f"labkit-check-{secrets.token_hex(4)}"

        def only_reads(key: LabSession) -> bool:
            ec2 = key.client_without_retries("ec2")
            if (created := outcome(ec2.create_key_pair, KeyName=name)) == ALLOWED:
                attempt(ec2.delete_key_pair, KeyName=name)
            return created in DENIED and outcome(ec2.describe_instances) == ALLOWED

        hint = "the key must describe instances and not create a key pair"
        return self._try_key(role_name, only_reads, hint)

    @hinting
    def at_the_ceiling(self, renewals: int = 1) -> Verdict:
        """Look for a lease that was renewed up to its max TTL (notebook 06).

        Args:
            renewals: how often it was renewed; the notebook itself renews a lease three times.
        """
        renewed = [one for one in self._lab.gather().lifetimes() if one.renewals]
        found = [one for one in renewed if self._ends_at_ceiling(one)]
        if any(len(one.renewals) == renewals for one in found):
            return DONE
        return not_yet(
            f"{len(renewed)} leases were renewed, {len(found)} of them up to issue_time + max TTL; "
            f"one is wanted that got there with {renewals} renewals"
        )

    def _ends_at_ceiling(self, life: Lifetime) -> bool:
        lease = leases.look_up(self._lab.vault, life.lease_id)
        end = lease.expire_time.timestamp() if lease else life.planned_end
        most = leases.max_ttl(self._lab.vault, mount=self._lab.names.mount)
        ceiling = life.ceiling or (life.issued + most if most else None)
        return end is not None and ceiling is not None and abs(end - ceiling) <= ROUNDING

    @hinting
    def nothing_left(self, at_least: int = 5) -> Verdict:
        """Check that one request ended the latest leases and left nothing (notebook 07).

        Args:
            at_least: how many of the latest leases it must have ended. Which request ended a
                lease stands in Vault's audit log; without the log it is not asked for.
        """
        live, users = self._live_leases(), self._users()
        if live or users:
            return not_yet(f"{len(live)} leases and {len(users)} users are left")
        evidence = self._lab.gather()
        latest = [one for one in evidence.lifetimes() if one.lease_id.startswith(self._prefix)]
        latest = latest[-at_least:]
        if len(latest) < at_least:
            return not_yet(f"{len(latest)} leases were issued; issue {at_least} first")
        requests = {one.revoked for one in latest}
        if evidence.requests and (len(requests) > 1 or None in requests):
            return not_yet(f"the latest {at_least} leases did not end by one and the same request")
        return DONE

    @hinting
    def secret_id_works_once(self) -> Verdict:
        """Log in twice with one new secret-id: the second login must fail (notebook 08)."""
        role_id, secret_id = steps.role_id(self._lab.setting), steps.secret_id(self._lab.setting)
        first, second = (attempt(self._lab.login, role_id, secret_id) for _ in range(2))
        if first == ALLOWED != second:
            return DONE
        return not_yet(f"the first login with a new secret-id: {first}; the second: {second}")

    def _try_key(self, role_name: str, good: Callable[[Any], bool], hint: str) -> Verdict:
        credentials, lease = self._lab.issue(role_name)
        try:
            return DONE if good(self._lab.aws(credentials)) else not_yet(hint)
        finally:
            self._lab.revoke(lease)

    @property
    def _prefix(self) -> str:
        return f"{self._lab.names.mount}/creds/{self._lab.names.role_name}/"

    def _live_leases(self) -> list[str]:
        found = leases_in_vault(self._lab.root, self._prefix)
        return [lease for lease in found if not is_of_token(lease)]

    def _users(self) -> set[str]:
        from labkit.aws.probes import user_names

        role_name = self._lab.names.role_name
        return {name for name in user_names(self._lab.aws()) if role_name in name}
