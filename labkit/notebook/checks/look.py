"""What the checks ask of Vault, of AWS and of the evidence."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.aws.probes import user_names
from labkit.evidence.collect.inventory import aws_mounts, leases_in_vault
from labkit.evidence.model.lease_ids import is_of_token
from labkit.notebook.verdicts import DONE, Verdict, not_yet

if TYPE_CHECKING:
    from labkit.aws.sessions import LabSession
    from labkit.evidence.evidence import Evidence
    from labkit.evidence.model.requests import AuditedRequest
    from labkit.flow.names import Names
    from labkit.parts.connection import Connection
    from labkit.parts.leasing import Leasing


ROUNDING = 1.0  # seconds: Vault plans the end of a lease in whole seconds


@dataclass(frozen=True)
class Look:
    """The lab as a check sees it.

    Args:
        leasing: the leases of the lab.
    """

    leasing: Leasing

    @property
    def on(self) -> Connection:
        """The servers; raises LabError if the lab is stopped."""
        return self.leasing.connection.running()

    @property
    def names(self) -> Names:
        """The lab's names on Vault."""
        return self.leasing.connection.access.names

    @property
    def mount(self) -> str:
        """The path of the lab's secrets engine, without a slash."""
        return self.names.mount

    @property
    def role_name(self) -> str:
        """The Vault role of the tutorial."""
        return self.names.role_name

    @property
    def prefix(self) -> str:
        """The prefix of the leases of that role."""
        return f"{self.mount}/creds/{self.role_name}/"

    @property
    def evidence(self) -> Evidence:
        """The evidence, brought up to date."""
        return self.leasing.gathering.gather()

    def aws_mounts(self) -> list[str]:
        """Return the paths of all AWS secrets engines, each with its final slash."""
        return aws_mounts(self.on.root)

    def live_leases(self, prefix: str | None = None) -> list[str]:
        """Return the ids of the leases below a prefix; of the tutorial's role if None."""
        found = leases_in_vault(self.on.root, self.prefix if prefix is None else prefix)
        return [lease for lease in found if not is_of_token(lease)]

    def roles(self) -> list[str]:
        """Return the names of the Vault roles of the lab's engine."""
        answer = self.on.root.list(f"{self.mount}/roles")
        return list(answer["data"]["keys"]) if answer else []

    def users(self) -> set[str]:
        """Return the IAM users whose names hold the name of the tutorial's role."""
        return {name for name in user_names(self.on.aws()) if self.role_name in name}

    def user_names(self) -> dict[str, str]:
        """Return the IAM user of each lease that the evidence knows."""
        return {one.lease_id: one.user_name for one in self.evidence.lifetimes()}

    def pairs(self) -> tuple[int, int, int]:
        """Count the leases of the tutorial's role, its IAM users, and the leases with a user."""
        live, users, names = self.live_leases(), self.users(), self.user_names()
        return len(live), len(users), sum(names.get(lease) in users for lease in live)

    def requests(self, operation: str, path: str) -> Sequence[AuditedRequest] | None:
        """Return the granted requests to a path and below it; None without an audit log."""
        known = self.evidence.requests
        asked = [one for one in known if one.operation == operation and one.error is None]
        return [one for one in asked if one.path.startswith(path)] if known else None

    def try_key(self, role_name: str, good: Callable[[LabSession], bool], missing: str) -> Verdict:
        """Issue from a role and try its key.

        Args:
            role_name: the Vault role.
            good: tries a key and returns whether it does what is wanted.
            missing: the hint if it does not.
        """
        credentials, lease = self.leasing.issue(role_name)
        try:
            return DONE if good(self.on.aws(credentials)) else not_yet(missing)
        finally:
            self.leasing.revoke(lease)


def random_name() -> str:
    """Return a name for what exists only during a check."""
    return f"labkit-check-{secrets.token_hex(4)}"
