"""The clients of a workload: processes that get nothing but environment variables."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from labkit.errors import LabError
from labkit.evidence.analyse.workload import PREFIX
from labkit.evidence.model.uses import Use
from labkit.experiments.workload.preparing import ROLE_ID, WRAPPED, WorkloadEnvironment, deliver
from labkit.machine import openbao
from labkit.machine.folders import own_folder
from labkit.runtimes.process import ServerProcess
from labkit.runtimes.server_environment import server_environment

NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
LINE = re.compile(r"(?P<time>\d{10}\.\d+) (?P<outcome>[\w.]+)")
Program = str | Path | Sequence[str]


def command(name: str, program: Program) -> list[str]:
    """Return the command line of a client.

    Args:
        name: the client's name.
        program: a Python file, or a command line.

    Raises:
        LabError: the name cannot be part of a user's name, or there is no such file.
    """
    if not NAME.fullmatch(name):
        raise LabError(
            f"Client {name!r}: a name has lower-case letters, digits and hyphens, at most 20."
        )
    if not isinstance(program, str | Path):
        return list(program)
    if not (found := Path(program).resolve()).is_file():
        raise LabError(f"Client {name} is to run {found}, but there is no such file.")
    return [sys.executable, str(found)]


@contextmanager
def home() -> Iterator[Path]:
    """Make a folder for the clients' folders, and remove it at the end of the block."""
    folder = own_folder(os.environ, "labkit-workload-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start(name: str, line: Sequence[str], where: WorkloadEnvironment, home: Path) -> ServerProcess:
    """Start a client in a folder of its own; it ends with this process at the latest."""
    folder = home / name
    folder.mkdir(mode=0o700)
    deliver(where, name, folder)
    env = environment(name, folder, where)
    return ServerProcess(name, line, folder=folder, env=env, cwd=folder)


def environment(name: str, folder: Path, where: WorkloadEnvironment) -> dict[str, str]:
    """Return all environment variables of a client."""
    approle = where.names.approle_mount
    own = {
        "VAULT_ADDR": where.vault_url,
        "VAULT_APPROLE_MOUNT": approle,
        "VAULT_ROLE_ID_FILE": str(folder / ROLE_ID),
        "VAULT_WRAPPED_SECRET_ID_FILE": str(folder / WRAPPED),
        "VAULT_SECRET_ID_PATH": f"auth/{approle}/role/{PREFIX}{name}/secret-id",
        "VAULT_CREDS_PATH": where.prefix(name),
        "AWS_ENDPOINT_URL": where.aws_url,
        "AWS_DEFAULT_REGION": where.operator.region_name,
        "BUCKET": where.bucket,
        "XDG_RUNTIME_DIR": str(folder),
        "PYTHONUNBUFFERED": "1",
        "PATH": f"{Path(openbao.binary()).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    if where.namespace:
        own["VAULT_NAMESPACE"] = where.namespace
    return server_environment(folder, os.environ, aws_url=where.aws_url) | own


def read(name: str, log: Path) -> Iterator[Use]:
    """Return the calls that a client printed: lines of a time and an outcome."""
    for line in log.read_text(errors="replace").splitlines():
        if found := LINE.fullmatch(line.strip()):
            yield Use(float(found["time"]), name, found["outcome"])
