"""What a notebook shows passes the redaction: results, display(), tracebacks."""

import nbformat
import pytest
from nbclient import NotebookClient

from labkit.redact import HIDDEN

VALUE = "a-secret-without-any-shape"
KEY_ID = "AKIA" + "ABCDEFGHIJKLMNOP"
START = f"%load_ext labkit\nfrom labkit.redact import remember\nremember('{VALUE}')"
CELLS = {
    "a result": f"'{VALUE}'",
    "a list": f"['{VALUE}']",
    "a nested answer of hvac": f"{{'auth': {{'client_token': '{VALUE}'}}}}",
    "html": f"from IPython.display import HTML, display\ndisplay(HTML('<b>{VALUE}</b>'))",
    "an access key id": f"{{'AccessKeyId': '{KEY_ID}'}}",
    "a traceback": f"raise ValueError('{VALUE}')",
    "a traceback's source": f"int('{VALUE}')",
    "a cause": (
        f"try:\n    int('{VALUE}')\nexcept ValueError as error:\n    raise KeyError(1) from error"
    ),
    "an error of the lab": f"from labkit import LabError\nraise LabError('{VALUE}')",
}


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(START)])
    book.cells += [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True).execute()
    return {name: str(cell.outputs) for name, cell in zip(CELLS, book.cells[1:], strict=True)}


@pytest.mark.integration
@pytest.mark.parametrize("name", CELLS)
def test_a_notebook_shows_no_known_secret(outputs: dict[str, str], name: str) -> None:
    assert VALUE not in outputs[name]
    assert KEY_ID not in outputs[name]
    assert HIDDEN in outputs[name] or "AKIAAB…OP" in outputs[name]
