"""`%vault` and `%%vault`: the command line's own lines in a notebook, against the lab.

    %vault secrets list
    %vault --as application read aws/creds/my-ec2-role
    role_id = %vault read -field=role_id auth/approle/role/aws-app/role-id

    %%vault --fails
    vault lease renew $lease_id

A cell is a shell script in which `vault` is the real command line. The script can use the
notebook's strings and numbers as `$name`. `--as NAME` names an hvac client of the notebook, whose
token is used instead of the administrator's. `--fails` says that the command must fail; an
unexpected failure is an error, and so is an unexpected success.

The script gets no VAULT_*, BAO_* or proxy variable of this process. Its output is shown without
secrets, the values of KV secrets included; assigned to a variable, it holds them in full.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.machine.listeners import check_url
from labkit.notebook.current_lab import current
from labkit.vault.cli import CliError, CliOutput, run_script

if TYPE_CHECKING:
    import hvac

_USED = re.compile(r"\$\{?([A-Za-z_]\w*)")


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
        CliError: the script failed, or succeeded although `--fails` was given; the message quotes
            the command line's own.
    """
    env = variables(script, names) | _access(chosen, names)
    status, output = run_script(script, env, _mount_types)
    if (status != 0) != chosen.fails:
        seen = f"ended with status {status}" if status else "succeeded, though it was to fail"
        raise CliError(f"`vault` {seen}:\n{output!r}")
    return output


def variables(script: str, names: Mapping[str, Any]) -> dict[str, str]:
    """Return the notebook's strings and numbers that a script uses as `$name` or `${name}`.

    IPython's own names start with an underscore and are left out.

    Raises:
        CliError: a name that the script uses is a list, a lease or another object, not a text.
    """
    used = [name for name in _USED.findall(script) if name in names and not name.startswith("_")]
    return {name: str(names[name]) for name in used if _is_text(name, names, script)}


def _is_text(name: str, names: Mapping[str, Any], script: str) -> bool:
    value = names[name]
    if isinstance(value, str | int | float):
        return True
    if re.search(rf"\b{name}=|\bread\b.*\b{name}\b|\bfor {name}\b", script):
        return False  # a variable of the script's own
    raise CliError(
        f"${name} is of type {type(value).__name__}, but a command line takes text. "
        f"Assign the text to a name of its own, and use that name."
    )


def _mount_types() -> dict[str, str]:
    """Return the type of the engine at each mount's path; empty if Vault does not say."""
    from hvac.exceptions import VaultError
    from requests.exceptions import RequestException

    try:
        mounts = current().root.sys.list_mounted_secrets_engines()["data"]
    except (LabError, RequestException, VaultError):
        return {}
    return {path: mount["type"] for path, mount in mounts.items()}


def _access(chosen: Options, names: Mapping[str, Any]) -> dict[str, str]:
    lab = current()
    client: hvac.Client = names.get(chosen.client) if chosen.client else lab.vault
    if client is None or not hasattr(client, "token"):
        raise CliError(f"--as {chosen.client}: the notebook has no hvac client of that name.")
    url, namespace = lab.endpoints.vault_url, lab.endpoints.namespace
    check_url(url)
    token = client.token or ""
    access = {"VAULT_ADDR": url, "BAO_ADDR": url, "VAULT_TOKEN": token, "BAO_TOKEN": token}
    return access | {"VAULT_NAMESPACE": namespace, "BAO_NAMESPACE": namespace}


def run_magic(line: str, cell: str | None, names: Mapping[str, Any]) -> CliOutput:
    """Run a line `%vault ...`, or a cell `%%vault`, and return what it printed.

    Args:
        line: what stands beside the magic.
        cell: the script below it; None for a line.
        names: the notebook's variables.

    Raises:
        CliError: an option is unknown, or the script failed unexpectedly.
    """
    chosen = options(line)
    if cell is None:
        return run(f"vault {chosen.rest}", chosen, names)
    if chosen.rest:
        raise CliError(f"%%vault takes only options beside it, not {shlex.quote(chosen.rest)}.")
    return run(cell, chosen, names)
