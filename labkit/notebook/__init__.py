"""What a notebook adds to the lab: %vault, and the checks of the exercises."""

from typing import TYPE_CHECKING

from labkit.later import Later

if TYPE_CHECKING:
    from labkit.notebook.checks.checks import Checks
    from labkit.notebook.learning import Learning
else:  # imported when they are used
    Checks = Later("labkit.notebook.checks.checks:Checks")
    Learning = Later("labkit.notebook.learning:Learning")

__all__ = ["Checks", "Learning"]
