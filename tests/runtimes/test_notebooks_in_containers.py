"""The notebooks, with Vault and AWS in containers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docker import image_variables, left

ROOT = Path(__file__).parents[2]
FLAGS = re.findall(r"^NBVAL := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0]
IN_PAIRS = ("-n", "2", "--dist", "loadscope")
NOTEBOOKS = [
    str(path)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
    if r"runtime=\"embedded\"" not in path.read_text()  # it would run as it does elsewhere
]


@pytest.mark.integration
def test_the_notebooks_show_the_same_in_containers() -> None:
    images = image_variables()  # skips where there is no Docker
    before = left()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *FLAGS.split(), *IN_PAIRS, *NOTEBOOKS],
        cwd=ROOT,
        env=os.environ | images | {"LABKIT_RUNTIME": "containers"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-5000:]
    assert left() - before == set()
