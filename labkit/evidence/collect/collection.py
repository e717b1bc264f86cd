"""Gathering evidence: AWS's journal, Vault's audit log, and what its HMACs stand for."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.evidence.analyse.calls import users_of_keys
from labkit.evidence.collect.audit import AuditLog
from labkit.evidence.model.requests import LOOKUP, AuditedRequest, Requests, is_hashed
from labkit.evidence.model.samples import Gap
from labkit.redact import redact_text
from labkit.vault import leases

if TYPE_CHECKING:
    import hvac

    from labkit.aws.admin import AwsAdmin
    from labkit.evidence.evidence import Evidence

TEMPORARY = "ASIA"  # begins the access key ids of STS
HASHING = "sys/audit-hash/"


@dataclass
class Collector:
    """Brings evidence up to date; what was read once is not read again.

    Args:
        root: client whose token may ask for hashes (`sys/audit-hash/<device>`).
        audit: the audit log.
        aws_admin: the AWS side, if it keeps a journal.
        is_live: whether the log grows as Vault writes it; a copy of it does not.
    """

    root: hvac.Client
    audit: AuditLog
    aws_admin: AwsAdmin | None
    is_live: bool = True
    _hashes: dict[str, str] = field(default_factory=dict, repr=False)
    _last_call: int = 0
    _max_ttl: dict[str, tuple[int | None, int | None]] = field(default_factory=dict, repr=False)
    _unanswered: Exception | None = field(default=None, repr=False)

    def skip(self) -> int:
        """Pass over the past of servers that others use too; return the number of its last call."""
        self.audit.skip()
        if self.aws_admin is not None and (past := self.aws_admin.journal()):
            self._last_call = past[-1].seq
        return self._last_call

    def gather(self, evidence: Evidence) -> None:
        """Add what AWS and Vault wrote since the last time; record what is missing as gaps."""
        evidence.gaps, evidence.hashed = [], self.hashed
        if self.aws_admin is not None:
            try:
                evidence.calls += self.aws_admin.journal(after=self._last_call)
            except LabError as error:
                self._miss(evidence, "AWS's journal", error)
            self._last_call = evidence.calls[-1].seq if evidence.calls else self._last_call
        try:
            self.audit.read()
        except OSError as error:
            self._miss(evidence, "Vault's audit log", error)
        read = [one for one in self.audit.requests if not one.path.startswith(HASHING)]
        evidence.requests = self._named(read, evidence)

    def _miss(self, evidence: Evidence, source: str, error: Exception) -> None:
        evidence.gaps.append(Gap(time.time(), source, redact_text(str(error))))

    def max_ttl(self, vault: hvac.Client, mount: str) -> int | None:
        """Return the max TTL in force (`labkit.vault.leases.max_ttl`), in seconds.

        Vault is asked again only after the audit log shows that somebody changed it: asking each
        time would make every issue a tenth slower.
        """
        self.audit.read()
        as_of = self.audit.lease_settings if self.is_live and self.audit.path.is_file() else None
        known = self._max_ttl.get(mount)
        if as_of is None or known is None or as_of != known[0]:
            known = self._max_ttl[mount] = (as_of, leases.max_ttl(vault, mount=mount))
        return known[1]

    def hashed(self, value: str) -> str | None:
        """Return the HMAC by which Vault's audit log shows a value; None if Vault does not tell."""
        self._ask([value])
        return self._hashes.get(value)

    def _named(self, requests: Requests, evidence: Evidence) -> list[AuditedRequest]:
        """Undo hashes, asking Vault for as few as possible: the lab knows what it issued itself."""
        own = {event.lease.lease_id: event.lease for event in evidence.events}
        issued = {
            one.lease_id: one.access_key for one in requests if one.lease_id and one.access_key
        }
        users = {lease.access_key: lease.user_name for lease in own.values()}
        made = users_of_keys(evidence.calls)
        foreign = issued.keys() - own.keys()
        signed = {call.access_key_id or "" for call in evidence.calls}
        temporary = {key for key in signed if key.startswith(TEMPORARY)}
        keys = (made.keys() | temporary) - users.keys() if foreign else ()
        self._unanswered = None
        self._ask(one.lease.lease_id for one in evidence.events if one.kind != "issue")
        self._ask([*foreign, *keys])
        if _unnamed(requests, set(self._hashes.values())):
            self._ask(issued)
        if self._unanswered is not None:
            self._miss(evidence, "Part of the names in Vault's audit log", self._unanswered)
        known = {hashed: plain for plain, hashed in self._hashes.items()}
        known |= {issued[one]: own[one].access_key for one in issued.keys() & own.keys()}
        return [one.named(known, made | users) for one in requests]

    def _ask(self, values: Iterable[str]) -> None:
        """Ask Vault how it hashes values in its audit log (`POST sys/audit-hash/<device>`).

        A token that may not ask, or a Vault that is away, leaves the rest hashed.
        """
        from hvac.exceptions import VaultError
        from requests import RequestException

        new = [value for value in values if value not in self._hashes]
        try:
            device = self._device() if new else ""
            for value in new:
                answer = self.root.sys.calculate_hash(device, value)
                self._hashes[value] = answer["data"]["hash"]
        except (VaultError, RequestException, LabError) as error:
            self._unanswered = error

    def _device(self) -> str:
        """Return the name of the first file audit device."""
        devices = self.root.sys.list_enabled_audit_devices()["data"]
        return next((name.rstrip("/") for name, it in devices.items() if it["type"] == "file"), "")


def _unnamed(requests: Requests, known: set[str]) -> bool:
    """Whether a renewal or a revocation is of a lease that is not named yet."""
    return any(
        is_hashed(one.lease_id) and one.lease_id not in known and one.path != LOOKUP
        for one in requests
    )
