"""Gather the evidence of a lab from AWS's journal and Vault's audit log."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from labkit.errors import LabError
from labkit.evidence.evidence import Evidence
from labkit.machine.listeners import LOOPBACK
from labkit.parts.arguments import checked
from labkit.vault.leases import Lease

if TYPE_CHECKING:
    from labkit.evidence.analyse.joins import Line
    from labkit.evidence.analyse.population import Population
    from labkit.evidence.analyse.story import Story
    from labkit.evidence.analyse.timeline import Lifetime
    from labkit.evidence.collect.collection import Collector
    from labkit.parts.connection import Connection
    from labkit.servers.aws.api.entry import Entry


class Gathering:
    """The evidence of a lab; it can be read after the lab has stopped.

    Args:
        connection: the servers.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.evidence = Evidence()
        urls = (connection.endpoints.vault_url, connection.endpoints.aws_url)
        self.evidence.one_clock = all(urlsplit(url or "").hostname in LOOPBACK for url in urls)
        self._journal_start = self.collector.skip() if connection.runtime.shared else 0

    def journal(self) -> list[Entry]:
        """Return every AWS call since the lab's start, as the AWS side recorded it."""
        return self.connection.running().aws_admin.journal(after=self._journal_start)

    def gather(self) -> Evidence:
        """Add what AWS's journal and Vault's audit log hold by now, and return the evidence."""
        if not self.connection.stopped:
            with suppress(LabError):  # a dead container has no log to copy; the last copy is read
                self.connection.runtime.audit_log()  # where it is a copy, bring it up to date
            self.collector.gather(self.evidence)
        return self.evidence

    @checked(path=(str, Path))
    def save(self, path: Path | str) -> None:
        """Write all evidence as JSON lines, without secrets; `Evidence.load` reads them.

        Raises:
            LabError: the file cannot be written.
        """
        try:
            self.gather().save(path)
        except OSError as error:
            raise LabError(
                f"Tried to write the evidence to {path}: {error.strerror}. Name another file."
            ) from error

    def lifetimes(self) -> list[Lifetime]:
        """Return when each lease and its IAM user lived."""
        return self.gather().lifetimes()

    def timeline(self) -> list[Line]:
        """Return all that was seen, in order, each line joined to its lease if possible."""
        return self.gather().timeline()

    @checked(lease=(Lease, str, type(None)))
    def story(self, lease: Lease | str | None = None) -> Story:
        """Return the story of one credential.

        Args:
            lease: a lease, a lease_id, an access key id, an IAM user name or a token's accessor;
                None is the lease issued last.

        Raises:
            LabError: the evidence knows no such credential.
        """
        return self.gather().story(lease)

    def population(self) -> Population:
        """Return how many leases and IAM users there were at each time."""
        return self.gather().population()

    @cached_property
    def collector(self) -> Collector:
        """Read what the servers wrote since the last time."""
        from labkit.evidence.collect.audit import AuditLog
        from labkit.evidence.collect.collection import Collector

        on = self.connection
        log = on.runtime.audit_log() or Path(os.devnull)
        audit = AuditLog(log, on.access.audited_namespace)
        admin = on.aws_admin if on.endpoints.aws_token else None
        is_live = bool(on.endpoints.audit_log)
        return Collector(on.access.outside(), audit, admin, is_live=is_live)
