"""The site as a reader meets it: offline, in both themes, on a phone, with a screen reader."""

from pathlib import Path
from typing import Literal

import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from playwright.sync_api import Browser, Route, ViewportSize

from labkit.evidence.evidence import Evidence
from tests.chromium import needs_chromium
from tests.site import barriers

pytestmark = [pytest.mark.integration, needs_chromium]
PHONE: ViewportSize = {"width": 390, "height": 844}
PHONE_WIDTHS = (320, 390, 400)
ROOT = Path(__file__).parents[2]
FRAGMENTS = 6  # a slide shows its cells one after the other, then the next slide comes
DESK: ViewportSize = {"width": 1280, "height": 900}


def names(site: Path) -> list[str]:
    left_out = {"_static", "_sources"}
    return sorted(
        str(page.relative_to(site))
        for page in site.rglob("*.html")
        if not left_out & set(page.relative_to(site).parts)
    )


def test_no_page_asks_for_anything_that_is_not_on_loopback(
    site: Path, address: str, browser: Browser
) -> None:
    asked: list[str] = []
    page = browser.new_page()

    def only_loopback(route: Route) -> None:
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    page.route("**/*", only_loopback)
    for name in names(site):
        page.goto(f"{address}/{name}", wait_until="load")
    page.close()

    assert asked == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_barrier_for_anybody(
    site: Path, address: str, browser: Browser, theme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport=DESK, color_scheme=theme)
    page = context.new_page()
    page.add_init_script(f"localStorage.setItem('mode', '{theme}')")
    found = {}
    for name in names(site):
        if name == "slides.html":
            continue
        page.goto(f"{address}/{name}", wait_until="load")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        others = barriers.structural(page) if theme == "light" else []
        found[name] = others + barriers.of_contrast(page)
    context.close()

    assert {name: some for name, some in found.items() if some} == {}


def test_a_pale_text_and_a_picture_without_words_are_barriers(browser: Browser) -> None:
    texts = ["<p>dark</p>"] * 3 + ["<p><b>dark</b> and <i style='color: #ccc'>pale</i></p>"]
    page = browser.new_page()
    page.set_content(f"<html lang=en><title>x</title><main>{''.join(texts)}<img src=x></main>")

    assert [barrier[0] for barrier in barriers.structural(page)] == ["image-alt"]
    assert [barrier[:2] for barrier in barriers.of_contrast(page)] == [("color-contrast", "['i']")]
    page.close()


def test_each_page_fits_a_phone(site: Path, address: str, browser: Browser) -> None:
    page = browser.new_page(viewport=PHONE)
    too_wide = []
    for name in names(site):
        if name == "slides.html":
            continue
        page.goto(f"{address}/{name}", wait_until="load")
        for wide in PHONE_WIDTHS:
            page.set_viewport_size({"width": wide, "height": PHONE["height"]})
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > wide:
                too_wide.append((name, wide, width))
    page.close()

    assert too_wide == []


def test_a_story_scrolls_in_its_own_box_on_a_phone(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 844})
    page.goto(f"{address}/notebooks/04_generate_credentials.html", wait_until="load")

    story = page.locator("table", has_text="The story of lease")
    box = story.evaluate(
        "table => { for (let at = table; at; at = at.parentElement)"
        " if (getComputedStyle(at).overflowX == 'auto' && at.scrollWidth > at.clientWidth)"
        " return [at.clientWidth, at.scrollWidth]; }"
    )
    page.close()

    assert box is not None
    assert box[0] <= 320 < box[1]


@pytest.mark.parametrize("width", PHONE_WIDTHS)
def test_a_story_in_the_notebooks_own_html_fits_a_phone(browser: Browser, width: int) -> None:
    evidence = Evidence.load(ROOT / "tests" / "data" / "evidence.jsonl")
    story = evidence.story(evidence.lifetimes()[0].lease_id)
    output = new_output("display_data", {"text/html": story._repr_html_(), "text/plain": "Story"})
    notebook = new_notebook(cells=[new_code_cell("story", outputs=[output])])
    html, _ = HTMLExporter().from_notebook_node(notebook)
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.route("**/*", lambda route: route.abort())
    page.set_content(html, wait_until="domcontentloaded")

    shown = page.inner_text("caption")
    scrolled = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert shown.startswith("The story of lease")
    assert scrolled <= width


def test_the_replay_shows_what_each_side_had_at_a_moment(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(f"{address}/replay.html")

    def shown_at(position: str) -> str:
        page.evaluate(
            "place => { const at = document.getElementById('replay-time');"
            " at.value = at[place]; at.dispatchEvent(new Event('input')); }",
            position,
        )
        return str(page.inner_text("#replay-view"))

    before, after = shown_at("min"), shown_at("max")
    page.close()

    assert before.count("not issued yet") == 5
    assert before.count("no user yet") == 5
    assert after.count("gone:") == 5
    assert after.count("deleted") == 5
    assert "DeleteUser" in after


def test_the_slides_turn_without_a_network(address: str, browser: Browser) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(f"{address}/slides.html")
    page.wait_for_function("window.Reveal && Reveal.isReady()", polling=100, timeout=20_000)

    first = page.evaluate("Reveal.getIndices().h")
    for _ in range(FRAGMENTS):
        page.keyboard.press("ArrowRight")

    assert page.evaluate("Reveal.getIndices().h") > first
    page.close()
