"""Run Vault's command line against a lab: `vault` if it is installed, else `bao`."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from labkit.errors import LabError
from labkit.machine import openbao
from labkit.machine.folders import own_folder
from labkit.machine.package import SERVERS
from labkit.redact import redact_output, redact_text, remember
from labkit.redact.known import hide_values
from labkit.vault.cli_output import Command, without_secrets

TIMEOUT_SECONDS = 60
LONGEST_VALUE = 96 * 1024  # bytes; the operating system refuses variables above 128 KiB
SHORTEST_LOCAL = 4  # characters of a secret to hide in the output of the script that read it
INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "TZ")


class CliOutput(str):
    """What a script printed. As a string it holds the secrets; its repr hides them.

    A notebook shows the repr. The values of a KV secret are hidden too.
    """

    _shown: str

    def __new__(cls, text: str, shown: str | None = None) -> CliOutput:
        """Make an output; `shown` is the text without its secrets, worked out if omitted."""
        output = super().__new__(cls, text)
        output._shown = redact_output(text) if shown is None else shown
        return output

    def __repr__(self) -> str:
        """Return the text as a reader may see it."""
        return redact_text(self._shown)


class CliError(LabError):
    """The command line failed, or could not be started; the message quotes its own."""


def run_script(
    script: str,
    env: Mapping[str, str],
    mounts: Callable[[], Mapping[str, str]] = dict,
    *,
    timeout: float = TIMEOUT_SECONDS,
) -> tuple[int, CliOutput]:
    """Run a shell script in which `vault` and `bao` are the real command line.

    Args:
        script: lines for `sh`; here-documents work.
        env: variables for the script. Of this process's own only PATH and the locale are added.
        mounts: returns the type of the engine at each mount's path; called after the script.
        timeout: seconds after which the script is ended.

    Returns:
        The exit status of the first command that failed, else 0; and everything that was printed.

    Raises:
        CliError: a variable or the script cannot be handed on, or the script was not done in time.
    """
    _refuse_unfit(script, env)
    folder = own_folder(os.environ, prefix="labkit-cli-")
    try:
        status, text = _run(_write(folder, script), _environment(folder, env), timeout)
        return status, CliOutput(text.rstrip("\n"), _shown(text, _records(folder), mounts))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binary() -> str:
    """Return the command line to use; raise StartError if there is none."""
    return shutil.which("vault") or openbao.binary()


def _refuse_unfit(script: str, env: Mapping[str, str]) -> None:
    if "\0" in script:
        raise CliError("The script holds a NUL character, which no shell accepts. Remove it.")
    for name, value in env.items():
        if "\0" in value:
            raise CliError(f"${name} holds a NUL character, which no command line accepts.")
        if _bytes(name, value) > LONGEST_VALUE:
            raise CliError(
                f"${name} is longer than {LONGEST_VALUE // 1024} KiB, which a command line does "
                "not accept. Write it to a file, and name the file with @."
            )


def _bytes(name: str, value: str) -> int:
    try:
        return len(os.fsencode(value))
    except UnicodeEncodeError as error:
        raise CliError(
            f"${name} holds a character that cannot be encoded: {error.reason}"
        ) from None


def _write(folder: Path, script: str) -> Path:
    """Write the script, and `vault` and `bao` as commands that record what they print."""
    (folder / "records").mkdir()
    recorder = [sys.executable, "-I", "-S", str(SERVERS / "record_command.py"), binary()]
    command = f'#!/bin/sh\nexec {shlex.join([*recorder, str(folder / "records")])} "$@"\n'
    for name in ("vault", "bao"):
        (folder / name).write_text(command)
        (folder / name).chmod(0o700)
    file = folder / "script"
    file.write_text(f"{script}\n", errors="surrogateescape")
    return file


def _environment(folder: Path, env: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    own = {
        "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH') or os.defpath}",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "NO_PROXY": "*",
    }
    return inherited | dict(env) | own


def _run(script: Path, env: Mapping[str, str], timeout: float) -> tuple[int, str]:
    """Run the script in a process group of its own, so that nothing of it outlives the time-out."""
    process = subprocess.Popen(
        ["/bin/sh", "-e", str(script)],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        text, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise CliError(
            f"The command line was not done in {timeout:.0f} s and was ended. "
            "Look whether Vault answers (`vault status`)."
        ) from None
    finally:
        _end(process)
    return process.returncode, text


def _end(process: subprocess.Popen[str]) -> None:
    """Kill what is left of a process group, and release its pipe."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _records(folder: Path) -> list[dict[str, object]]:
    return [json.loads(file.read_text()) for file in sorted((folder / "records").iterdir())]


def _shown(
    text: str, records: list[dict[str, object]], mounts: Callable[[], Mapping[str, str]]
) -> str:
    """Return the text without the secrets that its commands printed; remember these secrets."""
    types = mounts() if records else {}
    secrets: list[str] = []
    for record in records:
        command = Command.from_record(record, types)
        hidden, found = without_secrets(command)
        text = text.replace(command.output, hidden) if found else text
        secrets += found
    remember(*secrets)
    local = [value for value in secrets if len(value) >= SHORTEST_LOCAL]
    return redact_output(hide_values(text, local)).rstrip("\n")
