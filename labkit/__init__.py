"""labkit: a thin helper for the notebooks on Vault's dynamic AWS credentials."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.attempts import attempt
    from labkit.errors import LabError
    from labkit.lab import Lab

__all__ = ["Lab", "LabError", "attempt"]


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython is not imported here
    """Give a notebook the magics `%vault` and `%%vault` (`%load_ext labkit`)."""
    from labkit import magic

    magic.load_ipython_extension(shell)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes have no common type
    """Import a public name when it is first used.

    The plugin and the AWS server run in processes of their own and must not load the lab.
    """
    homes = {"Lab": "labkit.lab", "LabError": "labkit.errors", "attempt": "labkit.attempts"}
    if name not in homes:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}")
    return getattr(import_module(homes[name]), name)
