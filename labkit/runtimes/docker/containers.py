"""The containers runtime: HashiCorp's Vault and moto in Docker, through testcontainers."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from docker.errors import DockerException
from requests import RequestException
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from labkit.errors import LabError, StartError
from labkit.machine.ports import require_loopback
from labkit.runtimes.docker import devserver, images, owner_labels, reaper, vault_and_aws
from labkit.runtimes.docker.daemon import daemon, reason_of
from labkit.runtimes.docker.reaper import Reaper
from labkit.runtimes.endpoints import Endpoints
from labkit.runtimes.folders_of_killed_labs import hold

STARTED_AT_ONCE = 3  # Vault, AWS, Ryuk


class Containers:
    """Vault and AWS in two containers of one network, published on loopback.

    Args:
        env: may name other images (`labkit.runtimes.docker.images`).
    """

    name = "containers"
    shared = False
    outlives_lab = False
    shows_plugins = False

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._folder: Path | None = None
        self._lock: IO[str] | None = None
        self._reaper: Reaper | None = None
        self._containers: list[DockerContainer] = []

    def start(self) -> Endpoints:
        """Start both containers side by side; raise StartError with the log's end if one fails."""
        try:
            return self._start()
        except (DockerException, RequestException) as error:
            self.stop()
            raise StartError(
                f"Docker could not start the lab: {reason_of(error)}. `docker info` and "
                "`docker ps` show its state; LABKIT_RUNTIME=embedded needs no Docker."
            ) from error
        except BaseException:
            self.stop()
            raise

    def _start(self) -> Endpoints:
        require_loopback()
        with daemon() as client:
            owner_labels.sweep(client)
            self._folder = Path(tempfile.mkdtemp(prefix="labkit-")).resolve()
            self._lock = hold(self._folder)
        # 40 characters, so that `labkit.redact` takes them for secrets, wherever they turn up
        root_token, aws_token = secrets.token_hex(20), secrets.token_hex(20)
        vault, aws = self._start_both(root_token, aws_token)
        vault_url = vault_and_aws.url(vault, vault_and_aws.VAULT_PORT)
        devserver.prepare(vault_url, root_token, vault_and_aws.AUDIT_LOG)
        return Endpoints(
            vault_url=vault_url,
            root_token=root_token,
            aws_url=vault_and_aws.url(aws, vault_and_aws.AWS_PORT),
            aws_url_for_vault=f"http://{vault_and_aws.AWS_ALIAS}:{vault_and_aws.AWS_PORT}",
            aws_token=aws_token,
        )

    def _start_both(
        self, root_token: str, aws_token: str
    ) -> tuple[DockerContainer, DockerContainer]:
        owner = owner_labels.owner_of(self._home)
        with self._watched(owner) as pool:
            place = vault_and_aws.LabNetwork(_create_network(owner), owner)
            vault = vault_and_aws.vault(images.VAULT.name(self._env), place, root_token)
            aws = vault_and_aws.aws(images.AWS.name(self._env), place, aws_token)
            self._containers = [vault, aws]
            starts = [pool.submit(vault_and_aws.start, one) for one in self._containers]
        for start in starts:
            start.result()
        return vault, aws

    @contextmanager
    def _watched(self, owner: str) -> Iterator[ThreadPoolExecutor]:
        """Start Ryuk while the rest is made; at the end all that the pool was given is done."""
        with ThreadPoolExecutor(STARTED_AT_ONCE) as pool:
            watching = pool.submit(reaper.start, owner)
            try:
                yield pool
            finally:
                self._reaper = watching.result()

    def stop(self) -> None:
        """Remove the containers, their network and the lab's folder.

        Raises:
            LabError: Docker does not answer; the next start removes them then.
        """
        if self._folder is None:
            return
        owner, self._folder = owner_labels.owner_of(self._home), None
        for one in self._containers:
            one.get_docker_client().client.close()
        try:
            self._remove_all(owner)
        finally:
            # From now on others may remove what is still there.
            for held in (self._lock, self._reaper):
                if held is not None:
                    held.close()
            owner_labels.remove_folder(owner)

    def _remove_all(self, owner: str) -> None:
        try:
            with daemon() as client:
                owner_labels.remove(client, lambda found: found == owner)
                if self._reaper is not None:
                    self._reaper.remove(client)
        except StartError as error:
            raise LabError(
                f"The lab's containers could not be removed: {reason_of(error)}. Once Docker "
                "answers again, the next start or `labkit down --all` removes them."
            ) from error

    def audit_log(self) -> Path:
        """Copy Vault's audit log, as it stands now, out of its container; return the copy's path.

        Through Docker's API, for a bind mount is of no use with a Docker on another machine.
        """
        copy = self._home / "audit.log"
        self._containers[0].copy_from_container(vault_and_aws.AUDIT_LOG, copy)
        return copy

    @property
    def _home(self) -> Path:
        if self._folder is None:
            raise StartError("This lab is stopped. Start a new one with Lab.start().")
        return self._folder


def _create_network(owner: str) -> Network:
    """Create the lab's own network."""
    network = Network(docker_network_kw={"labels": {owner_labels.LABEL: owner}})
    try:
        return network.create()
    finally:
        network._docker.client.close()  # noqa: SLF001 - testcontainers leaves its socket open
