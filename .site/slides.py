"""A notebook as slides: reveal.js, with every script beside the page and none from a CDN."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import nbformat

REVEAL = "_static/revealjs"
START = f"""<script src="{REVEAL}/dist/reveal.js"></script>
<script>Reveal.initialize({{hash: true, width: 1100, height: 800}});</script>"""


def write_slides(notebook: Path, out: Path) -> None:
    """Write the notebook as reveal.js slides.

    Args:
        notebook: an executed notebook; each heading begins a slide.
        out: the page; what it needs is written beside it.
    """
    import sphinx_revealjs
    from nbconvert import SlidesExporter

    scripts = Path(sphinx_revealjs.__file__).parent / "_static" / "revealjs"
    shutil.copytree(scripts, out.parent / REVEAL, dirs_exist_ok=True)
    exporter = SlidesExporter()
    exporter.reveal_url_prefix = REVEAL
    exporter.reveal_theme = "white"  # its fonts are in the folder; those of "simple" are not
    page, _ = exporter.from_notebook_node(with_slides(nbformat.read(notebook, as_version=4)))
    out.write_text(without_loader(page))


def without_loader(page: str) -> str:
    """Return nbconvert's page with reveal.js as a plain script: its loader comes from a CDN."""
    page = re.sub(r"<script[^>]*\bsrc=[^>]*>\s*</script>", "", page)
    page = re.sub(r'<script type="module">.*?</script>', "", page, flags=re.DOTALL)
    page = re.sub(r"<link[^>]*https?://[^>]*>", "", page)
    return re.sub(r"<script>\s*require\(.*?</script>", START, page, flags=re.DOTALL)


def with_slides(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook with a new slide at each heading, and each further cell below it."""
    for cell in notebook.cells:
        heading = cell.cell_type == "markdown" and cell.source.startswith("#")
        kind = "slide" if heading else "fragment" if cell.cell_type == "code" else "-"
        cell.metadata["slideshow"] = {"slide_type": kind}
    return notebook
