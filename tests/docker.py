"""Docker for tests: which images they use, what a lab left, and a daemon that can fail."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from labkit.errors import StartError
from labkit.runtimes import choice
from labkit.runtimes.docker import images, owner_labels
from labkit.runtimes.docker.daemon import daemon

STANDINS = {
    "LABKIT_VAULT_IMAGE": "labkit-standin/vault",
    "LABKIT_AWS_IMAGE": "labkit-standin/moto",
    "RYUK_CONTAINER_IMAGE": "labkit-standin/ryuk",
}
DEFAULT_SOCKET = "/var/run/docker.sock"


def image_variables() -> dict[str, str]:
    """Name the stand-ins if they were built (tests/images/build), else the real images.

    Without Docker or images a test skips and says why; in CI, which has to have both, it fails.
    """
    try:
        with daemon() as client:
            built = all(images.is_present(client, name) for name in STANDINS.values())
        variables = STANDINS if built else {}
        choice.choose_runtime(variables, "containers")
    except StartError as error:
        if os.environ.get("CI"):
            pytest.fail(f"CI has to test in containers, but: {error}")
        pytest.skip(f"no tests in containers: {error}")
    return dict(variables)


def left() -> set[str]:
    """Return the ids of every container and network that belongs to a lab."""
    mine = {"label": owner_labels.LABEL}
    with daemon() as client:
        containers = client.api.containers(all=True, filters=mine)
        return {thing["Id"] for thing in [*containers, *client.api.networks(filters=mine)]}


class Relay:
    """A daemon's socket that can be taken away: what comes is passed on to the real one."""

    def __init__(self, path: Path) -> None:
        self.url = f"unix://{path}"
        self._path = path
        self._real = os.environ.get("DOCKER_HOST", "").removeprefix("unix://") or DEFAULT_SOCKET
        self._open: set[socket.socket] = set()
        self.start()

    def start(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def stop(self) -> None:
        """Cut every connection; from now on nobody answers."""
        self._path.unlink(missing_ok=True)
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, far = listener.accept()[0], socket.socket(socket.AF_UNIX)
                self._open |= {near, far}
                far.connect(self._real)
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=_copy, args=pair, daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(2**16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def image_with(command: str, base: str) -> Iterator[str]:
    """Make an image that runs a shell command and ends."""
    name = "labkit-standin/ends:test"
    with daemon() as client:
        container = client.containers.create(base, entrypoint=["sh", "-c", command], command=[])
        changes = [f'ENTRYPOINT ["sh", "-c", "{command}"]', "CMD []"]
        container.commit("labkit-standin/ends", "test", changes="\n".join(changes))
        container.remove()
        try:
            yield name
        finally:
            client.images.remove(name, force=True)
