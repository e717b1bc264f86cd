"""Each documented way of using a lab, in each situation of the shell, works and spoils nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from labkit import Lab
from labkit.commands import background, environment
from labkit.machine.polling import happens_within
from labkit.runtimes.standing import Standing
from tests.docker import image_variables
from tests.ownership import inventory

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]

START = """
from labkit import Lab
with Lab.start(through="approle") as lab:
    _, lease = lab.issue(vault=lab.application())
    print(lab.runtime.name, lab.proof("after issue", lease).cells[2:])
"""
ATTACH = START.replace('Lab.start(through="approle")', "Lab.attach()")
TWICE = START + START
NOTEBOOK = ["-m", "nbconvert", "--to", "notebook", "--execute", "--stdout"]
WAYS = {
    "Lab.start": ["-c", START],
    "Lab.start twice": ["-c", TWICE],
    "Lab.attach": ["-c", ATTACH],
    "labkit run": ["-m", "labkit", "run"],
}
NOTEBOOKS = {
    f"notebook {path.stem}": [*NOTEBOOK, str(path.relative_to(ROOT))]
    for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
}
WAYS |= NOTEBOOKS
ROTATES_THE_ROOT_KEY = "notebook 02_configure_root_credentials"
DISABLES_THE_ENGINE = "notebook 04_generate_credentials"


def starts_own_servers(notebook: str) -> bool:
    """Return whether a notebook uses servers of its own, also where the user has a Vault."""
    source = (ROOT / NOTEBOOKS[notebook][-1]).read_text()
    return "alone=True" in source or r"runtime=\"embedded\"" in source


FRESH, STANDING, PREPARED, OWN_VAULT = "fresh", "standing", "standing prepared", "own Vault"
# The runtime that a lab has in the end: the one that was chosen, or the user's servers.
ROWS = [
    ("Lab.start", FRESH),
    ("Lab.start", STANDING),
    ("Lab.start", PREPARED),
    ("Lab.start", OWN_VAULT),
    ("Lab.start twice", PREPARED),
    ("Lab.start twice", OWN_VAULT),
    ("Lab.attach", PREPARED),
    ("labkit run", PREPARED),
    ("labkit run", OWN_VAULT),
    (ROTATES_THE_ROOT_KEY, PREPARED),
    (DISABLES_THE_ENGINE, PREPARED),
]
EMBEDDED, CONTAINERS = "embedded", "containers"
CASES = [
    *((runtime, *row) for runtime in (EMBEDDED, CONTAINERS) for row in ROWS),
    *(
        (EMBEDDED, notebook, OWN_VAULT)
        for notebook in NOTEBOOKS
        if notebook == ROTATES_THE_ROOT_KEY or not starts_own_servers(notebook)
    ),  # the Vault's runtime is no matter
]


@dataclass(frozen=True)
class Shell:
    """A shell in some situation.

    Args:
        env: its environment.
        standing: the lab that stands, or whose Vault is used; None if there is none.
    """

    env: Mapping[str, str]
    standing: Standing | None

    def state(self) -> dict[str, object]:
        """Return what the standing lab's servers hold."""
        if self.standing is None:
            return {}
        lab = _attached(self.standing)
        return {**inventory.of_vault(lab.root), **inventory.of_aws(lab.aws().client("iam"))}


def _attached(found: Standing) -> Lab:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("labkit.runtimes.standing.find", lambda _: found)
        return Lab.attach(alongside=True)


@pytest.fixture(scope="module")
def variables(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return the environment of a user who wants this runtime, or who has nothing else."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VAULT_", "BAO_", "AWS_", "LABKIT_"))
    }
    images = image_variables() if request.param == CONTAINERS else {}
    few = {"LABKIT_STORM_LEASES": "80"}  # of notebook 15
    fixed = {"LABKIT_RUNTIME": request.param, "LABKIT_PROGRESS": "off"}
    return clean | images | few | fixed


@pytest.fixture(scope="module")
def shells(
    variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Shell]]:
    """Return a shell for each situation."""
    folders = {name: tmp_path_factory.mktemp("labs") / "lab" for name in (STANDING, PREPARED)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "environ", dict(variables))
        try:
            empty = background.up(folder=folders[STANDING])
            prepared = background.up("approle", folder=folders[PREPARED])
            own = _of_own_vault(prepared, variables, tmp_path_factory.mktemp("state"))
            yield {
                FRESH: Shell(variables, None),
                STANDING: _led_to(empty, folders[STANDING], variables),
                PREPARED: _led_to(prepared, folders[PREPARED], variables),
                OWN_VAULT: Shell(own, prepared),
            }
        finally:
            for folder in folders.values():
                if background.is_up(folder):
                    background.down(folder)


def _led_to(found: Standing, folder: Path, variables: Mapping[str, str]) -> Shell:
    """Return the shell after `eval "$(labkit env)"`."""
    return Shell(environment.changes(found, folder, variables).applied_to(variables), found)


def _of_own_vault(found: Standing, variables: Mapping[str, str], state: Path) -> dict[str, str]:
    """Return the environment of a user who has a Vault and an AWS API, and no standing lab."""
    kept = {name: value for name, value in variables.items() if name != "LABKIT_RUNTIME"}
    return kept | environment.exports(found) | {"XDG_STATE_HOME": str(state)}


@pytest.mark.parametrize(
    ("variables", "way", "situation"),
    CASES,
    ids=[" - ".join(case) for case in CASES],
    indirect=["variables"],
    scope="module",
)
def test_it_works_and_leaves_the_servers_of_others_as_they_were(
    shells: dict[str, Shell], way: str, situation: str, tmp_path: Path
) -> None:
    shell = shells[situation]
    before = shell.state()
    command = [sys.executable, *WAYS[way]]
    if way == "labkit run":
        command += ["--out", str(tmp_path / "out")]

    done = subprocess.run(
        command, env=shell.env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240
    )

    assert done.returncode == 0, done.stderr[-3000:]
    # The lab that stands is meant to be used: its token logs in again.
    seen = _but_logins if way == "Lab.attach" else dict
    assert _settled(lambda: seen(shell.state()), seen(before)) == seen(before)
    if situation == PREPARED:
        _prove_that_it_issues(shell)


def _settled(look: Callable[[], dict[str, object]], expected: dict[str, object]) -> object:
    """Look until what is expected is there, for ten seconds: OpenBao deletes in the background."""
    happens_within(10, lambda: look() == expected)
    return look()


def _but_logins(found: dict[str, object]) -> dict[str, object]:
    logins = {"tokens", "entities", "aliases", "leases"}
    return {
        name: part
        for name, part in found.items()
        if name not in logins and not name.startswith("vault-")
    }


def _prove_that_it_issues(shell: Shell) -> None:
    lab = _attached(cast("Standing", shell.standing))
    _, lease = lab.issue()
    lab.proof("after issue", lease)
    lab.revoke(lease)
