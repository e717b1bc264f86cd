"""labkit: a thin helper for the notebooks on Vault's dynamic AWS credentials.

What it offers, and where it is, stands in `__init__.pyi`.
"""

from typing import Any

from labkit.later import names_of_stub

# The plugin and the AWS server run in processes of their own and must not load the lab
__getattr__, __dir__ = names_of_stub(__name__, __file__)


def load_ipython_extension(shell: Any) -> None:  # noqa: ANN401 - IPython is not imported here
    """Register the magics `%vault` and `%%vault` (`%load_ext labkit`)."""
    from labkit.notebook import extension

    extension.load_ipython_extension(shell)
