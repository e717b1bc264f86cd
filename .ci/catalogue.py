"""Keep the README's pictures and its table of notebooks in step with the notebooks.

Run by `make pictures`. The picture on top is drawn from the evidence that the tests keep, without a
server; the others are the notebooks' own.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
PICTURES = NOTEBOOKS / "pictures"
EVIDENCE = ROOT / "tests" / "data" / "evidence.jsonl"
ENDINGS = 5  # the leases after these are there for the tests
BEGIN, END = "<!-- notebooks: made by `make pictures` -->\n", "<!-- end -->"


@dataclass(frozen=True)
class Page:
    """What the README tells of one notebook.

    Args:
        name: its file name without the ending.
        title: its heading.
        question: its first bold words.
        picture: its first picture, a PNG.
    """

    name: str
    title: str
    question: str
    picture: bytes


def pages() -> list[Page]:
    """Read every notebook."""
    return [read(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))]


def read(path: Path) -> Page:
    """Read one notebook's title, question and first picture."""
    cells = nbformat.read(path, as_version=4).cells
    intro = cells[0].source
    pictures = [
        output.data["image/png"]
        for cell in cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    return Page(
        name=path.stem,
        title=intro.splitlines()[0].removeprefix("# "),
        question=re.findall(r"\*\*(.*?)\*\*", intro, re.DOTALL)[0],
        picture=base64.b64decode(pictures[0]),
    )


def table(found: list[Page]) -> str:
    """Return the README's table."""
    rows = [
        f"| [{page.title}](notebooks/{page.name}.ipynb)<br>{page.question} "
        f'| <img src="notebooks/pictures/{page.name}.png" width="420" alt="{page.title}"> |\n'
        for page in found
    ]
    return "| notebook, and the question it answers | its first picture |\n|---|---|\n" + "".join(
        rows
    )


def with_table(readme: str, found: list[Page]) -> str:
    """Return the README with its table made anew."""
    before, _, rest = readme.partition(BEGIN)
    return before + BEGIN + table(found) + END + rest.partition(END)[2]


def draw_lifetimes(path: Path) -> None:
    """Draw the README's first picture from saved evidence: each way in which a lease can end."""
    from labkit.commands.report import draw
    from labkit.evidence.evidence import Evidence

    draw(Evidence.load(EVIDENCE).lifetimes()[:ENDINGS], path)


def main() -> None:
    """Write the pictures and the README."""
    found = pages()
    for page in found:
        (PICTURES / f"{page.name}.png").write_bytes(page.picture)
    draw_lifetimes(PICTURES / "lease-lifetimes.png")
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text(), found))


if __name__ == "__main__":
    main()
