"""The command line: `python -m labkit run|up|status|env|down|doctor`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from labkit.errors import LabError

FAILED, INTERRUPTED = 1, 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    chosen = vars(_parser().parse_args(arguments))
    try:
        COMMANDS[chosen.pop("command")](**chosen)
    except LabError as error:
        Console(stderr=True).print(f"labkit: {error}", markup=False, highlight=False)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m labkit", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the whole flow and write its evidence")
    run.add_argument("--out", type=Path, default=Path("out"), help="where files are written")
    up = commands.add_parser("up", help="leave a lab standing")
    up.add_argument("--through", help="the last step to replay; none without")
    commands.add_parser("status", help="say whether a lab stands")
    commands.add_parser("env", help='print its exports: eval "$(python -m labkit env)"')
    down = commands.add_parser("down", help="end the standing lab")
    down.add_argument("--all", action="store_true", help="and remove what killed labs left")
    commands.add_parser("doctor", help="say which runtimes are possible here, and why not")
    keep = commands.add_parser("keep")  # what `up` runs in the background
    keep.add_argument("folder", type=Path)
    keep.add_argument("through", nargs="?")
    return parser


def run(out: Path) -> None:
    """Run the whole flow."""
    from labkit.commands import report

    report.run(out, Console())


def up(through: str | None) -> None:
    """Leave a lab standing."""
    from labkit.commands import background

    background.up(through)
    status()
    print('To use it in this shell: eval "$(python -m labkit env)"')  # noqa: T201


def status() -> None:
    """Say what stands."""
    from labkit.commands import background

    state = background.state()
    print(f"{state.lab}, held by process {state.pid}")  # noqa: T201


def env() -> None:
    """Print the exports; in a terminal, where they would be seen, without the secrets."""
    from labkit.commands import background
    from labkit.commands.environment import as_shell, hidden

    exports = background.state().exports
    print(as_shell(hidden(exports) if sys.stdout.isatty() else exports))  # noqa: T201


def down(*, all: bool) -> None:  # noqa: A002 - the option's name
    """End what stands; with `--all`, also remove what killed labs left in Docker."""
    from labkit.commands import background

    if not all:
        background.down()
        return
    if background.is_up():
        background.down()
    from labkit.runtimes.docker import leftovers
    from labkit.runtimes.docker.daemon import daemon

    with daemon() as client:
        print(f"removed from Docker: {leftovers.sweep(client)} containers and networks")  # noqa: T201


def doctor() -> None:
    """Say which runtimes are possible here, and why not."""
    from labkit.runtimes.choice import choose, examine

    for finding in examine(os.environ):
        verdict = "possible" if finding.possible else "not possible"
        print(f"{finding.runtime:<11} {verdict}: {finding.reason}")  # noqa: T201
    print(f"the lab would use: {choose(os.environ).runtime}")  # noqa: T201


def keep(folder: Path, through: str | None) -> None:
    """Hold a standing lab until SIGTERM."""
    from labkit.commands import background

    background.keep(folder, through)


COMMANDS: dict[str, Callable[..., None]] = {
    "run": run,
    "up": up,
    "status": status,
    "env": env,
    "down": down,
    "doctor": doctor,
    "keep": keep,
}

if __name__ == "__main__":
    sys.exit(main())
