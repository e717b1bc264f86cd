"""Barriers for readers, as axe-core finds them on a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

CONTRAST = "color-contrast"
SERIOUS = ("serious", "critical")

# The contrast of a text is measured by what is drawn at its place, which takes axe 10 ms for each
# text. Texts with the same look have the same contrast: all but the first of them are hidden.
HIDE_REPEATED_LOOKS = """() => {
  const looks = new Set();
  const layers = node => {
    const found = [];
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      found.push(style.backgroundColor, style.backgroundImage, style.opacity);
    }
    return found.filter(one => !['rgba(0, 0, 0, 0)', 'none', '1'].includes(one));
  };
  const isNew = node => {
    const { color, fontSize, fontWeight } = getComputedStyle(node);
    const names = [node.tagName, node.className, node.parentElement.className];
    const look = [...names, color, fontSize, fontWeight, ...layers(node)].join('|');
    return !looks.has(look) && !!looks.add(look);
  };
  const shown = node => getComputedStyle(node).visibility === 'visible';
  const hasText = node => [...node.childNodes].some(one => one.nodeType === 3 && one.data.trim());
  const texts = [...document.body.querySelectorAll('*')].filter(one => shown(one) && hasText(one));
  const wanted = texts.map(isNew);
  texts.forEach((one, at) => { one.style.visibility = wanted[at] ? 'visible' : 'hidden'; });
}"""


def structural(page: Page) -> list[tuple[str, str, str]]:
    """Return the serious barriers but for contrast, which are the same in each theme."""
    return _found(page, {"rules": {CONTRAST: {"enabled": False}}})


def of_contrast(page: Page) -> list[tuple[str, str, str]]:
    """Return the texts that are too pale, one of each look; hides the others on the page."""
    page.evaluate(HIDE_REPEATED_LOOKS)
    return _found(page, {"runOnly": [CONTRAST]})


def _found(page: Page, options: dict[str, Any]) -> list[tuple[str, str, str]]:
    answer = Axe().run(page, options={"resultTypes": ["violations"], **options}).response
    return [
        (barrier["id"], str(node["target"]), node["failureSummary"][:200])
        for barrier in answer["violations"]
        if barrier["impact"] in SERIOUS
        for node in barrier["nodes"]
    ]
