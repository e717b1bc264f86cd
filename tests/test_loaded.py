"""The helper is thin: what a notebook of the flow loads can be read in a day."""

import os
import subprocess
import sys

import pytest

from tests.loaded import LIMIT, SHOW_FILES, code_lines, total

FLOW = """
import matplotlib
matplotlib.use("agg")
from labkit import Lab, attempt, plots, steps
from matplotlib import pyplot

lab = Lab.start(through="approle")
credentials, lease = lab.issue(vault=lab.application())
lab.proof("after issue", lease)
attempt(lambda: lab.aws(credentials).client("s3").list_buckets())
lab.renew(lease)
lab.revoke(lease)
lab.story(lease)
plots.lease_lifetimes(lab.lifetimes(), pyplot.gca())
lab.check.revoked_at_once()
lab.stop()
"""


@pytest.mark.integration
def test_the_flow_with_its_pictures_loads_less_than_5000_lines() -> None:
    result = subprocess.run(
        [sys.executable, "-c", FLOW + SHOW_FILES],
        env=os.environ | {"LABKIT_RUNTIME": "embedded"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr

    files = [line for line in result.stdout.splitlines() if line.endswith(".py")]
    assert any(file.endswith("labkit/plots/lifetimes.py") for file in files)
    assert total(files) < LIMIT


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("", 0),
        ('"""Only\na docstring."""\n', 0),
        ("# a comment\n\nx = 1  # and another\n", 1),
        ('def f():\n    """Return."""\n    return [\n        1,\n    ]\n', 4),
        ('x = """a text\n\nof three lines"""\n', 3),
        ('class C:\n    """A class."""\n\n    x: int\n    """No docstring."""\n', 3),
    ],
)
def test_only_lines_with_code_are_counted(source: str, lines: int) -> None:
    assert code_lines(source) == lines
