"""Set an incident up on Vault: applications with logins of their own, and their leases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from labkit.aws.probes import user_names
from labkit.errors import LabError
from labkit.evidence.analyse.calls import users_of_keys
from labkit.evidence.collect import orphan_removal
from labkit.experiments.incident.plan import (
    APPLICATIONS,
    ROLE_NAMES,
    Application,
    Plan,
    policy_document,
)
from labkit.redact import shorten_key_id
from labkit.vault.client import asking_to
from labkit.vault.leases import Credentials

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession
    from labkit.servers.aws.api.entry import Entry

LOGINS = "incident"  # path of the AppRole auth method of the applications
TOKEN_TTL = "12h"  # noqa: S105 - a duration
SHORTEST_LEASE = 900  # seconds: an incident takes minutes
HASHING = (
    "Vault's audit log shows the key as an HMAC. `sys/audit-hash/<device>` returns the HMAC of a "
    "value: search the log for it."
)
JOURNAL = (
    "AWS's journal (lab.journal) has all calls of the key. Look for one that creates something."
)
SECOND = (
    "The leaked key called CreateAccessKey. Both keys belong to one IAM user, which Vault made."
)
END = "Revoking a lease deletes its IAM user with all keys of the user. A prefix ends others too."


@dataclass(frozen=True)
class IssuedKey:
    """A lease that an application asked for.

    Args:
        application: its name.
        lease_id: the lease.
        access_key: the id of its key.
        user_name: the IAM user of the key.
    """

    application: str
    lease_id: str
    access_key: str = field(repr=False)
    user_name: str


@dataclass
class Scene:
    """What an incident made on Vault.

    Args:
        root: client of Vault with the root token.
        client: makes a client without a token.
        operator: boto3 session of the operator.
        journal: returns AWS's journal after an entry's number.
        mount: path of the AWS secrets engine.
    """

    root: hvac.Client = field(repr=False)
    client: Callable[[], hvac.Client] = field(repr=False)
    operator: LabSession = field(repr=False)
    journal: Callable[[int], list[Entry]] = field(repr=False)
    mount: str
    issued: list[IssuedKey] = field(default_factory=list)
    _entities: list[str] = field(default_factory=list)

    def build(self, plan: Plan, level: int) -> Credentials:
        """Create roles and applications, issue all leases, and return the key that leaks.

        Raises:
            LabError: Vault refused, or its leases are too short.
        """
        with asking_to("prepare an incident"):
            self._create_roles(level)
            logins = {one: self._log_in(one) for one in APPLICATIONS}
            keys = [self._issue(one, logins[one]) for one in plan.order]
        self._name_users()
        return keys[plan.leaked]

    def leak(self, access_key: str) -> IssuedKey:
        """Return the lease of the leaked key."""
        return next(one for one in self.issued if one.access_key == access_key)

    def hints(self, access_key: str, level: int) -> tuple[str, ...]:
        """Return all hints, from the first question to the answer.

        Args:
            access_key: the id of the leaked key.
            level: of the incident.
        """
        leak = self.leak(access_key)
        second = (JOURNAL, SECOND) if level > 1 else ()
        who = f"{shorten_key_id(access_key)} was issued to the application {leak.application}."
        return (HASHING, who, *second, END, f"The lease is {leak.lease_id}.")

    def refuse_second(self) -> None:
        """Raise LabError if an incident runs on this Vault."""
        if f"{LOGINS}/" in self.root.sys.list_auth_methods()["data"]:
            raise LabError(
                f"Vault has an auth method at {LOGINS}/ already: an incident runs. "
                "End it with its stop() before you start another."
            )

    def _create_roles(self, level: int) -> None:
        self.root.sys.enable_auth_method("approle", path=LOGINS)
        document = json.dumps(policy_document(level))
        role = {"credential_type": "iam_user", "policy_document": document}
        for name in ROLE_NAMES:
            self.root.write_data(f"{self.mount}/roles/{name}", data=role)

    def _log_in(self, application: Application) -> hvac.Client:
        """Create an application's policy and AppRole role, and log in as the application."""
        path, approle = f"{self.mount}/creds/{application.role_name}", self.root.auth.approle
        may_read = f'path "{path}" {{ capabilities = ["read"] }}'
        self.root.sys.create_or_update_acl_policy(application.policy, policy=may_read)
        approle.create_or_update_approle(
            application.name,
            token_policies=[application.policy],
            token_ttl=TOKEN_TTL,
            mount_point=LOGINS,
        )
        role_id = approle.read_role_id(application.name, mount_point=LOGINS)["data"]["role_id"]
        secret_id = approle.generate_secret_id(
            application.name, metadata={"team": application.team}, mount_point=LOGINS
        )["data"]["secret_id"]
        client = self.client()
        answer = client.auth.approle.login(role_id, secret_id, mount_point=LOGINS)
        self._entities.append(answer["auth"]["entity_id"])
        return client

    def _issue(self, application: Application, client: hvac.Client) -> Credentials:
        answer = client.read(f"{self.mount}/creds/{application.role_name}")
        if answer["lease_duration"] < SHORTEST_LEASE:
            raise LabError(
                f"Tried to prepare an incident, but leases last {answer['lease_duration']} s here. "
                f"An incident needs {SHORTEST_LEASE} s: write {self.mount}/config/lease."
            )
        data = answer["data"]
        lease = (application.name, answer["lease_id"], data["access_key"])
        self.issued.append(IssuedKey(*lease, user_name=""))
        return Credentials(data["access_key"], data["secret_key"])

    def _name_users(self) -> None:
        """Add the IAM users of the keys, as AWS's journal has them."""
        made = users_of_keys(self.journal(0))
        self.issued[:] = [replace(one, user_name=made[one.access_key]) for one in self.issued]

    def remove(self) -> None:
        """Remove all that the incident made. Idempotent.

        Raises:
            LabError: Vault or AWS refused; the next call goes on.
        """
        with asking_to("remove an incident"):
            for name in ROLE_NAMES:
                self._end_leases(f"{self.mount}/creds/{name}")
            self._delete_users()
            self._delete_logins()

    def _end_leases(self, prefix: str) -> None:
        from hvac.exceptions import VaultError

        path = f"sys/leases/revoke-prefix/{prefix}"
        try:
            self.root.write_data(path, data={"sync": True})
        except VaultError:  # a user that somebody deleted by hand: the engine cannot revoke
            self.root.write_data(f"sys/leases/revoke-force/{prefix}")

    def _delete_users(self) -> None:
        left = {one.user_name for one in self.issued} & set(user_names(self.operator))
        for name in sorted(left):
            orphan_removal.delete_user(self.operator, name)

    def _delete_logins(self) -> None:
        self.root.sys.disable_auth_method(LOGINS)
        for name in ROLE_NAMES:
            self.root.delete(f"{self.mount}/roles/{name}")
        for application in APPLICATIONS:
            self.root.sys.delete_acl_policy(application.policy)
        for entity in self._entities:
            self.root.delete(f"identity/entity/id/{entity}")
