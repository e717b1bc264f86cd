"""The container images of the lab: their pinned tags, and getting them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.display.progress import progress_bar
from labkit.errors import StartError
from labkit.runtimes.docker.daemon import reason_of

if TYPE_CHECKING:
    from docker import DockerClient

PULL_SECONDS = 300.0
BAR = "{desc}: {bar:20}| {n_fmt} of {total_fmt}"


@dataclass(frozen=True)
class Image:
    """An image of the lab.

    Args:
        variable: the environment variable that names another image to use.
        pinned: the image without it.
    """

    variable: str
    pinned: str

    def name(self, env: Mapping[str, str]) -> str:
        """Return the image to use."""
        return env.get(self.variable) or self.pinned


VAULT = Image("LABKIT_VAULT_IMAGE", "hashicorp/vault:1.21.4")
AWS = Image("LABKIT_AWS_IMAGE", "motoserver/moto:5.2.5")  # the version in requirements.txt


def needed(env: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the images that a lab cannot do without."""
    return (VAULT.name(env), AWS.name(env))


def is_present(client: DockerClient, name: str) -> bool:
    """Whether the daemon has the image already."""
    from docker.errors import ImageNotFound

    try:
        client.images.get(name)
    except ImageNotFound:
        return False
    return True


def refusal(client: DockerClient, name: str) -> str:
    """Ask the daemon whether an image can be pulled; return why not, or "" if it can.

    Nothing is pulled: the daemon only looks into its registry (`GET /distribution/NAME/json`).
    """
    from docker.errors import DockerException
    from requests import RequestException

    try:
        client.api.inspect_distribution(name)
    except (DockerException, RequestException) as error:
        return f"Docker has no image {name} and cannot pull it ({reason_of(error)})"
    return ""


def pull(
    client: DockerClient,
    name: str,
    *,
    at_most: float = PULL_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Pull an image, with a progress bar in a terminal and in a notebook.

    Args:
        client: of the daemon that pulls.
        name: the image with its tag.
        at_most: seconds after which to give up.
        clock: monotonic seconds.

    Raises:
        StartError: the registry refused, fell silent, or took too long.
    """
    from docker.errors import DockerException
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    deadline = clock() + at_most
    try:
        events = _progress(client.api.pull(name, stream=True, decode=True))
        with progress_bar(f"pulling {name}", BAR, unit="B", unit_scale=True) as bar:
            for bar.n, bar.total in events:
                bar.refresh()
                if clock() > deadline:
                    raise StartError(f"Pulling {name} took over {at_most:.0f} s. {_advice(name)}")
    except (DockerException, RequestException, HTTPError) as error:
        raise StartError(f"Pulling {name} failed: {reason_of(error)}. {_advice(name)}") from error


def _advice(name: str) -> str:
    return f"Run `docker pull {name}`, or use LABKIT_RUNTIME=embedded, which needs no image."


def _progress(events: Iterator[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Return, event by event, the bytes that all layers have and will have."""
    from docker.errors import DockerException

    layers: dict[str, tuple[int, int]] = {}
    for event in events:
        if "error" in event:
            raise DockerException(event["error"])
        detail = event.get("progressDetail") or {}
        if event.get("status") == "Downloading" and detail.get("total"):
            layers[event["id"]] = (detail["current"], detail["total"])
        yield sum(done for done, _ in layers.values()), sum(total for _, total in layers.values())
