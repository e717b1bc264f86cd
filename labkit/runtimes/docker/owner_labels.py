"""What labs leave in Docker, and whose it is.

Every container and network carries a label that names its owner: this machine, and a file that the
owner's process holds locked. The lock ends with the process, however it ends, and is never taken
over by another one, as a process id is.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.machine import locks
from labkit.runtimes.folders_of_killed_labs import LOCK

if TYPE_CHECKING:
    from docker import DockerClient

LABEL = "labkit.owner"
GONE = (404, 409)  # HTTP: gone already, being removed already


def owner_of(folder: Path) -> str:
    """Return the label's value for the lab with this folder."""
    return f"{socket.gethostname()}:{folder / LOCK}"


def is_dead(owner: str) -> bool:
    """Whether an owner of this machine is gone; of those elsewhere nothing is known."""
    machine, _, path = owner.partition(":")
    if machine != socket.gethostname():
        return False
    try:
        with Path(path).open() as file:
            return locks.take(file, shared=True)
    except FileNotFoundError:
        return True
    except PermissionError:
        return False


def sweep(client: DockerClient) -> int:
    """Remove what dead labs left, their folders too, and return the number of things removed."""
    return remove(client, is_dead)


def remove(client: DockerClient, is_meant: Callable[[str], bool]) -> int:
    """Remove the containers, then the networks, then the folders of the owners that are meant."""
    mine = {"label": LABEL}
    containers = client.api.containers(all=True, filters=mine)
    networks = client.api.networks(filters=mine)
    meant = {owner for owner in map(_owner, [*containers, *networks]) if is_meant(owner)}
    for container in containers:
        if _owner(container) in meant:
            with _gone_is_fine():
                client.api.remove_container(container["Id"], force=True, v=True)
    for network in networks:
        if _owner(network) in meant:
            _remove_network(client, network["Id"])
    for owner in meant:
        remove_folder(owner)
    return sum(_owner(thing) in meant for thing in [*containers, *networks])


def _owner(thing: dict[str, Any]) -> str:
    return str(thing["Labels"][LABEL])


def _remove_network(client: DockerClient, network: str) -> None:
    """Remove a network, whoever else was connected to it meanwhile."""
    with _gone_is_fine():
        for container in client.api.inspect_network(network)["Containers"]:
            client.api.disconnect_container_from_network(container, network, force=True)
        client.api.remove_network(network)


def remove_folder(owner: str) -> None:
    """Remove the folder of an owner, if it is a lab's."""
    folder = Path(owner.partition(":")[2]).parent
    if folder.name.startswith("labkit-"):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    """Ignore 404 and 409: another lab, or Ryuk, removed it or is removing it."""
    from docker.errors import APIError

    try:
        yield
    except APIError as error:
        if error.status_code not in GONE:
            raise
