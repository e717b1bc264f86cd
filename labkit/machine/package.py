"""Where this package is: what runs in processes of its own is started by its file."""

from pathlib import Path

PACKAGE_HOME = Path(__file__).resolve().parents[2]
SERVERS = PACKAGE_HOME / "labkit" / "servers"
