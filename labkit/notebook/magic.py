"""`%vault` and `%%vault`: the command line's own lines in a notebook, against the lab.

    %vault secrets list
    %vault --as application read aws/creds/my-ec2-role
    role_id = %vault read -field=role_id auth/approle/role/aws-app/role-id

    %%vault --fails
    vault lease renew $lease_id

A cell is a shell script in which `vault` is the real command line; the notebook's own strings are
variables of the script. `--as NAME` names an hvac client of the notebook whose token is used, the
administrator's if none. `--fails` says that the command must fail; a failure that was not
announced is an error, and so is a success that was.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.connection import Servers
from labkit.listeners import check_url
from labkit.vault.cli import CliError, CliOutput, run_script

if TYPE_CHECKING:
    import hvac
    from IPython.core.interactiveshell import InteractiveShell


@dataclass(frozen=True)
class Options:
    """What stands before the command.

    Args:
        client: name of the notebook's hvac client to act as; empty is the administrator.
        fails: whether the command must fail.
        rest: the command.
    """

    client: str
    fails: bool
    rest: str


def options(line: str) -> Options:
    """Split a magic's line into its options and the command; raise CliError for a stray option."""
    client, fails = "", False
    rest = line.strip()
    while rest.startswith("--"):
        name, _, rest = rest.partition(" ")
        if name == "--as":
            client, _, rest = rest.strip().partition(" ")
        elif name == "--fails":
            fails = True
        else:
            raise CliError(f"%vault has no option {name}; it has --as NAME and --fails.")
        rest = rest.strip()
    return Options(client, fails, rest)


def run(script: str, chosen: Options, names: Mapping[str, Any]) -> CliOutput:
    """Run a script as the chosen identity and return what it printed.

    Raises:
        CliError: it failed, or did not though it was to; the message is the command line's own.
    """
    status, output = run_script(script, _strings(names) | _access(chosen, names))
    if (status != 0) != chosen.fails:
        seen = f"ended with status {status}" if status else "succeeded, though it was to fail"
        raise CliError(f"`vault` {seen}:\n{output!r}")
    return output


def _strings(names: Mapping[str, Any]) -> dict[str, str]:
    """Return the notebook's own strings; IPython's start with an underscore."""
    return {
        name: value
        for name, value in names.items()
        if isinstance(value, str) and not name.startswith("_")
    }


def _access(chosen: Options, names: Mapping[str, Any]) -> dict[str, str]:
    lab = Servers.current()
    client: hvac.Client = names.get(chosen.client) if chosen.client else lab.vault
    if client is None or not hasattr(client, "token"):
        raise CliError(f"--as {chosen.client}: the notebook has no hvac client of that name.")
    url = lab.endpoints.vault_url
    check_url(url)
    token = client.token or ""
    return {"VAULT_ADDR": url, "BAO_ADDR": url, "VAULT_TOKEN": token, "BAO_TOKEN": token}


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give a notebook the magics (`%load_ext labkit`)."""

    def vault(line: str, cell: str | None = None) -> CliOutput:
        chosen = options(line)
        script = f"vault {chosen.rest}" if cell is None else cell
        if cell is not None and chosen.rest:
            raise CliError(f"%%vault takes only options beside it, not {shlex.quote(chosen.rest)}.")
        return run(script, chosen, shell.user_ns)

    shell.register_magic_function(vault, "line_cell", "vault")  # type: ignore[arg-type] # IPython's
