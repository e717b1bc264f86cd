"""The page "When it fails": each error that labkit raises, with its message and remedy."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SHORTEST = 20  # characters of a message; a shorter text is a part of one
ROOMS = {
    "runtimes": "Start and stop",
    "commands": "The command line",
    "flow": "The steps",
    "vault": "Vault",
    "aws": "AWS",
    "evidence": "Evidence",
    "notebook": "Notebooks",
}


@dataclass(frozen=True)
class Message:
    """One `raise` of an error with a message.

    Args:
        room: the folder of labkit that raises it.
        error: the class.
        text: the message; values are shown as `{name}`.
    """

    room: str
    error: str
    text: str


def errors_page(package: Path) -> str:
    """Return the page for all errors of labkit outside its servers."""
    found = sorted(set(messages(package)), key=lambda message: (message.error, message.text))
    parts = [
        "# When it fails\n\nEach message says what was tried, what happened and what to do. "
        "Words in braces are filled in when the error is raised.\n"
    ]
    for room, title in {**ROOMS, "": "The lab"}.items():
        texts = [message for message in found if message.room == room]
        if texts:
            parts.append(f"\n## {title}\n")
            parts += [f"\n**{message.error}**\n\n> {message.text}\n" for message in texts]
    return "".join(parts)


def messages(package: Path) -> Iterator[Message]:
    """Read every `raise SomeError("...")` of labkit, its servers left out."""
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package).parts
        if inside[0] == "servers":
            continue
        room = inside[0] if inside[0] in ROOMS else ""
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                error, text = _called(node.exc), _text(node.exc.args)
                if error.endswith("Error") and len(text) > SHORTEST:
                    yield Message(room, error, text)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _text(arguments: list[ast.expr]) -> str:
    if not arguments:
        return ""
    match arguments[0]:
        case ast.Constant(str(text)):
            return _escaped(text)
        case ast.JoinedStr(values):
            return "".join(_piece(value) for value in values)
    return ""


def _piece(value: ast.expr) -> str:
    if isinstance(value, ast.FormattedValue):
        return f"`{{{ast.unparse(value.value)}}}`"
    return _escaped(str(value.value)) if isinstance(value, ast.Constant) else ""


def _escaped(text: str) -> str:
    return " ".join(text.replace("<", "&lt;").replace("*", r"\*").split(" ")).replace("\n", " ")
