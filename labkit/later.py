"""Import a thing when it is first used."""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name
from typing import Any


class Later:
    """A class, or a method of it, that is imported when it is called.

    Args:
        path: the module, a colon and the name in it, as `pkgutil.resolve_name` takes it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        # Sphinx shows an annotation by these
        self.__module__, _, self.__qualname__ = path.partition(":")

    def __getattr__(self, name: str) -> Later:
        if name.startswith("__"):
            raise AttributeError(f"{self.path} is not imported yet, so it has no {name}.")
        return Later(f"{self.path}.{name}")

    def __call__(self, *args: object) -> Any:  # noqa: ANN401 - of the class that is imported
        """Import it, and call it."""
        return resolve_name(self.path)(*args)


def names_of_stub(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package that imports its names at their first use.

    The names are those that the package's stub (`__init__.pyi`) imports from modules of labkit, so
    that each stands in one place; type checkers read the stub.

    Args:
        package: name of the package.
        file: of the package, `__file__`.
    """
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    own = [node for node in imports if str(node.module).startswith("labkit.")]
    homes = {of.name: str(node.module) for node in own for of in node.names}

    def find(name: str) -> Any:  # noqa: ANN401 - a module's attributes have no common type
        if not (home := homes.get(name)):
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found = getattr(import_module(home), name, None)
        return import_module(f"{home}.{name}") if found is None else found

    return find, lambda: sorted(homes)
