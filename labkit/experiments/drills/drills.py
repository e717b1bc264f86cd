"""All drills of a lab, as methods that return context managers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from labkit.display.tables import Grid, Tabular
from labkit.evidence.collect import orphan_removal
from labkit.experiments.drills import servers
from labkit.machine.package import SERVERS
from labkit.machine.restoring import restoring
from labkit.servers.aws.api.fault import ANY_ACTION, Fault

if TYPE_CHECKING:
    from labkit.parts.leasing import Leasing
    from labkit.vault.leases import Lease

REFUSED_POLICY = {  # JSON that Vault stores; AWS refuses an action without the name of a service
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "DescribeInstances", "Resource": "*"}],
}
ENGINE, WRONG_ENGINE = "aws", "labkit-wrong-engine"
KILLED_WITHIN = 15.0  # seconds for which AWS holds PutUserPolicy back
TABLE = (
    ("aws_down", "AWS answers every call with ServiceUnavailable (503)", "the fault is removed"),
    ("aws_throttles", "AWS answers CreateUser with Throttling (400)", "the fault is removed"),
    ("policy_refused", "the Vault role has a policy that AWS refuses", "the role is written back"),
    ("user_deleted", "the operator deletes the IAM user of a lease", "the lease is ended"),
    ("login_profile", "the user of a lease gets a console password", "the password is deleted"),
    ("vault_sealed", "Vault is sealed", "Vault is unsealed"),
    ("engine_killed", "the engine dies when CreateUser is answered", "Vault starts it again"),
    ("engine_replaced", "a wrong version of the engine revokes nothing", "the right one is back"),
    ("audit_full", "the file of the audit log cannot grow", "the limit is removed"),
)


class Drills(Tabular):
    """The drills of a lab; each restores what it broke, also when the cell is interrupted.

    Args:
        leasing: the leases of a lab that runs.
    """

    def __init__(self, leasing: Leasing) -> None:
        self._find = leasing.find
        self._on = leasing.connection.running()

    @property
    def table(self) -> Grid:
        """All drills, with what each breaks and what its end restores."""
        rows = tuple((f"lab.drills.{name}", broken, end) for name, broken, end in TABLE)
        return Grid(f"{len(rows)} drills", ("drill", "what it breaks", "at the end"), rows)

    def __repr__(self) -> str:
        """Return the names of the drills."""
        return f"Drills({', '.join(name for name, _, _ in TABLE)})"

    def aws_down(self) -> AbstractContextManager[None]:
        """Let AWS answer every call with `ServiceUnavailable`, those of the operator too."""
        return self._fault(Fault(ANY_ACTION, "ServiceUnavailable", 503))

    def aws_throttles(
        self, action: str = "CreateUser", times: int | None = None
    ) -> AbstractContextManager[None]:
        """Let AWS answer an action with `Throttling`.

        Args:
            action: such as "CreateUser", or "*" for all.
            times: how many calls are throttled; None means all of them.
        """
        return self._fault(Fault(action, "Throttling", 400, "Rate exceeded", times))

    @contextmanager
    def policy_refused(self, role_name: str | None = None) -> Iterator[None]:
        """Give a Vault role a policy document that Vault accepts but AWS refuses.

        Args:
            role_name: the Vault role; None is the lab's own.
        """
        names, vault = self._on.access.names, self._on.root
        path = f"{names.mount}/roles/{role_name or names.role_name}"
        before = vault.read(path)["data"]
        kept = {name: before[name] for name in ("credential_type", "policy_document")}
        refused = kept | {"policy_document": json.dumps(REFUSED_POLICY)}
        with restoring(lambda: vault.write_data(path, data=kept)):
            vault.write_data(path, data=refused)
            yield

    @contextmanager
    def user_deleted(self, lease: Lease | str) -> Iterator[None]:
        """Delete the IAM user of a lease by hand; at the end, end the lease if it still exists."""
        found, operator = self._find(lease), self._on.aws()
        end = (self._on.root, operator, found.lease_id, found.user_name)
        with restoring(lambda: orphan_removal.revoke(*end)):
            orphan_removal.delete_user(operator, found.user_name)
            yield

    @contextmanager
    def login_profile(self, lease: Lease | str) -> Iterator[None]:
        """Give the IAM user of a lease a console password: AWS then refuses to delete the user."""
        user, operator = self._find(lease).user_name, self._on.aws()
        iam = operator.client_without_retries("iam")
        with restoring(lambda: orphan_removal.delete_login_profile(operator, user)):
            iam.create_login_profile(UserName=user, Password=servers.console_password())
            yield

    @contextmanager
    def vault_sealed(self) -> Iterator[None]:
        """Seal Vault (`sys/seal`); unseal it at the end. Embedded runtime only."""
        with restoring(servers.own(self._on.runtime).unseal_vault):
            self._on.root.sys.seal()
            yield

    @contextmanager
    def engine_killed(self) -> Iterator[None]:
        """Kill the engine once, when AWS has answered CreateUser but not yet PutUserPolicy.

        Embedded runtime only. Vault starts the engine again at the next request to it.
        """
        vault, aws = servers.own(self._on.runtime).vault_process(), self._on.aws_admin
        past = aws.journal()
        last = past[-1].seq if past else 0
        slow = Fault("PutUserPolicy", "ServiceUnavailable", times=1, delay=KILLED_WITHIN)

        def happened() -> bool:
            return servers.created_user(aws.journal(last))

        with self._fault(slow), servers.killing_plugins(vault, happened):
            yield

    @contextmanager
    def engine_replaced(self) -> Iterator[None]:
        """Let Vault run a version of the engine that revokes nothing. Embedded runtime only.

        Vault takes the refusal of this version for final: a lease that it was to revoke in the
        background is irrevocable at once, without the six attempts.
        """
        runtime, vault = servers.own(self._on.runtime), self._on.root
        before = servers.plugin(vault, ENGINE)
        runtime.install_plugin(WRONG_ENGINE, SERVERS / "wrong_engine.py")
        wrong = servers.plugin(vault, WRONG_ENGINE)
        with restoring(lambda: servers.run_plugin(vault, ENGINE, before)):
            servers.run_plugin(vault, ENGINE, wrong)
            yield

    @contextmanager
    def audit_full(self) -> Iterator[None]:
        """Keep the audit log from growing, as a full disk does. Embedded runtime on Linux only."""
        process = servers.own(self._on.runtime).vault_process()
        log = self._on.runtime.audit_log()
        before = servers.file_size_limit(process)
        with restoring(lambda: servers.limit_file_size(process, before)):
            servers.limit_file_size(process, log.stat().st_size if log else 0)
            yield

    @contextmanager
    def _fault(self, fault: Fault) -> Iterator[None]:
        aws = self._on.aws_admin
        with aws.faults(fault, *aws.current_faults()):
            yield
