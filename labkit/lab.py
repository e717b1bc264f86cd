"""The lab: a thin facade over a running Vault and a running AWS API."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from labkit import identities, leases, samples, steps
from labkit.errors import LabError
from labkit.evidence import Evidence
from labkit.identities import Identities, keys_of
from labkit.leases import Credentials, Lease
from labkit.proof import Proof, prove
from labkit.runtimes import choice
from labkit.runtimes.endpoints import Endpoints, Runtime
from labkit.samples import Sample
from labkit.timeline import Lifetime
from labkit.vault import connect, refusal
from labkit.waiting import wait_for

if TYPE_CHECKING:
    import hvac

    from labkit.cloud.client import Cloud
    from labkit.cloud.journal import Entry

ADMIN_POLICIES = ("aws-admin", "lab-operator")
GRACE_SECONDS = 20.0


class Lab:
    """A running lab; made by `Lab.start()`, ended by `stop()` or the end of a `with` block.

    Attributes:
        endpoints: where the servers answer.
        root: hvac client with the root token.
        vault: hvac client of the administrator, who holds `aws-admin` and `lab-operator`.
        setting: what the steps of the flow work with.
        evidence: what the lab did with leases and every look it took at them.
    """

    _running: ClassVar[Lab | None] = None

    def __init__(self, runtime: Runtime, reason: str) -> None:
        self.runtime = runtime
        self.reason = reason
        self.evidence = Evidence()
        self._done: list[steps.Step] = []
        self._sessions: dict[str, Any] = {}
        self._stopped = False
        self._opened = False

    @classmethod
    def start(
        cls,
        *,
        through: str | None = None,
        runtime: str | None = None,
        persistent: bool = False,
        alongside: bool = False,
    ) -> Lab:
        """Start Vault and AWS, and replay the steps that come before the one of interest.

        Args:
            through: name of the last step to replay (`labkit.steps.SEQUENCE`); None replays none.
            runtime: `embedded` or `external`; None lets the lab choose.
            persistent: keep Vault's storage, so that it can be stopped and started again.
            alongside: allow a further lab in this process.

        Raises:
            LabError: a lab runs already, a server did not start, or a step failed.
        """
        if cls._running is not None and not alongside:
            raise LabError(
                f"This process has a lab already ({cls._running}). "
                "Use it, or end it with its stop() before you start another."
            )
        replayed = steps.through(through) if through else ()
        finding = choice.choose(os.environ, runtime)
        lab = cls(choice.create(finding, os.environ, persistent=persistent), finding.reason)
        try:
            lab._open()
            for step in replayed:
                lab.do(step)
        except BaseException:
            lab.stop()
            raise
        if not alongside:
            cls._running = lab
        return lab

    def _open(self) -> None:
        self.endpoints: Endpoints = self.runtime.start()
        self.root = self.client(self.endpoints.root_token)
        self.identities: Identities = identities.find(self.endpoints, os.environ)
        if self.runtime.shared:
            steps.refuse_if_in_use(self.root)
        self._opened = True
        self.vault = self.client(self._administrator_token())
        self.setting = steps.Setting(
            vault=self.vault,
            access_key=self.identities.vault_root.access_key_id,
            secret_key=self.identities.vault_root.secret_access_key,
            region=self.endpoints.region,
            aws_url=self.endpoints.aws_url_for_vault,
        )

    def _administrator_token(self) -> str:
        for name in ADMIN_POLICIES:
            steps.write_policy(self.root, name)
        answer = self.root.auth.token.create(
            policies=list(ADMIN_POLICIES), display_name="administrator"
        )
        return str(answer["auth"]["client_token"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        """Say what runs, without ports, tokens or times."""
        done = ", ".join(step.name for step in self._done) or "none"
        state = "stopped" if self._stopped else "running"
        return f"Lab({self.runtime.name}, {state}; steps done: {done})"

    def do(self, step: steps.Step) -> Any:  # noqa: ANN401 - Vault's own answer
        """Do one step of the flow as the administrator and return what Vault answered."""
        answer = step.do(self.setting)
        self._done.append(step)
        return answer

    def stop(self) -> None:
        """Stop everything the lab started; on shared servers, undo its steps. Twice is no error."""
        if self._stopped:
            return
        self._stopped = True
        if Lab._running is self:
            Lab._running = None
        try:
            if self.runtime.shared and self._opened:
                self._undo()
        finally:
            self.runtime.stop()

    def _undo(self) -> None:
        for step in reversed(steps.SEQUENCE):
            step.undo(self.setting)

    def client(self, token: str | None = None) -> hvac.Client:
        """Return an hvac client with this token, or with none."""
        return connect(self.endpoints.vault_url, token)

    def login(self, role_id: str, secret_id: str) -> hvac.Client:
        """Log in by AppRole (`POST auth/approle/login`) and return the application's client.

        Raises:
            LabError: Vault refused the role-id or the secret-id.
        """
        from hvac.exceptions import VaultError

        client = self.client()
        try:
            client.auth.approle.login(role_id, secret_id)
        except VaultError as error:
            raise refusal("log in by AppRole", error) from error
        return client

    def application(self) -> hvac.Client:
        """Log in as the seed's application `aws-app`, with a fresh secret-id."""
        return self.login(steps.role_id(self.setting), steps.secret_id(self.setting))

    def aws(self, credentials: Credentials | None = None) -> Any:  # noqa: ANN401 - boto3 is untyped
        """Return a boto3 session on the lab's AWS API, with these keys or the operator's."""
        from labkit.cloud.sessions import session

        keys = credentials or keys_of(self.identities.operator)
        if keys.access_key not in self._sessions:
            self._sessions[keys.access_key] = session(
                self.endpoints.aws_url, self.endpoints.region, keys
            )
        return self._sessions[keys.access_key]

    def issue(
        self, role_name: str = steps.ROLE_NAME, *, vault: hvac.Client | None = None
    ) -> tuple[Credentials, Lease]:
        """Read `aws/creds/<role_name>` and ask AWS which IAM user the new key belongs to.

        Args:
            role_name: the Vault role.
            vault: whose token reads; None is the administrator's.

        Raises:
            LabError: Vault did not issue.
        """
        from labkit.cloud.probes import user_of_key

        asked = time.time()
        credentials, lease = leases.issue(vault or self.vault, role_name)
        user_name = user_of_key(self.aws(), credentials.access_key)
        lease = replace(lease, user_name=user_name or "")
        self.evidence.add("issue", asked, lease)
        return credentials, lease

    def renew(self, lease: Lease, increment: int | None = None) -> Lease:
        """Renew a lease by `increment` seconds from now and return it as it stands then."""
        asked = time.time()
        renewed = leases.renew(self.vault, lease, increment)
        self.evidence.add("renew", asked, renewed)
        return renewed

    def revoke(self, lease: Lease) -> None:
        """Revoke a lease; when this returns, Vault has deleted its IAM user."""
        asked = time.time()
        leases.revoke(self.vault, lease)
        self.evidence.add("revoke", asked, lease)

    def look(self, credentials: Credentials, lease: Lease) -> Sample:
        """Take one look at a lease from both sides and keep it as evidence."""
        sample = samples.take(self.vault, self.aws(), self.aws(credentials), lease)
        self.evidence.samples.append(sample)
        return sample

    def proof(self, moment: str, credentials: Credentials, lease: Lease) -> Proof:
        """Return a row of the proof table; raise ProofError if a cell is not as it must be."""
        proof = prove(moment, self.look(credentials, lease))
        self.evidence.proofs.append(proof)
        return proof

    def wait_for_expiry(self, credentials: Credentials, lease: Lease) -> Sample:
        """Wait, with a progress bar, until Vault ended the lease and AWS refuses its key.

        Returns:
            The first look at which the lease, its user and its key were all gone.

        Raises:
            WaitError: that had not happened 20 s after the lease was due.
        """
        remaining = max(lease.expire_time.timestamp() - time.time(), 0.0)
        seen: list[Sample] = []

        def gone() -> bool:
            seen.append(self.look(credentials, lease))
            return seen[-1].ended

        wait_for(
            gone, expected=remaining, at_most=remaining + GRACE_SECONDS, what="lease to expire"
        )
        return seen[-1]

    def wait_for_ttl(self, credentials: Credentials, lease: Lease, ttl: int) -> Sample:
        """Wait, with a progress bar, until no more than `ttl` seconds of a lease remain."""
        remaining = lease.expire_time.timestamp() - time.time() - ttl
        seen: list[Sample] = []

        def low() -> bool:
            seen.append(self.look(credentials, lease))
            return (seen[-1].ttl or 0) <= ttl

        what = f"ttl to fall to {ttl} s"
        wait_for(low, expected=remaining, at_most=remaining + GRACE_SECONDS, what=what)
        return seen[-1]

    @property
    def journal(self) -> list[Entry]:
        """Every AWS call so far, as the AWS side recorded it."""
        return self.cloud.journal()

    @property
    def cloud(self) -> Cloud:
        """The AWS side's own controls; raise LabError where AWS is not the lab's."""
        from labkit.cloud.client import Cloud

        if self.endpoints.aws_url is None or not self.endpoints.aws_token:
            raise LabError(
                "This AWS API is not the lab's own: it keeps no journal and injects no faults. "
                "Use the embedded runtime to see what AWS saw."
            )
        return Cloud(self.endpoints.aws_url, self.endpoints.aws_token)

    def lifetimes(self) -> list[Lifetime]:
        """Return when each lease and its IAM user lived, from all evidence so far."""
        return self.evidence.lifetimes(self.journal)
