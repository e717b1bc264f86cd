"""What belongs into one room of labkit stands in no other, and no file is too long to read."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LABKIT = ROOT / "labkit"
# Makes the figure of `labkit run`; what is in it, `labkit.plots` draws
FIGURES = {"commands/report.py"}
MOST_LINES = 250


def draws(tree: ast.Module) -> bool:
    """Return whether a module has a method of Axes called, or takes functions of `plots.style`."""
    return any(
        (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))
        and node.value.id in ("ax", "axes", "figure", "plt")
        for node in ast.walk(tree)
    ) or any(
        isinstance(node, ast.ImportFrom) and node.module == "labkit.plots.style"
        for node in ast.walk(tree)
    )


def test_only_plots_draws() -> None:
    drawing = {
        str(file.relative_to(LABKIT))
        for file in LABKIT.rglob("*.py")
        if draws(ast.parse(file.read_text()))
    }

    outside = {name for name in drawing if not name.startswith("plots/")}
    assert "plots/storm.py" in drawing
    assert outside == FIGURES


def test_no_file_has_more_than_250_lines() -> None:
    files = [file for folder in ("labkit", "tests") for file in (ROOT / folder).rglob("*.py")]
    lines = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}

    assert len(lines) > 500
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}
