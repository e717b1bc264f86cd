"""The command line in a notebook: run for real, as whom the notebook says, with secrets hidden."""

from collections.abc import Iterator

import pytest

from labkit import Lab, LabError
from labkit.connection import Servers
from labkit.notebook.magic import Options, options, run
from labkit.vault.cli import CliError, CliOutput, run_script

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

    assert "my-ec2-role" in run("vault list $where", NOBODY, names)
    assert run("echo [$_secret]", NOBODY, names) == "[]"


def test_without_a_lab_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Servers, "_running", None)

    with pytest.raises(LabError, match="No lab runs in this process"):
        run("vault status", NOBODY, {})
