"""`labkit shell`: the user's shell, with the standing lab's variables."""

from __future__ import annotations

import os

from labkit.commands import background, environment, foreground
from labkit.commands.vault_on_path import with_tools


def run() -> int:
    """Run $SHELL on the standing lab, with `bao` and `vault` on its PATH; return its status.

    Raises:
        LabError: no lab stands.
    """
    folder = background.default_folder()
    found = environment.changes(background.state(folder), folder, os.environ)
    with with_tools(found.applied_to(os.environ)) as env:
        print("This shell uses the standing lab; `exit` leaves it, `labkit down` ends the lab.")  # noqa: T201
        return foreground.run([os.environ.get("SHELL") or "/bin/sh"], env)
