"""What the README says can be typed."""

import re
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from labkit.__main__ import main

ROOT = Path(__file__).parent.parent
SPEC = spec_from_file_location("catalogue", ROOT / ".ci" / "catalogue.py")
assert SPEC is not None
assert SPEC.loader is not None
catalogue = module_from_spec(SPEC)
sys.modules["catalogue"] = catalogue
SPEC.loader.exec_module(catalogue)
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


@pytest.mark.parametrize("command", sorted(set(re.findall(r"^    labkit (\w+)", README, re.M))))
def test_a_command_exists(command: str) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])

    assert end.value.code == 0


def test_the_map_of_rooms_is_the_one_that_lint_checks() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [layers] = [
        contract["layers"]
        for contract in config["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == ["labkit"]
    ]
    rows = re.findall(r"^\| (`[a-z`, ]+`) \|", README.partition("| room of")[2], re.MULTILINE)
    named = [re.findall(r"`(\w+)`", row) for row in rows]

    assert [sorted(rooms) for rooms in named] == [
        sorted(room.strip() for room in layer.split(":")) for layer in layers
    ]


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^):]+)\)", README))))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_table_and_its_pictures_are_the_notebooks_own() -> None:
    found = catalogue.pages()

    assert catalogue.with_table(README, found) == README, "run `make pictures`"
    for page in found:
        assert (catalogue.PICTURES / f"{page.name}.png").read_bytes() == page.picture
