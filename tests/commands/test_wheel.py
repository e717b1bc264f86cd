"""The wheel, installed away from the checkout, sets the whole flow up."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.commands.standing import clean_environment

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


def test_the_wheel_takes_every_step_away_from_the_checkout(tmp_path: Path) -> None:
    """The dependencies are those of this environment: only labkit itself is installed anew."""
    source, venv = tmp_path / "source", tmp_path / "venv"
    tracked = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"],  # noqa: S607 - the system's git
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [name for name in tracked.split("\0") if name]
    for name in names:
        if name.startswith("labkit/") or "/" not in name:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    python(sys.executable, "-m", "venv", "--without-pip", str(venv))
    installed = venv / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    options = ["--no-deps", "--target", str(installed)]
    python(sys.executable, *PIP, "install", *options, str(source))
    here = next(path for path in sys.path if path.endswith("site-packages"))
    (installed / "dependencies.pth").write_text(f"{here}\n")

    labkit = [str(venv / "bin/python"), "-P", "-m", "labkit"]
    env = clean_environment(tmp_path / "runtime")
    run = partial(subprocess.run, cwd=tmp_path, env=env, capture_output=True, text=True)
    whole_flow = run([*labkit, "run"], check=False)
    up = run([*labkit, "up", "--through", "approle"], check=False)
    lab = run([*labkit, "lab"], check=False)
    down = run([*labkit, "down"], check=False)

    assert whole_flow.returncode == 0, whole_flow.stderr
    assert "after revocation" in whole_flow.stdout
    assert up.returncode == 0, up.stderr
    assert "steps done: engine, list, root, role, policies, approle" in up.stdout
    assert "installed without them" in lab.stderr
    assert down.returncode == 0, down.stderr
    where = [str(venv / "bin/python"), "-c", "import labkit; print(labkit.__file__)"]
    printed = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert printed.stdout.startswith(str(installed))
    of_labkit = [name for name in names if name.startswith("labkit/")]
    assert [name for name in of_labkit if not (installed / name).exists()] == []


def python(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
