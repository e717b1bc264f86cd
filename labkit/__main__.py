"""The command line `labkit`; `python -m labkit` is the same."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit.errors import LabError

FAILED, INTERRUPTED = 1, 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = _parse(arguments)
    try:
        return chosen.pop("command")(**chosen) or 0
    except LabError as error:
        _say(str(error))
        return FAILED
    except KeyboardInterrupt:
        _say("interrupted. `labkit status` tells whether a lab stands.")
        return INTERRUPTED


def _say(text: str) -> None:
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(f"labkit: {text}", markup=False, highlight=False)


def _parse(arguments: list[str] | None) -> dict[str, Any]:
    parser = _parser()
    known, options = parser.parse_known_args(arguments)
    chosen = vars(known)
    if chosen["command"] is lab:
        return chosen | {"options": options}
    if options:
        parser.error(f"unrecognized arguments: {' '.join(options)}")
    return chosen


def _parser() -> argparse.ArgumentParser:
    from labkit.flow import steps

    parser = argparse.ArgumentParser(prog="labkit", description="Run the lab from a shell.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(command: Callable[..., int | None], **words: Any) -> Callable[..., Any]:  # noqa: ANN401 - argparse's
        added = commands.add_parser(command.__name__, **words)
        added.set_defaults(command=command)
        return added.add_argument

    option = add(run, help="run the whole flow and write its evidence")
    option("--out", type=Path, default=Path("out"), help="where files are written")
    add(
        lab,
        help="open JupyterLab on copies of the notebooks in work/",
        epilog="All options are passed on to `jupyter lab`.",
    )
    option = add(reset, help="replace copies in work/ by the original notebooks")
    option("names", nargs="*", help="notebooks, like 03; without names, all")
    option("--yes", action="store_true", help="do not ask")
    option = add(attendee, help="write the notebooks without solutions")
    option("--out", type=Path, default=Path("out/attendee"), help="the folder")
    option = add(verify, help="check the signature of a certificate")
    option("certificate", type=Path, help="the file that lab.certificate() wrote")
    option = add(up, help="start a lab that stands until `labkit down`")
    names = ", ".join(step.name for step in steps.SEQUENCE)
    option("--through", metavar="STEP", help=f"the last step to replay: {names}")
    add(status, help="show the standing lab")
    option = add(env, help='for sh, bash, dash, zsh: eval "$(labkit env)"')
    option("--unset", action="store_true", help="undo it")
    add(shell, help="open a shell, fish too, that uses the standing lab")
    option = add(down, help="end the standing lab")
    option("--all", action="store_true", help="and remove what killed labs left")
    add(sweep, help="remove what killed labs left on a Vault that others use")
    add(doctor, help="show which runtimes are possible here, and why not")
    option = add(
        credentials,
        help="a credential_process for AWS profiles",
        epilog="The environment: VAULT_ADDR, VAULT_NAMESPACE, and VAULT_TOKEN, or for AppRole "
        "VAULT_ROLE_ID_FILE and VAULT_WRAPPED_SECRET_ID_FILE.",
    )
    option("role", metavar="ROLE", help="role of the AWS secrets engine")
    option("--mount", default="aws", help="path of the engine (default: aws)")
    option("--approle", default="approle", help="path of the AppRole auth method")
    option = add(keep)  # `up` runs this in the background
    option("folder", type=Path)
    option("lock", type=int)
    option("through", nargs="?")
    return parser


def run(out: Path) -> None:
    """Run the whole flow."""
    from rich.console import Console

    from labkit.commands import report

    report.run(out, Console())


def lab(options: list[str]) -> int:
    """Open JupyterLab on copies of the notebooks."""
    from labkit.commands import jupyter

    return jupyter.lab(options)


def reset(names: list[str], *, yes: bool) -> None:
    """Replace copies of notebooks by the originals."""
    from labkit.commands import copies

    copies.reset(names, sure=(lambda _: True) if yes else _ask)


def attendee(out: Path) -> None:
    """Write the attendee's edition of the notebooks."""
    from labkit.commands import copies

    copies.write_attendees(out)
    print(f"The attendee's edition is in {out}. Open it: jupyter lab {out}")  # noqa: T201


def verify(certificate: Path) -> None:
    """Check the signature of a certificate and say what it certifies."""
    from labkit.notebook import certificate as certificates

    print(certificates.verify(certificate.read_text(encoding="utf-8")))  # noqa: T201


def _ask(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def up(through: str | None) -> None:
    """Start a lab that stands until `labkit down`."""
    from labkit.commands import background

    try:
        background.up(through)
    except KeyboardInterrupt:
        _say("interrupted; the lab was ended, and none stands.")
        raise SystemExit(INTERRUPTED) from None
    status()
    print('To use it in this shell: eval "$(labkit env)". To open a new shell: labkit shell')  # noqa: T201


def status() -> None:
    """Show the standing lab."""
    from labkit.commands import background

    state = background.state()
    print(f"{state.lab}, held by process {state.pid}")  # noqa: T201


def env(*, unset: bool) -> None:
    """Print lines for a shell to evaluate; a terminal shows them without the secrets."""
    from labkit.commands import background, environment

    if unset:
        found = environment.take_back(os.environ)
    else:
        folder = background.default_folder()
        found = environment.changes(background.state(folder), folder, os.environ)
    text = environment.as_shell(environment.hidden(found) if sys.stdout.isatty() else found)
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(f"{text}\n"))  # earlier values may be any bytes


def shell() -> int:
    """Open a shell that uses the standing lab."""
    from labkit.commands import foreground

    return foreground.shell()


def down(*, all: bool) -> None:  # noqa: A002 - the option's name
    """End the standing lab; with `--all`, also remove what killed labs left."""
    from labkit.commands import background

    if not all:
        background.down()
        return
    from labkit.commands import cleanup

    print("\n".join(cleanup.remove()))  # noqa: T201


def sweep() -> int:
    """Remove what killed labs left on the Vault and the AWS API that the environment names."""
    from labkit.ownership import removal

    outcomes = [*removal.sweep(os.environ)]
    print("\n".join(map(str, outcomes)) or "No lab left anything.")  # noqa: T201
    return 0 if all(swept.is_done for swept in outcomes) else FAILED


def doctor() -> None:
    """Show which runtimes are possible here, and why not."""
    from labkit.runtimes.choice import choose, examine

    for finding in examine(os.environ):
        verdict = "possible" if finding.possible else "not possible"
        print(f"{finding.runtime:<11} {verdict}: {finding.reason}")  # noqa: T201
    print(f"the lab would use: {choose(os.environ).runtime}")  # noqa: T201


def credentials(role: str, mount: str, approle: str) -> None:
    """Print a key of a Vault role in the form that AWS SDKs read from a `credential_process`."""
    from labkit.commands import credentials

    found = credentials.credentials(role, mount, os.environ, time.time, approle_mount=approle)
    print(found)  # noqa: T201


def keep(folder: Path, lock: int, through: str | None) -> None:
    """Hold a standing lab until it is asked to end."""
    from labkit.commands import keeper

    keeper.keep(folder, lock, through)


if __name__ == "__main__":
    sys.exit(main())
