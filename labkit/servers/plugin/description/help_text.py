"""The help of an engine and of its paths, in the layout of Vault's framework.

Source: the help templates in `sdk/framework/backend.go` and `sdk/framework/path.go` of OpenBao.
"""

from __future__ import annotations

import textwrap

from labkit.servers.plugin.backend import Backend, Path
from labkit.servers.plugin.fields import Field

PATHS = """\
The following paths are supported by this backend. To view help for
any of the paths below, use the help command with any route matching
the path pattern. Note that depending on the policy of your auth token,
you may or may not be able to access certain paths."""


def engine_help(backend: Backend) -> str:
    """Return what an engine is, and its paths in alphabetical order."""
    paths = sorted((route(path), path.help.strip()) for path in backend.paths)
    listed = "\n\n".join(f"{_indented(4, name)}\n{_indented(8, text)}" for name, text in paths)
    return f"## DESCRIPTION\n\n{backend.help.strip()}\n\n## PATHS\n\n{PATHS}\n\n{listed}".rstrip()


def path_help(path: Path, requested: str) -> str:
    """Return what a path does, with its parameters in alphabetical order."""
    parts = [
        f"Request:        {requested}\nMatching Route: {route(path)}",
        path.help.strip() or "<no synopsis>",
    ]
    if path.fields:
        parts += ["## PARAMETERS", *(_parameter(*item) for item in sorted(path.fields.items()))]
    return "\n\n".join([*parts, "## DESCRIPTION", path.description.strip() or "<no description>"])


def route(path: Path) -> str:
    """Return a path's pattern as the framework shows it, with its anchors."""
    return f"^{path.pattern.removeprefix('^').removesuffix('$')}$"


def _parameter(name: str, field: Field) -> str:
    text = field.description.strip() or "<no description>"
    if field.deprecated:
        text = f"(DEPRECATED) {text}"
    return f"{_indented(4, name)} ({field.kind.value})\n\n{_indented(8, text)}"


def _indented(columns: int, text: str) -> str:
    return textwrap.indent(text, " " * columns)
