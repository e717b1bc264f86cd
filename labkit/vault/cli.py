"""The real command line of Vault, run against a lab: `vault` if it is installed, else the `bao`."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from labkit.errors import LabError
from labkit.redact import redact_output
from labkit.runtimes import bao

TIMEOUT_SECONDS = 60


class CliOutput(str):
    """What a command printed; shown with its secrets hidden, though the text itself holds them."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text as a reader may see it."""
        return redact_output(self)


class CliError(LabError):
    """The command line did not end as it should have; the message is its own."""


def run_script(script: str, env: Mapping[str, str]) -> tuple[int, CliOutput]:
    """Run a shell script in which `vault` is the real command line.

    Args:
        script: lines for `sh`; here-documents work.
        env: variables for the script besides this process's own, VAULT_ADDR and VAULT_TOKEN first.

    Returns:
        The exit status of the first command that failed, else 0; and everything that was printed.

    Raises:
        CliError: the script was not done in a minute.
    """
    with tempfile.TemporaryDirectory(prefix="labkit-cli-") as folder:
        Path(folder, "vault").symlink_to(binary())
        variables = os.environ | {"HOME": folder} | dict(env)
        variables["PATH"] = f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        try:
            done = subprocess.run(
                ["/bin/sh", "-e", "-c", script],
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise CliError(f"`vault` was not done in {TIMEOUT_SECONDS} s: {script}") from error
    return done.returncode, CliOutput(done.stdout.rstrip("\n"))


def binary() -> str:
    """Return the command line to use; raise StartError if there is none."""
    return shutil.which("vault") or bao.binary()
