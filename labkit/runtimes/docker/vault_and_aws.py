"""The two containers of a lab: what runs in them, when they are ready, what they say if not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network
from testcontainers.core.wait_strategies import WaitStrategy
from testcontainers.core.waiting_utils import WaitStrategyTarget

from labkit.aws.admin import AwsAdmin
from labkit.errors import StartError
from labkit.machine.package import SERVERS
from labkit.redact import redact_text
from labkit.runtimes import bao
from labkit.runtimes.docker import owner_labels
from labkit.runtimes.docker.daemon import WORK_SECONDS, published_at
from labkit.vault.client import connect

VAULT_PORT, AWS_PORT = 8200, 5000
AWS_ALIAS = "aws"
AUDIT_LOG = "/vault/logs/audit.log"
AWS_HOME = "/opt/labkit"
AWS_SERVER = SERVERS / "aws"
READY_SECONDS, POLL_SECONDS = 60, 0.05
LOG_LINES = 15

for _module in ("container", "docker_client"):  # it would write into a notebook's outputs
    logging.getLogger(f"testcontainers.core.{_module}").setLevel(logging.WARNING)


class AnswerWaitStrategy(WaitStrategy):
    """Ready once a server answers; not ready at all once its container has ended.

    Args:
        ready: asks the server that listens at a URL.
        port: where it listens inside its container.
    """

    def __init__(self, ready: Callable[[str], bool], port: int) -> None:
        super().__init__()
        self._ready, self._port = ready, port
        self.with_startup_timeout(READY_SECONDS).with_poll_interval(POLL_SECONDS)

    def wait_until_ready(self, container: WaitStrategyTarget) -> None:
        """Poll until then; raise TimeoutError that says what was seen."""
        if not self._poll(lambda: self._look(container)):
            seen = "ended at start" if self._has_ended(container) else "was not ready in time"
            raise TimeoutError(seen)

    def _look(self, container: WaitStrategyTarget) -> bool:
        if self._has_ended(container):
            raise StopIteration
        return self._ready(url(container, self._port))

    def _has_ended(self, container: WaitStrategyTarget) -> bool:
        container.reload()
        return container.status in ("exited", "dead")


@dataclass(frozen=True)
class LabNetwork:
    """Where a lab's containers are.

    Args:
        network: the lab's own network.
        owner: whose they are (`labkit.runtimes.docker.owner_labels`).
    """

    network: Network
    owner: str


def vault(image: str, place: LabNetwork, root_token: str) -> DockerContainer:
    """Return Vault's development server, not started; its image has the AWS engine built in.

    Args:
        image: `hashicorp/vault`, or one that keeps its contract.
        place: where it shall be.
        root_token: what the root token shall be.
    """
    # The image's entrypoint asks for IPC_LOCK.
    container = _container(image, place, "vault", VAULT_PORT, cap_add=["IPC_LOCK"])
    container.with_env("VAULT_DEV_ROOT_TOKEN_ID", root_token)
    container.with_env("VAULT_DEV_LISTEN_ADDRESS", f"0.0.0.0:{VAULT_PORT}")
    return container.waiting_for(
        AnswerWaitStrategy(lambda at: bao.is_active(connect(at)), VAULT_PORT)
    )


def aws(image: str, place: LabNetwork, token: str) -> DockerContainer:
    """Return moto behind our journal, not started; our server is copied into moto's image.

    Args:
        image: `motoserver/moto`, or one with moto for `python3`.
        place: where it shall be.
        token: the admin token of the AWS side.
    """
    server = ["python3", "-m", "labkit.servers.aws", "--host", "0.0.0.0"]  # noqa: S104
    container = _container(
        image, place, AWS_ALIAS, AWS_PORT, entrypoint=server, working_dir=AWS_HOME
    )
    container.with_env("LABKIT_AWS_TOKEN", token)
    container.with_copy_into_container(AWS_SERVER, f"{AWS_HOME}/labkit/servers")
    container.with_command(["--port", str(AWS_PORT)])
    return container.waiting_for(
        AnswerWaitStrategy(lambda at: AwsAdmin(at, token).is_ready(), AWS_PORT)
    )


def start(container: DockerContainer) -> None:
    """Start a container and wait until its server answers.

    Raises:
        StartError: its server ended or never answered; the message ends with its log.
    """
    try:
        container.start()
    except TimeoutError as error:
        raise StartError(f"{container.image} {error}.{_log_tail(container)}") from None


def url(container: WaitStrategyTarget, port: int) -> str:
    """Return where a server's port is published, as this process sees it."""
    published = container.get_wrapped_container().ports[f"{port}/tcp"]
    return f"http://{published_at()[1]}:{published[0]['HostPort']}"


def _container(
    image: str,
    place: LabNetwork,
    alias: str,
    port: int,
    **more: Any,  # noqa: ANN401 - what Docker takes besides
) -> DockerContainer:
    """Return a container with a port on loopback; testcontainers would publish it everywhere."""
    container = DockerContainer(
        image,
        docker_client_kw={"timeout": WORK_SECONDS},
        network=place.network,
        network_aliases=[alias],
        labels={owner_labels.LABEL: place.owner},
        use_config_proxy=False,  # a proxy of this machine cannot reach the other container
        **more,
    )
    address = (published_at()[0], None)
    container.ports[f"{port}/tcp"] = address  # type: ignore[assignment] # Docker takes both
    return container


def _log_tail(container: DockerContainer) -> str:
    lines = container.get_wrapped_container().logs(tail=LOG_LINES).decode(errors="replace").strip()
    return f" Its log ends:\n{redact_text(lines)}" if lines else " Its log is empty."
