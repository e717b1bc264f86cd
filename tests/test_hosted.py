"""The files with which Binder and a devcontainer give an attendee a lab."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DEVCONTAINER = ROOT / ".devcontainer"


@pytest.fixture
def dockerfile(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the Dockerfile that repo2docker makes of this repository."""
    from repo2docker.buildpacks import PythonBuildPack

    monkeypatch.chdir(ROOT)
    pack = PythonBuildPack(base_image="buildpack-deps:22.04")
    pack.platform = "linux/amd64"
    assert pack.detect()
    return str(pack.render(build_args={}))


def _python_allowed(version: str) -> bool:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    least = project["requires-python"].removeprefix(">=")
    return [int(part) for part in version.split(".")] >= [int(part) for part in least.split(".")]


@pytest.mark.filterwarnings("ignore:pythonjsonlogger:DeprecationWarning")
def test_binder_installs_labkit_after_it_has_copied_the_repository(dockerfile: str) -> None:
    lines = dockerfile.splitlines()
    [install] = [n for n, line in enumerate(lines) if '-r ".binder/requirements.txt"' in line]
    copies = [n for n, line in enumerate(lines) if re.match(r"COPY .* src/ \$\{REPO_DIR\}", line)]

    assert "--editable ." in (ROOT / ".binder" / "requirements.txt").read_text().splitlines()
    assert copies
    assert copies[0] < install


@pytest.mark.filterwarnings("ignore:pythonjsonlogger:DeprecationWarning")
def test_binder_starts_the_lab_in_the_container_itself(dockerfile: str) -> None:
    start = ROOT / ".binder" / "start"
    shown = subprocess.run(
        [start, "printenv", "LABKIT_RUNTIME"], capture_output=True, text=True, check=True
    )

    assert "/.binder/start" in dockerfile
    assert os.access(start, os.X_OK)
    assert shown.stdout == "embedded\n"


def test_binder_has_a_python_that_labkit_allows() -> None:
    name, version = (ROOT / ".binder" / "runtime.txt").read_text().strip().split("-")

    assert name == "python"
    assert _python_allowed(version)


def test_the_devcontainer_installs_labkit_for_a_user_who_is_not_root() -> None:
    config = json.loads((DEVCONTAINER / "devcontainer.json").read_text())
    dockerfile = (DEVCONTAINER / config["build"]["dockerfile"]).read_text()
    [version] = re.findall(r"^FROM python:([\d.]+)$", dockerfile, re.MULTILINE)
    command, target = config["postCreateCommand"].split()

    assert _python_allowed(version)
    assert re.search(rf"useradd .*\b{config['remoteUser']}$", dockerfile, re.MULTILINE)
    assert command == "make"
    make = shutil.which(command)
    assert make
    asked = subprocess.run([make, "-n", "-B", target], cwd=ROOT, capture_output=True, check=True)
    assert b"pip install" in asked.stdout
    assert config["containerEnv"] == {"LABKIT_RUNTIME": "embedded"}
