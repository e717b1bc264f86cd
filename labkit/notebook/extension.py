"""What `%load_ext labkit` adds to a notebook: `%vault`, `%%vault`, and outputs without secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.notebook.hiding import hide_secrets_in

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from labkit.vault.cli import CliOutput


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Add the magics to a notebook and redact what it shows."""
    from IPython.core.magic import no_var_expand

    @no_var_expand  # the shell expands $name: IPython would paste values into the script
    def vault(line: str, cell: str | None = None) -> CliOutput:
        """Run `vault` against the lab: `%vault [--as NAME] [--fails] COMMAND`, or a cell."""
        from labkit.notebook.magic import run_magic

        return run_magic(line, cell, shell.user_ns)

    shell.register_magic_function(vault, "line_cell", "vault")  # type: ignore[arg-type] # IPython's
    hide_secrets_in(shell)
