"""Kill the engine's process at a chosen moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

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
    over = threading.Event()

    def watch() -> None:
        while not over.wait(EVERY):
            if happened():
                return kill_plugins(vault)
        return None

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def kill_plugins(vault: psutil.Process) -> None:
    """Kill the processes that this server started."""
    import psutil

    for plugin in vault.children():
        with suppress(psutil.NoSuchProcess):
            plugin.kill()


def created_user(calls: Iterable[Entry]) -> bool:
    """Whether AWS created an IAM user for Vault."""
    return any(
        call.action == "CreateUser" and call.error is None and call.caller == VAULT_ITSELF
        for call in calls
    )
