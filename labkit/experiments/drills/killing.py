"""Kill the engine's process at a chosen moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from labkit.evidence.analyse.calls import succeeded
from labkit.machine.polling import repeating

if TYPE_CHECKING:
    import psutil

    from labkit.servers.aws.api.entry import Entry

VAULT_ITSELF = "vault-root"
EVERY = 0.02  # seconds between two looks


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
    """Whether AWS created an IAM user for Vault."""
    return any(call.caller == VAULT_ITSELF for call in succeeded("CreateUser", calls))
