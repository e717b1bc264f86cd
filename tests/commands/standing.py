"""The command line as a user types it, with a folder for the standing lab of the test's own."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from labkit.commands import background
from labkit.errors import LabError

LABKIT = str(Path(sys.executable).with_name("labkit"))


def clean_environment(runtime_folder: Path) -> dict[str, str]:
    """Return this process's environment without what leads to a Vault or to AWS."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VAULT_", "BAO_", "AWS_", "LABKIT_"))
    }
    runtime_folder.mkdir(mode=0o700, exist_ok=True)
    path = f"{Path(LABKIT).parent}{os.pathsep}{os.environ['PATH']}"
    wanted = {"XDG_RUNTIME_DIR": str(runtime_folder), "LABKIT_RUNTIME": "embedded", "PATH": path}
    return kept | wanted


def folder_of(env: Mapping[str, str]) -> Path:
    """Return the folder of the standing lab in an environment."""
    return Path(env["XDG_RUNTIME_DIR"], "labkit")


def labkit(
    env: Mapping[str, str], *arguments: str, seconds: float = 90
) -> "subprocess.CompletedProcess[str]":
    """Run a command of the lab to its end."""
    return subprocess.run(
        [LABKIT, *arguments],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


@contextmanager
def standing_lab(env: Mapping[str, str], *arguments: str) -> Iterator[None]:
    """Have a lab stand while the block runs."""
    done = labkit(env, "up", *arguments)
    assert done.returncode == 0, done.stderr
    try:
        yield
    finally:
        with suppress(LabError):
            background.down(Path(env["XDG_RUNTIME_DIR"], "labkit"))
