"""labkit: a thin helper for the notebooks on Vault's dynamic AWS credentials."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit import plots
    from labkit.aws.trying import attempt
    from labkit.display.waiting import wait_until
    from labkit.errors import LabError
    from labkit.flow import steps
    from labkit.lab import Lab
    from labkit.servers.aws.api.fault import Fault
    from labkit.vault import leases
    from labkit.vault.leases import Credentials

__all__ = [
    "Credentials",
    "Fault",
    "Lab",
    "LabError",
    "attempt",
    "leases",
    "plots",
    "steps",
    "wait_until",
]

_HOMES = {
    "Credentials": "labkit.vault.leases",
    "Fault": "labkit.servers.aws.api.fault",
    "Lab": "labkit.lab",
    "LabError": "labkit.errors",
    "attempt": "labkit.aws.trying",
    "leases": "labkit.vault",
    "steps": "labkit.flow",
    "wait_until": "labkit.display.waiting",
}


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython is not imported here
    """Register the magics `%vault` and `%%vault` (`%load_ext labkit`)."""
    from labkit.notebook import magic

    magic.load_ipython_extension(shell)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes have no common type
    """Import a public name at its first use.

    The plugin and the AWS server run in processes of their own and must not load the lab.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}")
    home = _HOMES[name]
    try:
        return import_module(f"{home}.{name}")
    except ModuleNotFoundError:
        return getattr(import_module(home), name)
