"""The site is complete, and each link in it leads somewhere."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["index", "path", "glossary", "replay", "reference", "engine", "architecture", "errors"]


class Found(HTMLParser):
    """Links, images and ids of one page."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.ids: set[str] = set()
        self.feed(page.read_text())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        if identifier := found.get("id"):
            self.ids.add(identifier)
        if tag == "a" and (link := found.get("href")):
            self.links.append(link)
        if tag == "img":
            self.images.append(found)


def pages(site: Path) -> dict[Path, Found]:
    folders = ("_static", "_sources")
    found = (page for page in site.rglob("*.html") if not set(folders) & set(page.parts))
    return {page: Found(page) for page in found if page.name != "slides.html"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_exists(site: Path, name: str) -> None:
    assert (site / f"{name}.html").is_file()


def test_every_notebook_is_a_page_with_its_pictures(site: Path) -> None:
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        page = site / "notebooks" / f"{notebook.stem}.html"

        assert page.is_file()
        drawn = '"image/png"' in notebook.read_text()
        shown = [image for image in Found(page).images if "_images" in (image.get("src") or "")]
        assert bool(shown) == drawn


def test_every_internal_link_leads_to_a_place_that_exists(site: Path) -> None:
    found = pages(site)
    broken = []
    for page, has in found.items():
        for link in has.links:
            target, place = urldefrag(unquote(link))
            if "://" in target or target.startswith("mailto:"):
                continue
            leads_to = (page.parent / target).resolve() if target else page
            if leads_to.is_dir():
                leads_to /= "index.html"
            known = found.get(leads_to)
            if not leads_to.exists() or (place and known and place not in known.ids):
                broken.append((page.name, link))

    assert broken == []


def test_every_picture_has_a_text_that_describes_it(site: Path) -> None:
    without = [
        (page.name, image.get("src"))
        for page, has in pages(site).items()
        for image in has.images
        if not (image.get("alt") or "").strip() or "_images/" in (image.get("alt") or "")
    ]

    assert without == []


def test_each_error_message_has_its_place(site: Path) -> None:
    text = (site / "errors.html").read_text()

    assert "No lab runs in this process" in text
    assert text.count("<blockquote>") > 30


def test_types_in_signatures_lead_to_their_classes_and_no_pattern_hides_one(site: Path) -> None:
    conf = (ROOT / ".site" / "conf.py").read_text()

    assert "nitpicky = True" in conf
    assert "nitpick_ignore_regex" not in conf
    assert 'href="#labkit.evidence.model.samples.Sample"' in (site / "reference.html").read_text()
