"""What drills do to the lab's own server processes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.evidence.analyse.calls import succeeded
from labkit.machine.polling import repeating
from labkit.runtimes.embedded import Embedded
from labkit.runtimes.endpoints import Runtime

if TYPE_CHECKING:
    import hvac
    import psutil

    from labkit.servers.aws.api.entry import Entry

VAULT_ITSELF = "vault-root"
EVERY = 0.02  # seconds between two looks


def own(runtime: Runtime) -> Embedded:
    """Return the embedded runtime; raise LabError for another: its Vault is not the lab's."""
    if isinstance(runtime, Embedded):
        return runtime
    raise LabError(
        f"This drill needs a Vault that the lab may seal and limit, but the runtime is "
        f"{runtime.name}. Start one with Lab.start(runtime='embedded')."
    )


def file_size_limit(process: psutil.Process) -> int:
    """Return the size beyond which a process writes no file, in bytes; -1 is no limit.

    Raises:
        LabError: this system does not tell the limits of another process.
    """
    import psutil

    if not hasattr(process, "rlimit"):
        raise LabError("This drill limits Vault's files by prlimit, which only Linux has.")
    soft, _ = process.rlimit(psutil.RLIMIT_FSIZE)
    return int(soft)


def limit_file_size(process: psutil.Process, size: int) -> None:
    """Let a process write no file beyond a size in bytes; its writes fail as on a full disk."""
    import psutil

    _, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (size, hard))


def console_password() -> str:
    """Return a password that AWS accepts and nobody knows."""
    return f"{secrets.token_urlsafe(24)}aA1!"


def plugin(vault: hvac.Client, name: str) -> dict[str, str]:
    """Return the command and the checksum of a secrets engine (`sys/plugins/catalog/secret`)."""
    found = vault.read(f"sys/plugins/catalog/secret/{name}")["data"]
    return {"command": found["command"], "sha256": found["sha256"]}


def run_plugin(vault: hvac.Client, name: str, command: dict[str, str]) -> None:
    """Let Vault run this command as a secrets engine, on all its mounts. Idempotent."""
    vault.write_data(f"sys/plugins/catalog/secret/{name}", data=command)
    vault.write_data("sys/plugins/reload/backend", data={"plugin": name})


@contextmanager
def killing_plugins(vault: psutil.Process, happened: Callable[[], bool]) -> Iterator[None]:
    """Kill Vault's plugin processes as soon as something has happened, once, during the block.

    Vault starts a plugin again at the next request to it.

    Args:
        vault: the server's process; its children are the plugins.
        happened: asked fifty times a second, from a thread.
    """
    is_done = False

    def kill_once() -> None:
        nonlocal is_done
        if not is_done and happened():
            kill_plugins(vault)
            is_done = True

    with repeating(kill_once, every=EVERY):
        yield


def kill_plugins(vault: psutil.Process) -> None:
    """Kill the processes that this server started."""
    import psutil

    for plugin in vault.children():
        with suppress(psutil.NoSuchProcess):
            plugin.kill()


def created_user(calls: Iterable[Entry]) -> bool:
    """Return whether AWS created an IAM user for Vault."""
    return any(call.caller == VAULT_ITSELF for call in succeeded("CreateUser", calls))
