"""Measure the notebooks: `python -m tests.bench.notebooks`.

Their strict test on two processors, against what they cannot but wait: what every progress bar of a
committed notebook says, and every sleep in its code.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat

from tests.bench.figures import Figure, report

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS = 180.0
FLAGS = re.findall(r"^NBVAL := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
BAR = re.compile(r"[\d.]+ of ([\d.]+) s")
SLEEP = re.compile(r"sleep\(client, (\d+)\)|(?:seconds|_keys)=(\d+(?:\.\d+)?)\)")


def unavoidable_seconds(path: Path) -> float:
    """Return what a notebook waits, as its outputs and its code tell."""
    cells = [one for one in nbformat.read(path, as_version=4).cells if one.cell_type == "code"]
    shown = [out.get("data", {}).get("text/plain", "") for one in cells for out in one.outputs]
    bars = [float(found) for text in shown for found in BAR.findall(text)]
    sleeps = [float(a or b) for one in cells for a, b in SLEEP.findall(one.source)]
    return sum(bars + sleeps)


def strict_test_seconds() -> float:
    """Return how long the strict test of all notebooks takes."""
    command = [sys.executable, "-m", "pytest", *FLAGS, "-q", "-n", "2", "--dist", "loadscope"]
    start = time.monotonic()
    subprocess.run(
        [*command, "notebooks"],
        cwd=ROOT,
        env=os.environ | {"LABKIT_RUNTIME": "embedded", "LABKIT_STORM_LEASES": "400"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - start


def main() -> int:
    waits = sum(unavoidable_seconds(path) for path in ROOT.glob("notebooks/*.ipynb"))
    took = strict_test_seconds()
    share = f"{took / waits:.2f} of the {waits:.0f} s that they wait, one after the other"
    return report("Notebooks", [Figure(f"all: {share}", took, LIMIT_SECONDS, "s")])


if __name__ == "__main__":
    sys.exit(main())
