"""A name means one thing in labkit: no two classes share it, no two modules of a room nearly."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

LABKIT = Path(__file__).resolve().parents[1] / "labkit"
FILES = sorted(LABKIT.rglob("*.py"))

# Two classes of one name, and why
ALLOWED: dict[str, str] = {}


def definitions(tree: ast.Module) -> Iterator[str]:
    """Return the public classes and the aliases of types that a module defines."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if isinstance(node.value, ast.Call):  # a type variable, or a value
                continue
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        else:
            continue
        if name[0].isupper() and not name.isupper():
            yield name


def shared(names: Iterable[tuple[str, Path]]) -> dict[str, list[str]]:
    """Return the names that more than one file has."""
    found = defaultdict(list)
    for name, file in names:
        found[name].append(str(file.relative_to(LABKIT.parent)))
    return {name: files for name, files in found.items() if len(files) > 1}


def plural(name: str) -> str:
    """Return the English plural of a module's name."""
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def modules(room: Path) -> set[str]:
    """Return the modules and packages of a folder."""
    found = {path.stem for path in room.glob("*.py")}
    return found | {path.name for path in room.iterdir() if (path / "__init__.py").exists()}


def test_no_two_classes_share_a_name() -> None:
    names = [(name, file) for file in FILES for name in definitions(ast.parse(file.read_text()))]

    assert len(names) > 200
    assert set(ALLOWED) == set(shared(names)), shared(names)


def test_no_two_modules_of_a_room_differ_by_an_s() -> None:
    rooms = {file.parent for file in FILES}
    alike = {
        str(room.relative_to(LABKIT.parent)): sorted(name for name in modules(room) & plurals)
        for room in rooms
        if (plurals := {plural(name) for name in modules(room)}) & modules(room)
    }

    assert alike == {}


def test_no_part_of_the_lab_has_the_name_of_a_module_below() -> None:
    """`parts.gathering` and `evidence.gathering` would be taken for each other."""
    parts = modules(LABKIT / "parts") - {"__init__"}
    helper = (file for file in FILES if "servers" not in file.parts)
    below = {file.stem for file in helper if file.parent.name != "parts"}

    assert parts & below == set()


def test_no_two_rooms_of_the_lab_have_a_module_of_one_name() -> None:
    """Pictures and checks are named after what they draw and check; packages are rooms."""
    named_after = {LABKIT / "plots", LABKIT / "notebook" / "checks"}
    of_lab = [file for file in FILES if "servers" not in file.parts and file.stem[0] != "_"]
    found = shared((file.stem, file) for file in of_lab if file.parent not in named_after)

    assert found == {
        # run by the one, and what evidence tells of them
        "jobs": ["labkit/evidence/analyse/jobs.py", "labkit/experiments/workload/jobs.py"],
    }


@pytest.mark.parametrize("room", ["labkit", "labkit.plots", "labkit.experiments.storm"])
def test_no_module_has_the_name_of_what_its_room_offers(room: str) -> None:
    """An import of a module `plots.workload` would replace the function `workload` of `plots`."""
    offered = import_module(room)
    names = set(getattr(offered, "__all__", None) or dir(offered))

    modules_of_room = {file.stem for file in Path(str(offered.__file__)).parent.glob("*.py")}
    assert len(names) > 5
    assert names & modules_of_room == set()
