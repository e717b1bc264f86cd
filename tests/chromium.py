"""The Chromium of the system, for tests that look at a page as a reader does."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
needs_chromium = pytest.mark.skipif(
    EXECUTABLE is None and not os.environ.get("CI"),
    reason="no Chromium here: `apt install chromium` to look at pages in a browser",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium and yield Playwright's browser."""
    from playwright.sync_api import sync_playwright

    assert EXECUTABLE, "CI installs Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield browser
        browser.close()
