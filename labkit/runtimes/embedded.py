"""The embedded runtime: OpenBao from its wheel, our engine as its plugin, moto beside."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from labkit.errors import StartError
from labkit.machine import listeners, openbao
from labkit.machine.folders import full_disk, own_folder
from labkit.machine.open_files import require_open_files
from labkit.machine.ports import HOST, free_port, require_loopback
from labkit.runtimes import bao, killed_labs
from labkit.runtimes.endpoints import Endpoints
from labkit.runtimes.process import ServerProcess
from labkit.runtimes.server_environment import server_environment
from labkit.vault.client import connect

if TYPE_CHECKING:
    import psutil

AWS_TOKEN_VARIABLE = "LABKIT_AWS_TOKEN"  # noqa: S105 - a variable's name


class Embedded:
    """Vault and AWS as processes on loopback; nothing but `pip` is needed.

    Args:
        persistent: keep Vault's storage in files, so that `stop_vault` and `start_vault` work.
        vault_port: port to insist on for Vault; None takes a free one.
        aws_port: the same for the AWS API.
    """

    name = "embedded"
    shared = False
    shows_plugins = True

    def __init__(
        self,
        *,
        persistent: bool = False,
        vault_port: int | None = None,
        aws_port: int | None = None,
    ) -> None:
        self.persistent = persistent
        self._wanted_ports = (vault_port, aws_port)
        self._folder: Path | None = None
        self._lock: IO[str] | None = None
        self._keys: bao.InitKeys | None = None
        self._vault: ServerProcess | None = None
        self._aws: ServerProcess | None = None
        self._vault_port = self._aws_port = 0

    def start(self) -> Endpoints:
        """Start both servers side by side; raise StartError with the log's end if one fails."""
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> Endpoints:
        from labkit.aws.admin import AwsAdmin

        openbao.binary()
        require_open_files()
        require_loopback()
        self._vault_port, self._aws_port = (free_port(wanted) for wanted in self._wanted_ports)
        self._folder = own_folder(os.environ)
        self._lock = killed_labs.hold(self._folder)
        killed_labs.sweep(self._folder.parent)
        aws_token = secrets.token_urlsafe(24)
        self._aws = self._start_aws(aws_token)
        self.start_vault()
        self._aws.wait_until(AwsAdmin(self._aws_url, aws_token).is_ready)
        return Endpoints(
            vault_url=self._vault_url,
            root_token=self._known_keys.root_token,
            aws_url=self._aws_url,
            aws_url_for_vault=self._aws_url,
            aws_token=aws_token,
            audit_log=str(bao.audit_log(self._home)),
        )

    def stop(self) -> None:
        """Stop both servers and remove their folder; a part that fails does not keep the others."""
        with ExitStack() as stack:
            stack.callback(self._remove_folder)
            stack.callback(self._stop_aws)
            stack.callback(self.stop_vault)

    def _stop_aws(self) -> None:
        if self._aws is not None:
            self._aws.stop()
            self._aws = None
        for port in (self._vault_port, self._aws_port):
            listeners.release(port)

    def _remove_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def audit_log(self) -> Path:
        """Return the file that Vault writes its audit log to."""
        return bao.audit_log(self._home)

    def start_vault(self) -> None:
        """Start Vault, initialise it the first time, and unseal it.

        Raises:
            StartError: Vault did not start, or another process has taken its port.
        """
        free_port(self._vault_port)
        config = bao.write_config(self._home, port=self._vault_port, persistent=self.persistent)
        self._vault = ServerProcess(
            "bao",
            [openbao.binary(), "server", f"-config={config}"],
            folder=self._home,
            env=self._environment(),
        )
        self._guard(self._vault, "bao", self._vault_port)
        client = connect(self._vault_url)
        self._vault.wait_until(lambda: bao.is_listening(client))
        if self._keys is None:
            self._keys = bao.initialize(client)
        bao.unseal(client, self._keys)
        self._vault.wait_until(lambda: bao.is_active(client))
        client.token = self._keys.root_token
        bao.register_engine(client, self._home)

    def unseal_vault(self) -> None:
        """Unseal Vault, and wait until it serves requests. Idempotent.

        Raises:
            StartError: Vault is stopped, or did not get ready.
        """
        process, client = self._running_vault, connect(self._vault_url)
        bao.unseal(client, self._known_keys)
        process.wait_until(lambda: bao.is_active(client))

    def vault_process(self) -> psutil.Process:
        """Return the process of the server; raise StartError if it does not run."""
        import psutil

        [server] = psutil.Process(self._running_vault.pid).children()
        return server

    def stop_vault(self) -> None:
        """Stop Vault and its plugin; with `persistent=True` its storage stays."""
        if self._vault is not None:
            self._guard(None, "bao", self._vault_port)
            self._vault.stop()
            self._vault = None

    def install_plugin(self, name: str, script: Path | str) -> None:
        """Let Vault run a Python script as a secrets engine of its own, with labkit at hand.

        `vault secrets enable <name>` mounts it. A script that changed is run anew by
        `PUT sys/plugins/reload/backend`.

        Args:
            name: the engine's type, as `secrets enable` takes it.
            script: ends in `labkit.servers.plugin.serve.serve(...)`.

        Raises:
            StartError: there is no such script, or the lab is stopped.
        """
        found = Path(script).resolve()
        if not found.is_file():
            raise StartError(f"The plugin {name} is to run {found}, but there is no such file.")
        client = connect(self._vault_url, self._known_keys.root_token)
        bao.register_plugin(client, self._home, name, bao.python_command(str(found)))

    def _start_aws(self, token: str) -> ServerProcess:
        server = ServerProcess(
            "aws",
            [sys.executable, "-P", "-m", "labkit.servers.aws", "--port", str(self._aws_port)],
            folder=self._home,
            env=self._environment() | {AWS_TOKEN_VARIABLE: token},
        )
        self._guard(server, "aws", self._aws_port)
        return server

    def _environment(self) -> dict[str, str]:
        return server_environment(self._home, os.environ, aws_url=self._aws_url)

    def _guard(self, server: ServerProcess | None, name: str, port: int) -> None:
        """Let only this server receive what the lab sends to a port; None: nobody, for now."""
        pid = server.pid if server else None
        trouble = partial(full_disk, self._home)
        listeners.guard(port, listeners.Guard(name, pid, trouble))

    @property
    def _vault_url(self) -> str:
        return f"http://{HOST}:{self._vault_port}"

    @property
    def _aws_url(self) -> str:
        return f"http://{HOST}:{self._aws_port}"

    @property
    def _home(self) -> Path:
        if self._folder is None:
            raise StartError("This lab is stopped. Start a new one with Lab.start().")
        return self._folder

    @property
    def _running_vault(self) -> ServerProcess:
        if self._vault is None:
            raise StartError("Vault is stopped. Start it with start_vault().")
        return self._vault

    @property
    def _known_keys(self) -> bao.InitKeys:
        if self._keys is None:
            raise StartError("Vault was not initialised. Start a new lab with Lab.start().")
        return self._keys
