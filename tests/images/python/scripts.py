"""Write the commands of the installed packages to /usr/local/bin, as pip does."""

from importlib.metadata import entry_points
from pathlib import Path

TEXT = """#!/usr/bin/python3
import sys
from {module} import {attribute}
sys.exit({attribute}())
"""

for command in entry_points(group="console_scripts"):
    script = Path("/usr/local/bin", command.name)
    script.write_text(TEXT.format(module=command.module, attribute=command.attr))
    script.chmod(0o755)
