"""Count the lines of labkit that a program has loaded: code, without comments and docstrings."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable
from pathlib import Path

# To be executed in the program; it prints the files of labkit's modules
SHOW_FILES = """
import sys
print(*sorted(
    module.__file__
    for name, module in list(sys.modules.items())
    if name.split(".")[0] == "labkit" and getattr(module, "__file__", None)
), sep="\\n")
"""
LIMIT = 5000
BLANK = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def code_lines(source: str) -> int:
    """Return how many lines of a module hold code."""
    read = tokenize.generate_tokens(io.StringIO(source).readline)
    spans = [range(one.start[0], one.end[0] + 1) for one in read if one.type not in BLANK]
    return len({line for span in spans for line in span} - _docstring_lines(source))


def total(files: Iterable[str]) -> int:
    """Return how many lines of code the files have."""
    return sum(code_lines(Path(file).read_text(encoding="utf-8")) for file in files)


def _docstring_lines(source: str) -> set[int]:
    documented = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Documented)]
    texts = [node.body[0] for node in documented if ast.get_docstring(node) is not None]
    return {line for text in texts for line in range(text.lineno, (text.end_lineno or 0) + 1)}
