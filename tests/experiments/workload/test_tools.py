"""The tools of notebook 13, each for real; skipped aloud where `make tools` was not run.

`.ci/run` does not install them: that takes minutes. There, what happens without them is tested.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import Lab
from labkit.evidence.analyse.jobs import Finished
from labkit.experiments.workload.tools import FOLDER_VARIABLE, find_tools
from labkit.flow import steps

ROOT = Path(__file__).parents[3]
PROGRAMS = ROOT / "notebooks" / "applications" / "tools"


def run(lab: Lab, name: str, programs: Path = PROGRAMS) -> Finished:
    """Run a tool, or skip with the reason why it cannot run here."""
    found = find_tools(programs)
    if name in found.skipped:
        pytest.skip(found.skipped[name])
    return lab.jobs({name: found.commands[name]})[name]


def changed(name: str, before: str, after: str, folder: Path) -> Path:
    """Return a folder with a changed copy of a program."""
    text = (PROGRAMS / name).read_text()
    assert before in text
    (folder / name).write_text(text.replace(before, after))
    return folder


def counts(found: Finished) -> tuple[int, int, int, int, int]:
    """Return logins and IAM users made; tokens, leases and IAM users left."""
    job = found.job
    assert job.status == 0, job.message
    return found.logins, len(found.users), job.tokens, job.leases, job.users


@pytest.fixture
def short(lab: Lab) -> Iterator[Lab]:
    """Return the lab with leases that are shorter than five minutes."""
    steps.configure_lease(lab.setting, "40s", "80s")
    yield lab
    steps.configure_lease(lab.setting, "1h", "2h")


@pytest.mark.integration
@pytest.mark.parametrize("name", ["ansible", "javascript", "cli"])
def test_a_tool_makes_one_user_and_leaves_everything(lab: Lab, name: str) -> None:
    assert counts(run(lab, name)) == (1, 1, 1, 1, 1)


@pytest.mark.integration
def test_the_javascript_sdk_makes_more_users_than_calls_of_short_leases(short: Lab) -> None:
    found = run(short, "javascript")

    assert len(found.users) > 3
    assert found.job.users == len(found.users)


@pytest.mark.integration
def test_javascript_leaves_nothing_if_it_revokes_its_token(lab: Lab, tmp_path: Path) -> None:
    end = "}\nmain();"
    revoked = changed("javascript.cjs", end, f"  await vault.tokenRevokeSelf();\n{end}", tmp_path)

    assert counts(run(lab, "javascript", revoked)) == (1, 1, 0, 0, 0)


def test_without_the_tools_each_is_skipped_with_a_reason(tmp_path: Path) -> None:
    found = find_tools(PROGRAMS, {FOLDER_VARIABLE: str(tmp_path), "PATH": os.environ["PATH"]})

    assert found.commands == {}
    assert set(found.skipped) == {"ansible", "javascript", "cli"}
    assert all("not installed" in reason for reason in found.skipped.values())
    assert all("run `make tools`" in reason for reason in found.skipped.values())
    assert [row[1].startswith("skipped: ") for row in found.table.rows] == [True] * 3


def test_without_node_javascript_is_skipped_although_its_packages_are_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "node_modules" / "node-vault").mkdir(parents=True)

    found = find_tools(PROGRAMS, {FOLDER_VARIABLE: str(tmp_path), "PATH": str(tmp_path)})

    assert found.skipped["javascript"].startswith("Node.js is not installed")


def test_make_puts_the_tools_where_they_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/checkout/.venv")
    [made] = set(re.findall(r"-m venv \$\(VENV\)/(\w+)\n", (ROOT / "Makefile").read_text()))

    command = find_tools(PROGRAMS, {"PATH": ""}).tools[0].command

    assert f"/checkout/.venv/{made}/bin/ansible-playbook" in command
