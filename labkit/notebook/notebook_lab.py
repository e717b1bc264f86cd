"""What `%vault` and the checks of the exercises use of a lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession
    from labkit.evidence.evidence import Evidence
    from labkit.flow.identities import Identities
    from labkit.flow.names import Names
    from labkit.flow.steps import SetupContext
    from labkit.runtimes.endpoints import Endpoints
    from labkit.vault.leases import Credentials, Lease


class NotebookLab(Protocol):
    """What `%vault` and the checks use of a lab."""

    @property
    def endpoints(self) -> Endpoints:
        """Where the servers answer."""

    @property
    def vault(self) -> hvac.Client:
        """The administrator's client."""

    @property
    def root(self) -> hvac.Client:
        """The client with the root token."""

    @property
    def names(self) -> Names:
        """The lab's names on Vault."""

    @property
    def identities(self) -> Identities:
        """The AWS keys of the operator and, as they were at the start, of Vault."""

    @property
    def setting(self) -> SetupContext:
        """What the steps of the flow work with."""

    def issue(self, role_name: str) -> tuple[Credentials, Lease]:
        """Issue credentials from a Vault role."""

    def revoke(self, lease: Lease) -> None:
        """Revoke a lease."""

    def client(self, token: str | None = None) -> hvac.Client:
        """Return a client of Vault with this token, or with none."""

    def login(self, role_id: str, secret_id: str) -> hvac.Client:
        """Log in by AppRole."""

    def aws(self, credentials: Credentials | None = None) -> LabSession:
        """Return a boto3 session with these keys, or with the operator's."""

    def gather(self) -> Evidence:
        """Return the evidence, brought up to date."""
