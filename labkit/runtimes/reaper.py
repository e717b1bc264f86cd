"""Ryuk, testcontainers' reaper: it removes a process's containers when the process is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.errors import StartError
from labkit.runtimes.daemon import ANSWER_SECONDS, daemon
from labkit.runtimes.images import is_present, pull

if TYPE_CHECKING:
    from docker import DockerClient

PULL_SECONDS = 30.0  # it is 5 MB


def prepare(client: DockerClient) -> bool:
    """Start Ryuk once for this process; switch it off where its image cannot be had.

    Without it, what a killed process leaves goes at the next start (`labkit.runtimes.leftovers`).

    Returns:
        Whether Ryuk watches.
    """
    from testcontainers.core.config import testcontainers_config as config

    if not config.ryuk_disabled:
        config.ryuk_disabled = not (_has_image(client, config.ryuk_image) and _starts())
    return not config.ryuk_disabled


def _has_image(client: DockerClient, name: str) -> bool:
    if is_present(client, name):
        return True
    try:
        with daemon(ANSWER_SECONDS) as impatient:
            pull(impatient, name, at_most=PULL_SECONDS)
    except StartError:
        return False
    return True


def _starts() -> bool:
    """Start it here, for testcontainers' own first use of it is not made for two threads."""
    from docker.errors import DockerException
    from testcontainers.core.container import Reaper

    try:
        Reaper.get_instance()
    except (DockerException, OSError):  # a Docker that does not hand out its socket
        Reaper.delete_instance()
        return False
    return True
