"""The command line in a notebook: run for real, as whom the notebook says, with secrets hidden."""

import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import Lab, LabError
from labkit.notebook.magic import Options, options, run, variables
from labkit.vault.cli import CliError, CliOutput, run_script
from tests.impostor import Impostor

NOBODY = Options(client="", fails=False, rest="")
MUST_FAIL = Options(client="", fails=True, rest="")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(through="approle", runtime="embedded") as running:
        yield running


def test_options_stand_before_the_command() -> None:
    assert options("secrets list") == Options("", fails=False, rest="secrets list")
    assert options("--as app --fails read x") == Options("app", fails=True, rest="read x")
    assert options("read -field=x y").rest == "read -field=x y"


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(CliError, match="no option --force"):
        options("--force lease revoke x")


def test_a_secret_is_hidden_when_shown_but_there_to_be_used() -> None:
    output = CliOutput("secret_id    6f1c-not-for-you\nsecret_id_ttl    0s")

    assert "6f1c-not-for-you" not in repr(output)
    assert "secret_id_ttl    0s" in repr(output)
    assert "6f1c-not-for-you" in str(output)


def test_an_exit_status_is_that_of_the_first_command_that_fails() -> None:
    status, output = run_script("echo one; (exit 3); echo two", {})

    assert (status, str(output)) == (3, "one")


@pytest.mark.integration
def test_the_seeds_here_document_runs_unchanged(lab: Lab) -> None:
    script = """\
vault write aws/roles/by-cli \\
  credential_type=iam_user \\
  policy_document=-<<EOF
{
  "Version": "2012-10-17"
}
EOF"""

    output = run(script, NOBODY, {})

    assert "Success! Data written to: aws/roles/by-cli" in output
    assert lab.vault.read("aws/roles/by-cli")["data"]["policy_document"] == (
        '{"Version":"2012-10-17"}'
    )


@pytest.mark.integration
def test_the_administrator_acts_unless_another_is_named(lab: Lab) -> None:
    names = {"application": lab.application()}

    assert "administrator" in run("vault token lookup", NOBODY, names)
    assert "approle" in run("vault token lookup", options("--as application"), names)


@pytest.mark.integration
@pytest.mark.usefixtures("lab")
def test_an_unknown_identity_is_refused() -> None:
    with pytest.raises(CliError, match="no hvac client of that name"):
        run("vault secrets list", options("--as stranger"), {})


@pytest.mark.integration
@pytest.mark.usefixtures("lab")
def test_a_failure_shows_the_command_lines_own_message() -> None:
    with pytest.raises(CliError, match=r'ended with status 2:(.|\n)*Role "absent" not found'):
        run("vault read aws/creds/absent", NOBODY, {})


@pytest.mark.integration
@pytest.mark.usefixtures("lab")
def test_a_success_that_was_to_fail_is_an_error() -> None:
    assert "not found" in run("vault read aws/creds/absent", MUST_FAIL, {})
    with pytest.raises(CliError, match="succeeded, though it was to fail"):
        run("vault secrets list", MUST_FAIL, {})


@pytest.mark.integration
@pytest.mark.usefixtures("lab")
def test_the_notebooks_strings_are_variables() -> None:
    names = {"where": "aws/roles", "_secret": "not handed on", "number": 1}

    assert "my-ec2-role" in run("vault list ${where}", NOBODY, names)
    assert run("echo [$_secret] $number", NOBODY, names) == "[] 1"


def test_without_a_lab_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.notebook.current_lab._current", [])

    with pytest.raises(LabError, match="No lab runs in this process"):
        run("vault status", NOBODY, {})


def test_only_the_names_that_a_script_uses_are_its_variables() -> None:
    names = {"used": "a", "braced": "b", "unused": "c", "huge": "x" * 10**7, "nul": "\0"}

    assert variables("vault read $used; echo ${braced}", names) == {"used": "a", "braced": "b"}


@pytest.mark.integration
@pytest.mark.usefixtures("lab")
def test_large_and_odd_strings_of_the_notebook_do_no_harm() -> None:
    names = {"huge": "x" * 10**7, "nul": "\0", "half": "\ud800", "text": "ä 'quoted' $HOME; false"}

    assert run('echo "$text"', NOBODY, names) == names["text"]


@pytest.mark.integration
@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("\0", r"\$value holds a NUL"),
        ("x" * 10**6, r"\$value is longer than 96 KiB"),
        ("\ud800", r"\$value holds a character"),
        (["a"], r"\$value is of type list"),
    ],
)
def test_what_a_command_line_cannot_take_is_refused(value: object, message: str) -> None:
    with pytest.raises(CliError, match=message):
        run("echo $value", NOBODY, {"value": value})


def test_a_nul_in_the_script_is_refused() -> None:
    with pytest.raises(CliError, match="NUL"):
        run_script("echo \0", {})


def test_a_script_may_be_longer_than_a_command_line() -> None:
    status, output = run_script(f"cat <<EOF\n{'x' * 10**6}\nEOF", {})

    assert (status, len(output)) == (0, 10**6)


@pytest.mark.integration
@pytest.mark.usefixtures("lab")
def test_a_variable_of_the_scripts_own_hides_the_notebooks() -> None:
    assert run("item=1; echo $item", NOBODY, {"item": ["a list"]}) == "1"


@pytest.mark.integration
@pytest.mark.usefixtures("lab")
def test_nothing_of_the_shells_reaches_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with Impostor() as elsewhere:
        url = f"http://127.0.0.1:{elsewhere.port}"
        for name in ("ADDR", "AGENT_ADDR", "PROXY_ADDR", "HTTP_PROXY"):
            for vendor in ("VAULT", "BAO"):
                monkeypatch.setenv(f"{vendor}_{name}", url)
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, url)
        for name in ("TOKEN", "NAMESPACE", "CLIENT_CERT", "CLIENT_KEY", "CACERT", "FORMAT", "MFA"):
            for vendor in ("VAULT", "BAO"):
                monkeypatch.setenv(f"{vendor}_{name}", "/nowhere")

        assert "administrator" in run("vault token lookup", NOBODY, {})
        assert "/nowhere" not in run("env", NOBODY, {})
        assert url not in run("env", NOBODY, {})
        assert elsewhere.received == b""


def test_a_time_out_ends_the_script_and_does_not_repeat_it() -> None:
    started = time.monotonic()

    with pytest.raises(CliError, match="was not done in 1 s") as caught:
        run_script("sleep 60 & sleep 60; echo the-secret", {}, timeout=1)

    assert time.monotonic() - started < 10
    assert "the-secret" not in "".join(traceback.format_exception(caught.value)[-1:])
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_no_folder_of_a_script_is_left() -> None:
    place = Path(tempfile.gettempdir())
    before = set(place.glob("labkit-cli-*"))
    run_script("true", {})

    assert set(place.glob("labkit-cli-*")) <= before
