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
from labkit.runtimes import bao, folders_of_killed_labs
from labkit.runtimes.endpoints import Endpoints
from labkit.runtimes.process import ServerProcess
from labkit.runtimes.server_environment import server_environment
from labkit.vault.client import connect

if TYPE_CHECKING:
    import psutil

AWS_TOKEN_VARIABLE = "LABKIT_AWS_TOKEN"  # noqa: S105 - a variable's name
VAULT, AWS = "bao", "aws"


class Embedded:
    """Vault and AWS as processes on loopback; nothing but `pip` is needed.

    Args:
        persistent: keep Vault's storage in files, so that `stop_vault` and `start_vault` work.
    """

    name = "embedded"
    shared = False
    outlives_lab = False
    shows_plugins = True

    def __init__(self, *, persistent: bool = False) -> None:
        self.persistent = persistent
        self._folder: Path | None = None
        self._lock: IO[str] | None = None
        self._keys: bao.InitKeys | None = None
        self._running: dict[str, ServerProcess] = {}
        self._ports = {VAULT: 0, AWS: 0}

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
        self._ports = {VAULT: free_port(), AWS: free_port()}
        self._folder = own_folder(os.environ)
        self._lock = folders_of_killed_labs.hold(self._folder)
        folders_of_killed_labs.sweep(self._folder.parent)
        aws_token, aws_url = secrets.token_urlsafe(24), self._url(AWS)
        server = [sys.executable, "-P", "-m", "labkit.servers.aws", "--port", str(self._ports[AWS])]
        aws = self._run(AWS, server, **{AWS_TOKEN_VARIABLE: aws_token})
        self.start_vault()
        aws.wait_until(AwsAdmin(aws_url, aws_token).is_ready)
        return Endpoints(
            vault_url=self._url(VAULT),
            root_token=self._known_keys.root_token,
            aws_url=aws_url,
            aws_url_for_vault=aws_url,
            aws_token=aws_token,
            audit_log=str(self.audit_log()),
        )

    def stop(self) -> None:
        """Stop both servers and remove their folder; a part that fails does not keep the others."""
        with ExitStack() as stack:
            stack.callback(self._remove_folder)
            stack.callback(self._stop_aws)
            stack.callback(self.stop_vault)

    def _stop_aws(self) -> None:
        self._end(AWS)
        for port in self._ports.values():
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
        port = free_port(self._ports[VAULT])
        config = bao.write_config(self._home, port=port, persistent=self.persistent)
        process = self._run(VAULT, [openbao.binary(), "server", f"-config={config}"])
        client = connect(self._url(VAULT))
        process.wait_until(lambda: bao.is_listening(client))
        if self._keys is None:
            self._keys = bao.initialize(client)
        self.unseal_vault()
        client.token = self._keys.root_token
        bao.register_engine(client, self._home)

    def unseal_vault(self) -> None:
        """Unseal Vault (`sys/unseal`), and wait until it serves requests. Idempotent.

        Raises:
            StartError: Vault is stopped, or did not get ready.
        """
        process, client = self._running_vault, connect(self._url(VAULT))
        client.sys.submit_unseal_key(key=self._known_keys.unseal_key)
        process.wait_until(lambda: bao.is_active(client))

    def vault_process(self) -> psutil.Process:
        """Return the process of the server; raise StartError if it does not run."""
        import psutil

        [server] = psutil.Process(self._running_vault.pid).children()
        return server

    def stop_vault(self) -> None:
        """Stop Vault and its plugin; with `persistent=True` its storage stays."""
        self._end(VAULT)

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
        client = connect(self._url(VAULT), self._known_keys.root_token)
        bao.register_plugin(client, self._home, name, bao.python_command(str(found)))

    def _run(self, name: str, command: list[str], **more: str) -> ServerProcess:
        """Start a server with more variables; only it receives what the lab sends to its port."""
        env = server_environment(self._home, os.environ, aws_url=self._url(AWS))
        server = ServerProcess(name, command, folder=self._home, env=env | more)
        self._running[name] = server
        self._guard(name, server.pid)
        return server

    def _end(self, name: str) -> None:
        """Stop a server if it runs; first, let nobody receive what the lab sends to its port."""
        if name in self._running:
            self._guard(name, None)
            self._running[name].stop()
            del self._running[name]

    def _guard(self, name: str, pid: int | None) -> None:
        guard = listeners.Guard(name, pid, partial(full_disk, self._home))
        listeners.guard(self._ports[name], guard)

    def _url(self, name: str) -> str:
        return f"http://{HOST}:{self._ports[name]}"

    @property
    def _home(self) -> Path:
        if self._folder is None:
            raise StartError("This lab is stopped. Start a new one with Lab.start().")
        return self._folder

    @property
    def _running_vault(self) -> ServerProcess:
        if VAULT not in self._running:
            raise StartError("Vault is stopped. Start it with start_vault().")
        return self._running[VAULT]

    @property
    def _known_keys(self) -> bao.InitKeys:
        if self._keys is None:
            raise StartError("Vault was not initialised. Start a new lab with Lab.start().")
        return self._keys
