"""What a class needs of Docker: the attendees' image and a network, and their removal."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.errors import StartError
from labkit.runtimes.docker import owner_labels
from labkit.runtimes.docker.daemon import daemon

if TYPE_CHECKING:
    from docker import DockerClient

ROOT = Path(__file__).resolve().parent.parent
ISOLATED = {"com.docker.network.bridge.enable_icc": "false"}  # attendees do not reach each other


def build(image: str, env: Mapping[str, str] = os.environ, log: Path | None = None) -> None:
    """Build the attendees' image from this checkout.

    Args:
        image: the name that the image gets.
        env: LABKIT_PYTHON_IMAGE names another base, LABKIT_CLASS_NOTEBOOKS another folder.
        log: where Docker's output goes; None shows it.

    Raises:
        StartError: the build failed.
    """
    given = {"PYTHON_IMAGE": "LABKIT_PYTHON_IMAGE", "NOTEBOOKS": "LABKIT_CLASS_NOTEBOOKS"}
    options = [f"--build-arg={name}={env[var]}" for name, var in given.items() if env.get(var)]
    command = ["docker", "build", "--file", ".class/Dockerfile", "--tag", image, *options, "."]
    with (log or Path(os.devnull)).open("wb") as file:
        output = file if log else None
        done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, check=False)
    if done.returncode != 0:
        end = log.read_text()[-2000:] if log else "see above"
        raise StartError(f"Tried to build the image {image}; Docker failed: {end}")


@contextmanager
def network(name: str, owner: str) -> Iterator[str]:
    """Make the class's network and give this machine's address in it; remove all at the end.

    The end removes the class's network and every container with the owner's label.

    Raises:
        StartError: another class has this name, or Docker refused.
    """
    with daemon() as client:
        owner_labels.sweep(client)
        if client.networks.list(names=[f"^{name}$"]):
            raise StartError(
                f"A class called {name} runs already. End it, or set LABKIT_CLASS_NAME."
            )
        labels = {owner_labels.LABEL: owner}
        made = client.networks.create(name, driver="bridge", labels=labels, options=ISOLATED)
        made.reload()
        gateway = made.attrs["IPAM"]["Config"][0]["Gateway"]
    try:
        yield gateway
    finally:
        with daemon() as client:
            owner_labels.remove(client, lambda found: found == owner)


def remove_homes(name: str) -> list[str]:
    """Remove the attendees' homes, which are volumes, and return their names."""
    with daemon() as client:
        found = homes(client, name)
        for volume in found:
            client.volumes.get(volume).remove(force=True)
    return found


def homes(client: DockerClient, name: str) -> list[str]:
    """Return the names of the attendees' volumes."""
    listed = client.volumes.list(filters={"name": f"{name}-"})
    return sorted(volume.name for volume in listed if volume.name.startswith(f"{name}-"))


def free_ports(host: str, *names: str) -> dict[str, int]:
    """Return a free port of an address of this machine for each name."""
    listeners = [socket.create_server((host, 0)) for _ in names]
    found = {name: at.getsockname()[1] for name, at in zip(names, listeners, strict=True)}
    for listener in listeners:
        listener.close()
    return found
