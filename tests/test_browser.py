"""The notebooks as an attendee meets them: JupyterLab in a real browser, Run All Cells."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from labkit.machine.ports import HOST, free_port
from tests.chromium import chromium, needs_chromium

if TYPE_CHECKING:
    from playwright import sync_api
else:
    sync_api = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).parent.parent
OUT = ROOT / "out"
TOKEN = "browser-test"  # noqa: S105 - of a server on loopback that lives for this test
LATEST = 120.0  # seconds for a notebook to run through

pytestmark = [pytest.mark.integration, needs_chromium]


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start JupyterLab on a copy of the notebooks, as `make lab` does, and return its URL."""
    folder = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    port = free_port()
    log = (folder / "jupyter.log").open("wb")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", f"--ip={HOST}", f"--port={port}"),
            *(f"--IdentityProvider.token={TOKEN}", "--ServerApp.root_dir=notebooks"),
            *("--allow-root", "--LabApp.news_url=None", "--LabApp.expose_app_in_browser=True"),
        ],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "LABKIT_RUNTIME": "embedded"},
        stdout=log,
        stderr=log,
    )
    url = f"http://{HOST}:{port}"
    try:
        until(lambda: answers(url) or server.poll() is not None, 30, "JupyterLab to start")
        yield url
    finally:
        server.terminate()
        server.wait(15)
        log.close()


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with chromium() as started:
        yield started


def until(happened: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.1)


def ask(url: str, path: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{url}{path}", params={"token": TOKEN}, timeout=5)
    return list(answer.json())


def answers(url: str) -> bool:
    try:
        return bool(ask(url, "/api/status"))
    except requests.ConnectionError:
        return False


def kernel_is_ready(url: str) -> bool:
    """Whether a kernel is idle with a browser connected: before that, Run All runs nothing."""
    kernels = [session["kernel"] for session in ask(url, "/api/sessions")]
    return any(one["execution_state"] == "idle" and one["connections"] > 0 for one in kernels)


@pytest.mark.parametrize("name", ["00_the_whole_flow", "06_lease_expiration"])
def test_run_all_cells_ends_with_the_pictures_and_no_error(
    jupyter: str, browser: "sync_api.Browser", name: str
) -> None:
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.goto(f"{jupyter}/lab/tree/{name}.ipynb?token={TOKEN}&reset")
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=30_000)
    until(lambda: kernel_is_ready(jupyter), 30, "the kernel")
    page.wait_for_selector("text=| Idle", timeout=30_000)

    page.evaluate(f"{NOTEBOOK}.model.cells && jupyterapp.commands.execute('{CLEAR}')")
    assert outputs(page) == []  # what was committed is no proof
    page.click(".lm-MenuBar >> text=Run")
    page.click("text=/^Run All Cells$/")
    until(lambda: has_run_through(page), LATEST, f"{name} to run through")

    assert [one for one in outputs(page) if one["output_type"] == "error"] == []
    show_first_picture(page)
    OUT.mkdir(exist_ok=True)
    page.screenshot(path=OUT / f"browser-{name}.png")
    page.close()


NOTEBOOK = "jupyterapp.shell.currentWidget.content"
CLEAR = "editmenu:clear-all"


def cells(page: "sync_api.Page") -> list[dict[str, Any]]:
    """Return the code cells as the browser has them, also those scrolled out of sight."""
    found = page.evaluate(f"{NOTEBOOK}.model.toJSON().cells")
    return [cell for cell in found if cell["cell_type"] == "code"]


def outputs(page: "sync_api.Page") -> list[dict[str, Any]]:
    return [output for cell in cells(page) for output in cell["outputs"]]


def has_run_through(page: "sync_api.Page") -> bool:
    return all(cell["execution_count"] for cell in cells(page))


def show_first_picture(page: "sync_api.Page") -> None:
    """Scroll to the first cell with a picture, and see that the browser shows it."""
    found = page.evaluate(f"{NOTEBOOK}.model.toJSON().cells")
    [first, *_] = [
        place
        for place, cell in enumerate(found)
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
    ]
    page.evaluate(f"{NOTEBOOK}.scrollToItem({first}, 'start')")
    page.wait_for_selector(".jp-RenderedImage img", state="visible", timeout=10_000)
