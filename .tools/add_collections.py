"""Add two collections to this Python's ansible-core, from the package `ansible`.

The whole package has 21,000 files. Ansible's own client for collections needs a server of its own.
"""

import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

ANSIBLE = "ansible>=12.3,<15"  # the releases that go with the bounds of ansible-core
WANTED = ("ansible_collections/community/hashi_vault/", "ansible_collections/amazon/aws/")


def main() -> None:
    """Download the package, and unpack the wanted collections where ansible-core looks."""
    with tempfile.TemporaryDirectory() as folder:
        download = ("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
        subprocess.run([sys.executable, *download, "--dest", folder, ANSIBLE], check=True)
        [wheel] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            wanted = [name for name in packed.namelist() if name.startswith(WANTED)]
            packed.extractall(sysconfig.get_path("purelib"), wanted)


main()
