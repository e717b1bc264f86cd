"""`lab.workload` runs any program with nothing but environment variables, and cleans up."""

import sys
from pathlib import Path

import pytest

from labkit import Lab, LabError
from labkit.errors import StartError
from labkit.evidence.model.uses import OK
from labkit.experiments.workload import events

pytestmark = pytest.mark.integration

READS = """
import json, os, time, urllib.request
def ask(path, data=None, token=""):
    request = urllib.request.Request(os.environ["VAULT_ADDR"] + "/v1/" + path, data)
    request.add_header("X-Vault-Token", token)
    return json.load(urllib.request.urlopen(request, timeout=20))
read = lambda name: open(os.environ[name]).read().strip()
wrapped = read("VAULT_WRAPPED_SECRET_ID_FILE")
secret_id = ask("sys/wrapping/unwrap", b"", wrapped)["data"]["secret_id"]
login = json.dumps({"role_id": read("VAULT_ROLE_ID_FILE"), "secret_id": secret_id}).encode()
path = f"auth/{os.environ['VAULT_APPROLE_MOUNT']}/login"
token = ask(path, login)["auth"]["client_token"]
while True:
    try:
        ask("auth/token/lookup-self", None, token)
        word = "ok"
    except OSError as error:
        word = type(error).__name__
    print(f"{time.time():.3f} {word}", flush=True)
    time.sleep(0.05)
"""


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    """Return a program that uses the standard library only."""
    path = tmp_path / "reader.py"
    path.write_text(READS)
    return path


def of_workloads(lab: Lab) -> list[str]:
    approles = lab.root.list("auth/approle/role")["data"]["keys"]
    roles = [*lab.root.list("aws/roles")["data"]["keys"], *approles]
    roles += lab.root.sys.list_acl_policies()["data"]["keys"]
    return [name for name in roles if name.startswith(("workload-", "labkit-probe"))]


def test_a_program_meets_an_outage_and_the_lab_removes_its_roles(lab: Lab, reader: Path) -> None:
    found = lab.workload({"reader": reader}, [events.vault_away(1, 1.5)], seconds=4)

    away = found.when("Vault away")
    assert OK in found.of("reader", until=away)
    assert set(found.of("reader", away + 0.5, away + 1)) & {"URLError", "ConnectionResetError"}
    assert found.of("reader")[-1] == OK
    assert found.users("reader") == 0
    assert of_workloads(lab) == []


def test_a_program_loses_its_token_to_an_administrator(lab: Lab, reader: Path) -> None:
    command = [sys.executable, str(reader)]

    found = lab.workload({"reader": command}, [events.tokens_revoked(1)], seconds=3)

    assert found.of("reader")[-1] == "HTTPError"


def test_a_program_gets_no_variable_of_the_users(lab: Lab, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import os, time\n"
        "names = [name for name in os.environ if name in ('VAULT_TOKEN', 'AWS_ACCESS_KEY_ID')]\n"
        "print(f'{time.time():.3f}', 'ok' if not names else names[0], flush=True)\n"
        "time.sleep(60)\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAULT_TOKEN", "not for clients")
        patch.setenv("AWS_ACCESS_KEY_ID", "not for clients")
        found = lab.workload({"program": program}, seconds=0.5)

    assert found.of("program") == [OK]


def test_a_program_that_ends_before_a_call_is_shown_with_its_words(
    lab: Lab, tmp_path: Path
) -> None:
    program = tmp_path / "program.py"
    program.write_text("raise SystemExit('no coffee')\n")

    with pytest.raises(StartError, match=r"broken ended at start\.(.|\n)*no coffee"):
        lab.workload({"broken": program}, seconds=1)
    assert of_workloads(lab) == []


@pytest.mark.parametrize(
    ("clients", "match"),
    [
        ({"Reader!": "reader.py"}, "lower-case letters"),
        ({"reader": "/nowhere.py"}, r"/nowhere\.py, but there is no such file"),
        ("reader", "clients must be Mapping"),
    ],
)
def test_a_wrong_client_is_named(lab: Lab, clients: dict[str, str], match: str) -> None:
    with pytest.raises(LabError, match=match):
        lab.workload(clients, seconds=1)


def test_an_error_in_an_event_ends_the_clients(lab: Lab, reader: Path) -> None:
    with pytest.raises(LabError, match="at most 60 s"):
        lab.workload({"reader": reader}, [events.vault_away(0.2, 600)], seconds=1)
    assert of_workloads(lab) == []
