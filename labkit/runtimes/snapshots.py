"""Snapshots of Vault's storage: taken and restored by the API of OpenBao's raft storage."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from labkit.display.waiting import wait_until
from labkit.errors import LabError
from labkit.runtimes.embedded import Embedded
from labkit.runtimes.endpoints import Runtime
from labkit.vault.client import asking_to

if TYPE_CHECKING:
    import hvac

USUAL_SECONDS, AT_MOST = 7.0, 90.0  # the server pauses 5 s before it serves restored storage
MARKER = 'path "labkit/none" { capabilities = ["deny"] }'


@dataclass(frozen=True)
class Snapshot:
    """All of Vault's storage at one time: mounts, policies, tokens, leases.

    Args:
        time: when it was taken, epoch seconds UTC.
        storage: as Vault wrote it, encrypted by Vault's own key.
    """

    time: float
    storage: bytes = field(repr=False)

    def __repr__(self) -> str:
        """Return when it was taken, and its size."""
        taken = datetime.fromtimestamp(self.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"Snapshot(taken {taken}, {len(self.storage) / 1024:.0f} KiB)"


def refuse_others(snapshot: object) -> None:
    """Raise LabError unless this is a snapshot."""
    if not isinstance(snapshot, Snapshot):
        raise LabError(
            "lab.restore(snapshot): snapshot must be Snapshot, "
            f"but it is {type(snapshot).__name__}."
        )


def refuse_without_raft(runtime: Runtime) -> None:
    """Raise LabError unless Vault is the lab's own and keeps its storage."""
    advice = "Start a lab with Lab.start(runtime='embedded', persistent=True)."
    if not isinstance(runtime, Embedded):
        raise LabError(
            "A snapshot replaces all of a Vault's storage, so the lab takes and restores them only "
            f"on a Vault that it started itself with storage; the runtime is {runtime.name}, "
            f"{type(runtime).__name__}. {advice}"
        )
    if not runtime.persistent:
        raise LabError(
            "This lab's Vault keeps its storage in memory, and only raft storage has snapshots. "
            f"{advice}"
        )


def take(vault: hvac.Client) -> Snapshot:
    """Take a snapshot (`GET sys/storage/raft/snapshot`).

    Args:
        vault: client with the root token.

    Raises:
        LabError: Vault refused.
    """
    with asking_to("take a snapshot"):
        return Snapshot(time.time(), vault.sys.take_raft_snapshot().content)


def restore(vault: hvac.Client, snapshot: Snapshot) -> None:
    """Restore a snapshot (`POST sys/storage/raft/snapshot`), and wait until Vault serves it.

    Vault answers before it restores. A policy that the snapshot does not have shows when Vault has
    the restored storage.

    Args:
        vault: client with the root token.
        snapshot: of the same Vault.

    Raises:
        LabError: Vault refused; its storage is as it was.
        WaitError: Vault did not serve the restored storage after 90 s.
    """
    marker = f"labkit-restore-{secrets.token_hex(4)}"
    vault.sys.create_or_update_acl_policy(marker, policy=MARKER)
    try:
        with asking_to("restore a snapshot"):
            vault.sys.restore_raft_snapshot(snapshot.storage)
    except LabError:
        vault.sys.delete_acl_policy(marker)
        raise
    wait_until(
        lambda: _serves_without(vault, marker),
        expected=USUAL_SECONDS,
        at_most=AT_MOST,
        description="Vault to serve the snapshot",
    )


def _serves_without(vault: hvac.Client, policy: str) -> bool:
    """Return whether Vault answers, and does not have a policy."""
    from hvac.exceptions import VaultError
    from requests import RequestException

    try:
        return policy not in vault.sys.list_acl_policies()["data"]["keys"]
    except (VaultError, RequestException):
        return False
