"""A package imports each name of its stub when it is first used, and no earlier."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from labkit.later import Later, names_of_stub

LAZY = ["labkit", "labkit.plots", "labkit.experiments.storm"]
NAMES = [(package, name) for package in LAZY for name in dir(import_module(package))]


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_a_name_of_the_stub_is_found(package: str, name: str) -> None:
    found = getattr(import_module(package), name)

    if not name.isupper():  # a constant has no name of its own
        assert found.__name__.rpartition(".")[2] == name


@pytest.mark.parametrize("package", LAZY)
def test_a_package_offers_the_names_of_its_stub_only(package: str) -> None:
    offered = import_module(package)

    assert "Any" not in dir(offered)
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nothing'"):
        _ = offered.nothing


@pytest.mark.parametrize("package", LAZY)
def test_a_package_loads_nothing_by_itself(package: str) -> None:
    shown = f"import sys, {package}; print(*(m for m in sys.modules if m.startswith('labkit')))"
    command = [sys.executable, "-c", shown]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    names = package.split(".")
    assert set(loaded) == {
        "labkit.later",
        *(".".join(names[:end]) for end in range(1, len(names) + 1)),
    }


def test_a_module_that_fails_says_why_and_not_that_the_name_is_missing(tmp_path: Path) -> None:
    stub = tmp_path / "__init__.pyi"
    stub.write_text("from labkit.no_such_module import thing as thing\n")
    find, names = names_of_stub("labkit", str(tmp_path / "__init__.py"))

    assert names() == ["thing"]
    with pytest.raises(ModuleNotFoundError, match=r"labkit\.no_such_module"):
        find("thing")


def test_a_later_class_is_shown_by_its_name_and_has_no_other_special_attributes() -> None:
    later = Later("labkit.lab:Lab")

    assert (later.__module__, later.__qualname__) == ("labkit.lab", "Lab")
    assert not hasattr(later, "__wrapped__")
