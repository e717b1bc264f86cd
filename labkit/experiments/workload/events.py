"""Events of a workload, each made for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import hvac

    from labkit.aws.admin import AwsAdmin


@dataclass(frozen=True)
class Servers:
    """What events work with.

    Args:
        aws_admin: the admin API of the AWS side.
        root: a client of Vault that may revoke.
        prefixes: of the leases of all clients.
        outage: takes a server away for some seconds, as `Lab.outage`.
    """

    aws_admin: AwsAdmin
    root: hvac.Client = field(repr=False)
    prefixes: tuple[str, ...]
    outage: Callable[..., AbstractContextManager[None]] = field(repr=False)


@dataclass(frozen=True)
class WorkloadEvent:
    """Something that happens to all clients of a workload.

    Args:
        at: seconds after each client has made its first call; below 0 is before any client starts.
        name: what the picture says.
        seconds: how long it goes on; None is until the workload ends, 0 is a moment.
        make: returns a context manager that is entered at the beginning and left at the end.
    """

    at: float
    name: str
    seconds: float | None = 0.0
    make: Callable[[Servers], AbstractContextManager[None]] = field(
        default=lambda _: nullcontext(), repr=False
    )


def slow_birth(new_keys: float) -> WorkloadEvent:
    """From before the start to the end, let AWS refuse each new key for some seconds."""
    return WorkloadEvent(
        -1.0,
        f"AWS knows a key {new_keys:g} s after its birth",
        None,
        lambda servers: servers.aws_admin.propagation(new_keys=new_keys),
    )


def revocation(at: float) -> WorkloadEvent:
    """Let an administrator revoke all leases of the clients (`sys/leases/revoke-prefix`)."""

    @contextmanager
    def revoke(servers: Servers) -> Iterator[None]:
        for prefix in servers.prefixes:
            servers.root.sys.revoke_prefix(prefix)
        yield

    return WorkloadEvent(at, "leases revoked", 0.0, revoke)


def tokens_revoked(at: float, approle_mount: str = "approle") -> WorkloadEvent:
    """Let an administrator revoke all tokens of AppRole, and with them their leases."""

    @contextmanager
    def revoke(servers: Servers) -> Iterator[None]:
        servers.root.sys.revoke_prefix(f"auth/{approle_mount}/login")
        yield

    return WorkloadEvent(at, "tokens revoked", 0.0, revoke)


def vault_away(at: float, seconds: float) -> WorkloadEvent:
    """Take Vault away for some seconds."""
    return WorkloadEvent(at, "Vault away", seconds, lambda servers: servers.outage(vault=seconds))


def mark(at: float, name: str) -> WorkloadEvent:
    """Show in the picture what happens by itself, such as the end of max TTL."""
    return WorkloadEvent(at, name)
