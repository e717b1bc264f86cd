"""What the README says can be typed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.__main__ import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.integration
@pytest.mark.parametrize("snippet", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_a_snippet_runs(snippet: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", snippet], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr
    cells, actions = done.stdout.splitlines()
    assert cells == "('gone', 'gone', 'AuthFailure', 'InvalidAccessKeyId')"
    assert "CreateUser" in actions
    assert "DeleteUser" in actions


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z]+)[` ]", README))))
def test_a_target_exists_and_is_described(target: str) -> None:
    assert re.search(rf"^{target}:.* ## \w", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"python -m labkit (\w+)", README))))
def test_a_command_exists(command: str) -> None:
    assert command in COMMANDS


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^):]+)\)", README))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_notebook_is_in_the_table() -> None:
    for path in ROOT.glob("notebooks/*.ipynb"):
        assert f"](notebooks/{path.name})" in README
