"""`labkit down --all`: the standing lab, and what killed labs left."""

from __future__ import annotations

import os

from labkit.commands import background
from labkit.errors import LabError
from labkit.runtimes import folders_of_killed_labs


def remove() -> list[str]:
    """End the standing lab, remove what killed labs left, and return a line for each part.

    Each part is tried, whatever the others do.
    """
    ended = _standing_lab()
    left = f"folders of killed labs: {folders_of_killed_labs.sweep()} removed"
    return [ended, left, _docker(), *_shared_servers()]


def _standing_lab() -> str:
    try:
        background.down()
    except LabError as error:
        return f"standing lab: {error}"
    return "standing lab: ended"


def _docker() -> str:
    from labkit.runtimes.docker import owner_labels
    from labkit.runtimes.docker.daemon import daemon

    try:
        with daemon() as client:
            return f"Docker: {owner_labels.sweep(client)} containers and networks removed"
    except LabError as error:
        return f"Docker: nothing to remove, {error}"


def _shared_servers() -> list[str]:
    from labkit.ownership import removal

    try:
        return [f"servers that others use: {swept}" for swept in removal.sweep(os.environ)]
    except LabError as error:
        return [f"servers that others use: {error}"]
