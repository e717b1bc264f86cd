"""What is committed of the notebooks: with outputs, without errors, without anything secret."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(Path(__file__).parent.parent.glob("notebooks/*.ipynb"))
KEY_SHAPED = re.compile(
    r"(?:AKIA|ASIA)[A-Z0-9]{12,}|\bhv[sbr]\.[\w-]{20,}|\b[sb]\.[A-Za-z0-9]{24,}"
    r"|(?<![\w/+])[A-Za-z0-9/+]{40}(?![\w/+=])"
)


def outputs_of(path: Path) -> list[str]:
    """Return every textual output of a notebook, as it stands in the file."""
    cells = nbformat.read(path, as_version=4).cells
    bundles = [
        output.get("data", {"text/plain": output.get("text", "")})
        for cell in cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]
    return [
        text
        for bundle in bundles
        for kind, text in bundle.items()
        if isinstance(text, str) and not kind.startswith("image/")
    ]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_was_executed_in_order_and_none_failed(path: Path) -> None:
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]

    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert [out for cell in code for out in cell.outputs if out.output_type == "error"] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_results_and_a_picture(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    outputs = [out for cell in cells if cell.cell_type == "code" for out in cell.outputs]

    assert len(outputs) >= 5
    assert any("image/png" in out.get("data", {}) for out in outputs)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_nothing_key_shaped_is_committed(path: Path) -> None:
    assert [found for text in outputs_of(path) for found in KEY_SHAPED.findall(text)] == []
    cells = nbformat.read(path, as_version=4).cells
    assert [found for cell in cells for found in KEY_SHAPED.findall(cell.source)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_needs_no_widget_to_be_read(path: Path) -> None:
    assert "jupyter.widget" not in path.read_text()


MOST_STATEMENTS = 5  # of a picture; what is longer belongs to `labkit.plots`


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_cell_that_draws_has_few_statements(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    drawing = [cell.source for cell in cells if "plt.subplots" in cell.source]
    counts = [
        sum(not isinstance(part, ast.Assert) for part in ast.parse(source).body)
        for source in drawing
    ]

    assert drawing
    assert [count for count in counts if count > MOST_STATEMENTS] == []


TUTORIAL = (
    "vault secrets enable -path=aws aws",
    "vault secrets list",
    "vault write aws/config/root access_key=",
    "region=eu-north-1",
    "vault write aws/roles/my-ec2-role credential_type=iam_user policy_document=-",
    "vault read aws/creds/my-ec2-role",
    "vault lease revoke",
    "vault policy write aws-dynamic-read aws-dynamic-read.hcl",
    "vault policy write aws-admin aws-admin.hcl",
    "vault auth enable approle",
    'vault write auth/approle/role/aws-app token_policies="aws-dynamic-read" token_ttl=1h '
    "token_max_ttl=4h",
    "vault read auth/approle/role/aws-app/role-id",
    "vault write -f auth/approle/role/aws-app/secret-id",
    "vault write auth/approle/login role_id=",
)


@pytest.mark.parametrize("command", TUTORIAL)
def test_every_command_of_the_seed_is_run_by_the_real_command_line(command: str) -> None:
    sources = [
        cell.source
        for path in NOTEBOOKS
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and "%vault" in cell.source
    ]
    written = re.sub(r"--(?:as \w+|fails|sync) ?|-sync ", "", "\n".join(sources))
    lines = re.sub(r"\s*\\\n\s*", " ", written.replace("%vault", "vault"))

    assert command in lines


def test_the_guard_would_find_a_secret() -> None:
    assert KEY_SHAPED.search("'AKIA" + "ABCDEFGHIJKLMNOP'")
    assert KEY_SHAPED.search("token s." + "a1" * 12)
    assert KEY_SHAPED.search('"secret_key": "' + "abcd" * 10 + '"')
