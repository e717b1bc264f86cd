"""Ryuk, testcontainers' reaper: it removes a lab's containers when the lab's process is gone.

Testcontainers would start it with a port on every interface, and once for a process; started here
it listens on loopback, and knows a lab by the label of `labkit.runtimes.docker.owner_labels`.
Source of the protocol: `main.go` and `reaper.go` of testcontainers/moby-ryuk.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from testcontainers.core.config import testcontainers_config as config

from labkit.errors import StartError
from labkit.machine.polling import happens_within
from labkit.runtimes.docker.daemon import ANSWER_SECONDS, daemon, published_at
from labkit.runtimes.docker.images import is_present, pull
from labkit.runtimes.docker.owner_labels import LABEL

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

# Here and not at the first start: a container that another thread starts must not bring its own.
IS_WANTED, config.ryuk_disabled = not config.ryuk_disabled, True

PORT = "8080/tcp"
PULL_SECONDS = 30.0  # it is 5 MB
READY_SECONDS, POLL_SECONDS = 20.0, 0.05
ACKNOWLEDGED = b"ACK\n"


@dataclass(frozen=True)
class Reaper:
    """A Ryuk that watches one lab.

    Args:
        container: its container's id.
        connection: while it is open, the lab lives.
    """

    container: str
    connection: socket.socket

    def remove(self, client: DockerClient) -> None:
        """Remove it from Docker, for the lab has cleaned up; it may have ended by itself."""
        from docker.errors import APIError

        with suppress(APIError):
            client.api.remove_container(self.container, force=True, v=True)

    def close(self) -> None:
        """End the connection: where it still runs, it now removes what the lab left."""
        self.connection.close()


def start(owner: str) -> Reaper | None:
    """Let a Ryuk watch over everything with an owner's label.

    Args:
        owner: the label's value.

    Returns:
        None where it cannot be had: no image, or a Docker that does not hand out its socket. What a
        killed process leaves then goes at the next start.
    """
    if (image := image_to_start()) is None:
        return None
    try:
        with daemon() as client:
            container = _run(client, image)
            return Reaper(str(container.id), _register(container, owner))
    except (StartError, TimeoutError):  # a Ryuk that nobody reaches ends after a minute
        return None


@cache
def image_to_start() -> str | None:
    """Return the name of Ryuk's image.

    Returns:
        None if TESTCONTAINERS_RYUK_DISABLED is set, or the image can be neither found nor pulled.
    """
    image = config.ryuk_image
    if not IS_WANTED:
        return None
    try:
        with daemon(ANSWER_SECONDS) as client:
            if not is_present(client, image):
                pull(client, image, at_most=PULL_SECONDS)
    except StartError:
        return None
    return str(image)


def _run(client: DockerClient, image: str) -> Container:
    return client.containers.run(
        image,
        detach=True,
        auto_remove=True,
        privileged=config.ryuk_privileged,
        ports={PORT: (published_at()[0], None)},
        volumes=[f"{config.ryuk_docker_socket}:/var/run/docker.sock"],
        environment={"RYUK_RECONNECTION_TIMEOUT": config.ryuk_reconnection_timeout},
    )


def _register(container: Container, owner: str) -> socket.socket:
    """Ask until Ryuk has taken note: Docker listens on its port before Ryuk does."""
    noted: list[socket.socket] = []

    def is_noted() -> bool:
        container.reload()  # raises once it has ended
        if connection := _ask(container.ports.get(PORT), owner):
            noted.append(connection)
        return bool(noted)

    if not happens_within(READY_SECONDS, is_noted, every=POLL_SECONDS):
        raise TimeoutError
    return noted[0]


def _ask(published: list[dict[str, str]] | None, owner: str) -> socket.socket | None:
    if not published:
        return None
    address = (published_at()[1], int(published[0]["HostPort"]))
    with suppress(OSError), ExitStack() as opened:
        connection = opened.enter_context(socket.create_connection(address, ANSWER_SECONDS))
        connection.sendall(urlencode({"label": f"{LABEL}={owner}"}).encode() + b"\n")
        if connection.recv(len(ACKNOWLEDGED)) == ACKNOWLEDGED:
            opened.pop_all()
            return connection
    return None
