"""`labkit env` leads any shell to the lab, whatever the shell had before; `--unset` undoes it."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import botocore
import hvac
import pytest
import requests

from labkit.commands.environment import BEFORE, no_proxy
from labkit.machine import openbao
from labkit.machine.ports import free_port
from tests.commands.standing import clean_environment, labkit, standing_lab

pytestmark = pytest.mark.integration

SHELLS = [shell for shell in ("sh", "bash", "dash", "zsh", "ksh") if shutil.which(shell)]
DUMP = "import json, os; print(json.dumps(dict(os.environ)))"

HARMLESS = {
    "ALL_PROXY": "no_proxy names the lab's addresses",
    "HTTPS_PROXY": "no_proxy names the lab's addresses",
    "HTTP_PROXY": "no_proxy names the lab's addresses",
    "all_proxy": "no_proxy names the lab's addresses",
    "https_proxy": "no_proxy names the lab's addresses",
    "http_proxy": "no_proxy names the lab's addresses",
    "CURL_CA_BUNDLE": "the lab's addresses are http",
    "REQUESTS_CA_BUNDLE": "the lab's addresses are http",
    "SSL_CERT_DIR": "the lab's addresses are http",
    "SSL_CERT_FILE": "the lab's addresses are http",
    "SSLKEYLOGFILE": "the lab's addresses are http",
    "NETRC": "Vault ignores basic authentication",
    "_X_AMZN_TRACE_ID": "a header that only traces",
    "FOO": "an example in a docstring of botocore",
}
NEVER_IN_A_SOURCE = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE")


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    clean = clean_environment(tmp_path_factory.mktemp("runtime"))
    with standing_lab(clean):
        yield clean


def in_shell(shell: str, env: Mapping[str, str], script: str) -> str:
    done = subprocess.run(
        [shell, "-eu", "-c", script], env=dict(env), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def after(shell: str, env: Mapping[str, str], *commands: str) -> dict[str, str]:
    """Return the environment of a shell in which the output of these commands was evaluated."""
    evaluated = "".join(f'eval "$({command})"; ' for command in commands)
    found: dict[str, str] = json.loads(
        in_shell(shell, env, f"{evaluated}{sys.executable} -c '{DUMP}'")
    )
    return found


def names_in(package: Path, pattern: str) -> set[str]:
    sources = "\n".join(path.read_text() for path in package.rglob("*.py"))
    return set(re.findall(pattern, sources))


def names_read_by_clients() -> set[str]:
    """Return every variable that botocore, hvac, requests and the command line read."""
    read = r"""(?:environ(?:\.get\(|\[)|getenv\()\s*['"](\w+)['"]"""
    binary = Path(openbao.binary()).read_bytes()
    found = {name.decode() for name in re.findall(rb"(?:BAO|VAULT)_[A-Z0-9_]{2,60}", binary)}
    for module in (botocore, hvac, requests):
        found |= names_in(Path(str(module.__file__)).parent, read)
    quoted = r"""['"]((?:AWS|BOTO|BOTOCORE)_[A-Z0-9_]+)['"]"""
    found |= names_in(Path(botocore.__file__).parent, quoted)
    services = ("EC2", "IAM", "S3", "STS", "LAMBDA")
    return found | {f"AWS_ENDPOINT_URL_{service}" for service in services} | {*NEVER_IN_A_SOURCE}


def test_the_inventory_finds_what_clients_are_known_to_read() -> None:
    found = names_read_by_clients()

    known = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_SESSION_TOKEN BAO_NAMESPACE VAULT_CACERT"
    assert {*known.split(), "BOTO_CONFIG", "VAULT_TOKEN", "NETRC"} <= found


def test_every_variable_that_a_client_reads_is_set_or_unset_or_harmless(
    env: dict[str, str],
) -> None:
    polluted = env | dict.fromkeys(names_read_by_clients(), "polluted")

    left = {
        name for name, value in after("sh", polluted, "labkit env").items() if "polluted" in value
    }

    assert left - {BEFORE} <= HARMLESS.keys()


@pytest.fixture
def used_shell(env: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return the environment of a shell that led elsewhere, with an AWS configuration that does."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(
        f"[default]\nignore_configured_endpoint_urls = true\nendpoint_url = {nowhere}\n"
        "retry_mode = nonsense\n[profile elsewhere]\nregion = nowhere\n"
    )
    (tmp_path / ".vault-token").write_text("hvs.elsewhere")
    names = "AWS_ENDPOINT_URL AWS_ENDPOINT_URL_IAM VAULT_ADDR VAULT_AGENT_ADDR BAO_AGENT_ADDR "
    names += "VAULT_PROXY_ADDR BAO_PROXY_ADDR VAULT_HTTP_PROXY BAO_HTTP_PROXY http_proxy HTTP_PROXY"
    elsewhere = {
        "HOME": str(tmp_path),
        "AWS_PROFILE": "elsewhere",
        "AWS_SESSION_TOKEN": "elsewhere",
        "AWS_RETRY_MODE": "nonsense",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "VAULT_NAMESPACE": "elsewhere",
        "BAO_NAMESPACE": "elsewhere",
        "VAULT_CLIENT_CERT": "/nowhere",
        "VAULT_WRAP_TTL": "60",
        "VAULT_TOKEN": "hvs.elsewhere",
    }
    return env | dict.fromkeys(names.split(), nowhere) | elsewhere


@pytest.mark.parametrize("shell", SHELLS)
def test_real_clients_reach_the_lab_from_a_used_shell(
    shell: str, used_shell: dict[str, str]
) -> None:
    clients = "import boto3, hvac\nprint(boto3.client('iam').list_users()['Users'][0]['UserName'])"
    clients += "\nprint(hvac.Client().lookup_token()['data']['policies'])"
    tools = f'{openbao.binary()} secrets list; {sys.executable} -c "{clients}"'

    printed = in_shell(shell, used_shell, f'eval "$(labkit env)"; {tools}')

    assert "cubbyhole/" in printed
    assert printed.endswith("['root']\n")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("times", [1, 2])
def test_unset_restores_the_shell(shell: str, times: int, used_shell: dict[str, str]) -> None:
    odd = used_shell | {"AWS_ODD": "a'b\"c$(id)\n d", "NO_PROXY": "corp.example"}
    plain = after(shell, odd)

    led = after(shell, odd, *["labkit env"] * times)
    restored = after(shell, odd, *["labkit env"] * times, "labkit env --unset")

    assert led["VAULT_ADDR"] != odd["VAULT_ADDR"]
    assert "AWS_PROFILE" not in led
    assert led["no_proxy"].split(",") == ["corp.example", "127.0.0.1", "localhost"]
    assert restored == plain


def test_what_config_root_needs_is_exported(env: dict[str, str]) -> None:
    script = (
        'eval "$(labkit env)"; b=$0; $b secrets enable aws >&2; $b write aws/config/root '
        "access_key=$LABKIT_VAULT_ROOT_ACCESS_KEY_ID region=$AWS_REGION "
        "secret_key=$LABKIT_VAULT_ROOT_SECRET_ACCESS_KEY "
        "iam_endpoint=$LABKIT_AWS_URL_FOR_VAULT sts_endpoint=$LABKIT_AWS_URL_FOR_VAULT >&2; "
        "$b write aws/roles/r credential_type=iam_user policy_arns=arn:aws:iam::aws:policy/X >&2; "
        "$b read -field=access_key aws/config/root; $b secrets disable aws >&2"
    )
    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", script, openbao.binary()],
        env=env,
        capture_output=True,
        check=False,
    )

    assert done.stdout.startswith(b"AKIA"), done.stderr


@pytest.mark.parametrize(
    ("named", "value"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "a, b"}, "a,b,127.0.0.1,localhost"),
        ({"NO_PROXY": "a", "no_proxy": "b"}, "a,b,127.0.0.1,localhost"),
        ({"no_proxy": "127.0.0.1"}, "127.0.0.1,localhost"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_hosts_without_proxy_are_kept(named: dict[str, str], value: str) -> None:
    assert no_proxy(named) == {"NO_PROXY": value, "no_proxy": value}


def test_a_shell_of_the_lab_has_the_command_lines_and_the_lab(env: dict[str, str]) -> None:
    done = subprocess.run(
        [str(shutil.which("labkit", path=env["PATH"])), "shell"],
        env=env | {"SHELL": "/bin/sh"},
        input="vault secrets list && bao status -format=json && exit 7\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 7, done.stderr
    assert "cubbyhole/" in done.stdout
    assert '"sealed": false' in done.stdout


def test_unset_without_a_lab_prints_nothing_to_evaluate(tmp_path: Path) -> None:
    done = labkit(clean_environment(tmp_path / "runtime"), "env", "--unset")

    assert (done.returncode, done.stdout.strip()) == (0, "")


def test_env_without_a_lab_prints_nothing_to_evaluate(tmp_path: Path) -> None:
    done = labkit(clean_environment(tmp_path / "runtime"), "env")

    assert (done.returncode, done.stdout) == (1, "")
    assert "No lab stands" in done.stderr
