"""What belongs into one room of labkit stands in no other."""

import ast
from pathlib import Path

LABKIT = Path(__file__).resolve().parents[1] / "labkit"
# Makes the figure of `labkit run`; what is in it, `labkit.plots` draws
FIGURES = {"commands/report.py"}


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
