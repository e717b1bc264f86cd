"""The Docker daemon: whether it answers, and what to do when it does not."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from labkit.errors import StartError
from labkit.machine.ports import HOST

if TYPE_CHECKING:
    from docker import DockerClient

ANSWER_SECONDS = 5  # for a question
WORK_SECONDS = 60  # for a container to be made or removed
DEFAULT_ADDRESS = (
    "npipe:////./pipe/docker_engine" if sys.platform == "win32" else "unix:///var/run/docker.sock"
)
ADVICE = "`docker info` shows what Docker says; LABKIT_RUNTIME=embedded needs no Docker"


@contextmanager
def daemon(timeout: int = WORK_SECONDS) -> Iterator[DockerClient]:
    """Open a client of the daemon that DOCKER_HOST, or else Docker's current context, names.

    Args:
        timeout: seconds that the daemon may be silent.

    Raises:
        StartError: it does not answer, or refuses us, now or while the client is open.
    """
    from docker.errors import DockerException
    from requests import RequestException
    from testcontainers.core.docker_client import DockerClient

    try:
        _knock(timeout)
        client = DockerClient(timeout=timeout).client
    except (DockerException, OSError) as error:
        raise StartError(f"{_in_words(error)}. {ADVICE}.") from error
    try:
        yield client
    except (DockerException, RequestException) as error:
        raise StartError(f"Docker failed: {reason_of(error)}. {ADVICE}.") from error
    finally:
        client.close()


def _knock(timeout: int) -> None:
    """Raise OSError if nobody is at the daemon's socket; docker-py would leave its own end open."""
    at = urlsplit(_address())
    if at.scheme == "unix":
        with socket.socket(socket.AF_UNIX) as knock:
            knock.settimeout(timeout)
            knock.connect(at.path)


def _address() -> str:
    from testcontainers.core.docker_client import get_docker_host

    return get_docker_host() or DEFAULT_ADDRESS


def published_at() -> tuple[str, str]:
    """Return the address to publish ports on at the daemon's machine, and its name seen from here.

    That is loopback, unless the daemon is on another machine, where loopback is not ours.
    """
    remote = urlsplit(_address()).hostname
    if remote in (None, "localhost", HOST):
        return HOST, HOST
    return "0.0.0.0", str(remote)  # noqa: S104 - the only way to it


def reason_of(error: Exception) -> str:
    """Return what the daemon said, without the request it said it to."""
    return str(getattr(error, "explanation", None) or error).strip().rstrip(".")


def _in_words(error: BaseException) -> str:
    """Return why nobody answered: the innermost cause tells, the wrappers around it do not."""
    where, cause = _address(), error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    match cause:
        case PermissionError():
            return f"this user may not use Docker at {where} (permission denied)"
        case FileNotFoundError() | ConnectionRefusedError():
            return f"no Docker daemon answers at {where}"
        case TimeoutError():
            return f"Docker at {where} did not answer in time"
        case _:
            return f"Docker at {where} cannot be used ({reason_of(Exception(str(error)))})"
