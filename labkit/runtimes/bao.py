"""The OpenBao server of the embedded runtime: its configuration, its unsealing."""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.errors import StartError
from labkit.machine.package import PACKAGE_HOME
from labkit.machine.ports import HOST, free_port

if TYPE_CHECKING:
    import hvac

PLUGIN_VARIABLE = "LABKIT_AWS_PLUGIN"


@dataclass(frozen=True)
class InitKeys:
    """What initialising a server yields: it opens the server and everything in it."""

    unseal_key: str = field(repr=False)
    root_token: str = field(repr=False)


def write_config(folder: Path, *, port: int, persistent: bool) -> Path:
    """Write the server's configuration below `folder` and return the file's path.

    The audit device stands in the file, so that it is there from the first request on.
    """
    _plugins(folder).mkdir(exist_ok=True)
    path = folder / "bao.hcl"
    path.write_text(
        f"""
storage {_storage(folder, persistent=persistent)}
listener "tcp" {{
  address     = "{HOST}:{port}"
  tls_disable = true
}}
api_addr           = "http://{HOST}:{port}"
plugin_directory   = "{_plugins(folder)}"
audit "file" "lab" {{
  options {{ file_path = "{audit_log(folder)}" }}
}}
"""
    )
    return path


def audit_log(folder: Path) -> Path:
    """Return where the server of this folder writes its audit log."""
    return folder / "audit.log"


def _plugins(folder: Path) -> Path:
    return folder / "plugins"


def _storage(folder: Path, *, persistent: bool) -> str:
    """Return the storage stanza and what it needs: of the two kinds, only raft keeps data."""
    if not persistent:
        return '"inmem" {}\ndisable_clustering = true'
    data = folder / "raft"
    data.mkdir(exist_ok=True)
    stanza = f'path = "{data}"\n  node_id = "lab"\n  performance_multiplier = 1'
    return f'"raft" {{\n  {stanza}\n}}\ncluster_addr = "http://{HOST}:{free_port()}"'


def register_engine(client: hvac.Client, folder: Path) -> None:
    """Make the AWS engine known as the plugin `aws`: ours, or what LABKIT_AWS_PLUGIN names."""
    chosen = os.environ.get(PLUGIN_VARIABLE)
    if chosen and not os.access(chosen, os.X_OK):
        raise StartError(f"{PLUGIN_VARIABLE} names {chosen}, which is no executable file.")
    command = [chosen] if chosen else python_command("-m", "labkit.servers.aws_engine")
    register_plugin(client, folder, "aws", command)


def python_command(*arguments: str) -> list[str]:
    """Return the command that runs this Python, with labkit, on some arguments.

    An absolute path: the server may have no PATH.
    """
    return ["/usr/bin/env", f"PYTHONPATH={PACKAGE_HOME}", sys.executable, "-P", *arguments]


def register_plugin(client: hvac.Client, folder: Path, name: str, command: Sequence[str]) -> None:
    """Make a command known as a secrets engine (`PUT sys/plugins/catalog/secret/<name>`).

    Not in the configuration: there, the server would start it once more, at its initialisation.

    Args:
        client: of somebody who may register plugins.
        folder: the server's; what starts the command is written there.
        name: the engine's type, as `secrets enable` takes it.
        command: what the server runs for each mount.
    """
    # A script, because the server runs nothing that lies outside its plugin directory.
    launcher = _plugins(folder) / name
    launcher.write_text(f"#!/bin/sh\nexec {shlex.join(command)}\n")
    launcher.chmod(0o700)
    checksum = hashlib.sha256(launcher.read_bytes()).hexdigest()
    client.write_data(
        f"sys/plugins/catalog/secret/{name}", data={"command": name, "sha256": checksum}
    )


def is_listening(client: hvac.Client) -> bool:
    """Whether the server answers at all, sealed or not (`sys/health`)."""
    return _health(client) is not None


def initialize(client: hvac.Client) -> InitKeys:
    """Initialise a new server with one unseal key (`sys/init`)."""
    answer = client.sys.initialize(secret_shares=1, secret_threshold=1)
    return InitKeys(unseal_key=answer["keys"][0], root_token=answer["root_token"])


def is_active(client: hvac.Client) -> bool:
    """Whether the server is unsealed and serves requests (`sys/health` is 200)."""
    answer = _health(client)
    return isinstance(answer, dict) and not answer["sealed"] and not answer["standby"]


def _health(client: hvac.Client) -> Any:  # noqa: ANN401 - a dict if it is 200, else the response
    """Return the server's health; None if nobody listens, or Docker's proxy does for it."""
    from requests import RequestException

    try:
        return client.sys.read_health_status(method="GET")
    except RequestException:
        return None
