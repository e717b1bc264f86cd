"""The main function of a plugin process."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.servers.plugin.wire.handshake import objection

if TYPE_CHECKING:
    from labkit.servers.plugin.backend import Backend

PATIENCE_SECONDS = 30.0


def serve(factory: Callable[[], Backend], *, patience: float = PATIENCE_SECONDS) -> None:
    """Serve a secrets engine to the Vault-compatible server that started this process.

    The process ends when the server says so, closes the connection or dies.

    Args:
        factory: makes the engine; called when the server sets the mount up, so that it may import
            what is heavy.
        patience: seconds to wait until the server has set the engine up.

    Raises:
        SystemExit: status 1, with a hint on stderr, when no such server started this process.
    """
    parent = os.getppid()
    refusal = objection(os.environ)
    if refusal is not None:
        sys.stderr.write(refusal + "\n")
        raise SystemExit(1)
    from labkit.servers.plugin.wire.process import run

    run(factory, os.environ, parent, patience)
