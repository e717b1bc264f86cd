"""Start and stop the servers of a lab; make clients of Vault and sessions on AWS."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from labkit.errors import LabError
from labkit.flow import access, steps
from labkit.flow.access import Access
from labkit.flow.identities import Identities, keys_of
from labkit.flow.names import Names
from labkit.ownership import tenancy
from labkit.ownership.tenancy import Tenancy
from labkit.runtimes import choice, private_folder, standing
from labkit.runtimes.attached import Attached
from labkit.runtimes.endpoints import Endpoints, Runtime
from labkit.vault.client import refusal
from labkit.vault.leases import Credentials

if TYPE_CHECKING:
    import hvac

    from labkit.aws.admin import AwsAdmin


class Servers:
    """A running Vault and a running AWS API, ended by `stop()` or the end of a `with` block.

    Attributes:
        endpoints: where the servers answer.
        root: hvac client with the root token, in the lab's namespace.
        vault: hvac client of the administrator, who holds `aws-admin` and `lab-operator`.
        setting: what the steps of the flow work with.
        names: the lab's names on Vault.
    """

    _running: ClassVar[Servers | None] = None

    def __init__(self, runtime: Runtime, reason: str) -> None:
        self.runtime = runtime
        self.reason = reason
        self._done: list[steps.Step] = []
        self._sessions: dict[str, Any] = {}
        self._stopped = False
        self._tenancy: Tenancy | None = None

    @classmethod
    def current(cls) -> Servers:
        """Return what runs in this process; raise LabError if nothing does."""
        if Servers._running is None:
            raise LabError("No lab runs in this process. Start one with lab = Lab.start().")
        return Servers._running

    @classmethod
    def start(
        cls,
        *,
        through: str | None = None,
        runtime: str | None = None,
        persistent: bool = False,
        alongside: bool = False,
        names: str | None = None,
    ) -> Self:
        """Start Vault and AWS, and replay the steps that come before the one of interest.

        Args:
            through: name of the last step to replay (`flow.steps.SEQUENCE`); None replays none.
            runtime: `external`, `containers` or `embedded`; None lets the lab choose.
            persistent: keep Vault's storage, so that it can be stopped and started again.
            alongside: allow a further lab in this process.
            names: on servers that others use: `namespace`, `own` or `tutorial`; None lets
                LABKIT_NAMES or Vault decide (`labkit.ownership.claim`).

        Raises:
            LabError: a lab runs already, a server did not start, or a step failed. What was
                created until then is removed.
        """
        cls._refuse_second(alongside=alongside)
        replayed = steps.through(through) if through else ()
        finding = choice.choose_runtime(os.environ, runtime, persistent=persistent)
        lab = cls(choice.create(finding, os.environ, persistent=persistent), finding.reason)
        try:
            lab._open(names)
            for step in replayed:
                lab.do(step)
        except BaseException:
            lab.stop()
            raise
        if not alongside:
            Servers._running = lab
        return lab

    @classmethod
    def attach(cls, *, alongside: bool = False) -> Self:
        """Use the standing lab of `labkit up` as it is prepared; `stop()` leaves it standing.

        It is the lab that LABKIT_STANDING names (`labkit env`), else this user's standing lab.

        Args:
            alongside: allow a further lab in this process.

        Raises:
            LabError: no lab stands, or a lab runs in this process.
        """
        cls._refuse_second(alongside=alongside)
        found = standing.find(os.environ) or standing.read(private_folder.default_path(os.environ))
        lab = cls(Attached(found), "attached to the standing lab")
        lab._use(access.to_standing_lab(found))
        lab._done += [step for step in steps.SEQUENCE if step.name in found.steps]
        if not alongside:
            Servers._running = lab
        return lab

    @staticmethod
    def _refuse_second(*, alongside: bool) -> None:
        if Servers._running is not None and not alongside:
            raise LabError(
                f"This process has a lab already ({Servers._running}). "
                "Use it, or end it with its stop() before you start another."
            )

    def _open(self, names: str | None = None) -> None:
        endpoints = self.runtime.start()
        if self.runtime.shared:
            self._tenancy = tenancy.begin(endpoints, os.environ, names)
            self.reason += f"; {self._tenancy.claimed.summary}"
            self._use(self._tenancy.access)
        else:
            self._use(access.on_own_servers(endpoints, os.environ))

    def _use(self, found: Access) -> None:
        self._access = found
        self.endpoints: Endpoints = found.endpoints
        self.identities: Identities = found.identities
        self.names: Names = found.names
        self.root = found.client(found.endpoints.root_token)
        self.setting = found.context()
        self.vault = self.setting.vault

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
        return f"{type(self).__name__}({self.runtime.name}, {state}; steps done: {done})"

    def do(self, step: steps.Step) -> Any:  # noqa: ANN401 - Vault's own answer
        """Do one step of the flow as the administrator and return what Vault answered."""
        answer = step.do(self.setting)
        self._done.append(step)
        return answer

    def stop(self) -> None:
        """Stop the servers, or remove what the lab created on shared servers. Idempotent.

        Raises:
            LabError: a shared server refused; the next call and `labkit sweep` try again.
        """
        self._stopped = True
        if Servers._running is self:
            Servers._running = None
        try:
            if self._tenancy is not None:
                tenancy.end(self._tenancy)
                self._tenancy = None
        finally:
            self.runtime.stop()

    def client(self, token: str | None = None) -> hvac.Client:
        """Return an hvac client with this token, or with none."""
        return self._access.client(token)

    def login(self, role_id: str, secret_id: str) -> hvac.Client:
        """Log in by AppRole (`POST auth/approle/login`) and return the application's client.

        Raises:
            LabError: Vault refused the role-id or the secret-id.
        """
        from hvac.exceptions import VaultError

        client = self.client()
        try:
            client.auth.approle.login(role_id, secret_id, mount_point=self.names.approle_mount)
        except VaultError as error:
            raise refusal("log in by AppRole", error) from error
        return client

    def application(self) -> hvac.Client:
        """Log in as the tutorial's application `aws-app`, with a fresh secret-id."""
        return self.login(steps.role_id(self.setting), steps.secret_id(self.setting))

    def aws(self, credentials: Credentials | None = None) -> Any:  # noqa: ANN401 - boto3 is untyped
        """Return a boto3 session on the lab's AWS API, with these keys or the operator's."""
        from labkit.aws.sessions import session

        keys = credentials or keys_of(self.identities.operator)
        if keys.access_key not in self._sessions:
            self._sessions[keys.access_key] = session(
                self.endpoints.aws_url, self.endpoints.region, keys
            )
        return self._sessions[keys.access_key]

    @property
    def aws_admin(self) -> AwsAdmin:
        """The AWS side's own controls; raise LabError where AWS is not the lab's."""
        from labkit.aws.admin import AwsAdmin

        if self.endpoints.aws_url is None or not self.endpoints.aws_token:
            raise LabError(
                "This AWS API is not the lab's own: it keeps no journal and injects no faults. "
                "Use the embedded runtime to see what AWS saw."
            )
        return AwsAdmin(self.endpoints.aws_url, self.endpoints.aws_token)
