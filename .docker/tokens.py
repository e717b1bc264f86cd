"""The tokens that the services of docker-compose.yml share, in a volume of their own.

`tokens.py make` writes those that are not there yet: given by the environment (.env), or random.
`tokens.py run COMMAND...` runs a command with them in its environment.
"""

import os
import secrets
import sys
from pathlib import Path

FOLDER = Path("/run/labkit")
VARIABLES = ("VAULT_TOKEN", "LABKIT_AWS_TOKEN")


def make() -> None:
    """Write the tokens; those of servers that run already stay."""
    for name in VARIABLES:
        file, given = FOLDER / name, os.environ.get(name)
        if given or not file.exists():
            file.write_text(given or secrets.token_hex(20))


def run(*command: str) -> None:
    """Become the command."""
    os.environ.update({name: (FOLDER / name).read_text() for name in VARIABLES})
    os.execvp(command[0], command)  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    {"make": make, "run": run}[sys.argv[1]](*sys.argv[2:])
