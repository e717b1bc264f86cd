"""Start or find the servers of a lab; make clients of Vault and sessions on AWS."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.flow import access, steps
from labkit.flow.access import Access
from labkit.flow.identities import keys_of
from labkit.parts.arguments import checked
from labkit.vault.client import asking_to
from labkit.vault.leases import Credentials

if TYPE_CHECKING:
    import hvac

    from labkit.aws.admin import AwsAdmin
    from labkit.aws.sessions import LabSession
    from labkit.ownership.tenancy import Tenancy
    from labkit.runtimes.endpoints import Endpoints, Runtime
    from labkit.runtimes.snapshots import Snapshot


@dataclass(eq=False)
class Connection:
    """Running servers, and who the lab is on them.

    Args:
        runtime: where the servers come from.
        reason: why this runtime, in words.
        access: endpoints, identities, names and the administrator's token.
        tenancy: what the lab created on servers that others use; None on its own.
        done: the steps that are done.
    """

    runtime: Runtime
    reason: str
    access: Access
    tenancy: Tenancy | None = None
    done: list[steps.Step] = field(default_factory=list)
    stopped: bool = False

    def __post_init__(self) -> None:
        self.root = self.access.client(self.access.endpoints.root_token)
        self.setting = self.access.context()
        self._sessions: dict[Credentials, LabSession] = {}

    def __repr__(self) -> str:
        """Say what runs, without ports, tokens or times."""
        done = ", ".join(step.name for step in self.done) or "none"
        state = "stopped" if self.stopped else "running"
        return f"Lab({self.runtime.name}, {state}; steps done: {done})"

    @property
    def vault(self) -> hvac.Client:
        """The administrator's client."""
        return self.setting.vault

    @property
    def endpoints(self) -> Endpoints:
        """Where the servers answer."""
        return self.access.endpoints

    def running(self) -> Connection:
        """Return the connection itself; raise LabError if the lab is stopped."""
        if self.stopped:
            raise LabError("This lab is stopped. Start a new one with lab = Lab.start().")
        return self

    @checked(step=steps.Step)
    def do(self, step: steps.Step) -> Any:  # noqa: ANN401 - Vault's own answer
        """Do one step of the flow as the administrator and return what Vault answered."""
        answer = step.do(self.running().setting)
        self.done.append(step)
        return answer

    @checked(token=(str, type(None)))
    def client(self, token: str | None = None) -> hvac.Client:
        """Return a client of Vault with this token, or with none."""
        return self.running().access.client(token)

    @checked(role_id=str, secret_id=str)
    def login(self, role_id: str, secret_id: str) -> hvac.Client:
        """Log in by AppRole (`POST auth/approle/login`) and return the application's client.

        Raises:
            LabError: Vault refused the role_id or the secret_id.
        """
        return steps.log_in(self.client(), self.access.names, role_id, secret_id)

    def application(self) -> hvac.Client:
        """Log in as the tutorial's application `aws-app`, with a fresh secret_id."""
        setting = self.running().setting
        with asking_to("get a secret_id of aws-app (the step approle)"):
            role_id, secret_id = steps.role_id(setting), steps.secret_id(setting)
        return self.login(role_id, secret_id)

    @checked(credentials=(Credentials, type(None)))
    def aws(self, credentials: Credentials | None = None) -> LabSession:
        """Return a boto3 session on the lab's AWS API, with these keys or the operator's."""
        from labkit.aws.sessions import session

        keys = credentials or keys_of(self.running().access.identities.operator)
        if keys not in self._sessions:
            at = self.endpoints
            self._sessions[keys] = session(at.aws_url, at.region, keys)
        return self._sessions[keys]

    @property
    def aws_admin(self) -> AwsAdmin:
        """The admin API of the AWS side; raise LabError where AWS is not the lab's."""
        from labkit.aws.admin import AwsAdmin

        if self.endpoints.aws_url is None or not self.endpoints.aws_token:
            raise LabError(
                "This AWS API is not the lab's own: it keeps no journal and injects no faults. "
                "Use the embedded runtime to see what AWS saw."
            )
        return AwsAdmin(self.endpoints.aws_url, self.endpoints.aws_token)

    def snapshot(self) -> Snapshot:
        """Take a snapshot of Vault's storage: mounts, policies, tokens and leases, but not AWS.

        Raises:
            LabError: this Vault is not the lab's own, or it keeps its storage in memory.
        """
        from labkit.runtimes import snapshots

        snapshots.refuse_without_raft(self.running().runtime)
        return snapshots.take(self.root)

    @checked()
    def restore(self, snapshot: Snapshot) -> None:
        """Restore a snapshot of this lab's Vault, and wait until Vault serves it; AWS stays as is.

        Raises:
            LabError: this Vault is not the lab's own, keeps its storage in memory, or refused.
            WaitError: Vault did not serve the restored storage after 90 s.
        """
        from labkit.runtimes import snapshots

        snapshots.refuse_others(snapshot)
        snapshots.refuse_without_raft(self.running().runtime)
        snapshots.restore(self.root, snapshot)

    def stop(self) -> None:
        """Stop the servers, or remove what the lab created on shared servers. Idempotent.

        Raises:
            LabError: a shared server refused; the next call and `labkit sweep` try again.
        """
        self.stopped = True
        try:
            if self.tenancy is not None:
                self.tenancy.end()
                self.tenancy = None
        finally:
            self.runtime.stop()


def start(
    runtime: str | None = None,
    *,
    persistent: bool = False,
    alone: bool = False,
    names: str | None = None,
) -> Connection:
    """Start the servers, or find those that the environment names. See `Lab.start`.

    Raises:
        LabError: a server did not start. What was created until then is removed.
    """
    from labkit.runtimes import choice

    others_may_use = names != choice.TUTORIALS
    needs = choice.Needs(persistent=persistent, alone=alone and others_may_use)
    finding = choice.choose_runtime(os.environ, runtime, needs)
    created = choice.create(finding, os.environ, persistent=persistent)
    try:
        endpoints = created.start()
        if not created.shared:
            own = access.on_own_servers(endpoints, os.environ)
            return Connection(created, finding.reason, own)
        from labkit.ownership import tenancy

        taken = tenancy.begin(endpoints, os.environ, names)
        reason = f"{finding.reason}; {taken.claimed.summary}"
        return Connection(created, reason, taken.access, taken)
    except BaseException:
        created.stop()
        raise


def attach() -> Connection:
    """Connect to the standing lab: that of LABKIT_STANDING, else this user's.

    Raises:
        LabError: no lab stands.
    """
    from labkit.runtimes import standing

    found = standing.find(os.environ)
    done = [step for step in steps.SEQUENCE if step.name in found.steps]
    reason = "attached to the standing lab"
    return Connection(standing.Attached(found), reason, access.to_standing_lab(found), done=done)
