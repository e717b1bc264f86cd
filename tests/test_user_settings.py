"""The user's own AWS and Vault settings: never read, whether they are valid or not."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import Lab, LabError, leases
from labkit.aws.probes import probe
from labkit.runtimes.server_environment import server_environment
from tests.impostor import Impostor
from tests.processes import offspring
from tests.unfriendly import aws_variables, plant_aws_folder

VAULT_VARIABLES = {
    "VAULT_TOKEN": "s.elsewhere",
    "VAULT_NAMESPACE": "elsewhere",
    "VAULT_CACERT": "/nowhere/ca.pem",
    "VAULT_CLIENT_CERT": "/nowhere/cert.pem",
    "VAULT_CLIENT_KEY": "/nowhere/key.pem",
    "VAULT_LOG_LEVEL": "nonsense",
    "BAO_LOG_LEVEL": "nonsense",
    "BAO_TOKEN": "s.elsewhere",
}


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Impostor]:
    with Impostor() as listener:
        yield listener


@pytest.fixture(scope="module")
def marker(tmp_path_factory: pytest.TempPathFactory, elsewhere: Impostor) -> Iterator[Path]:
    """Give the shell a broken `~/.aws`, every AWS_* invalid, proxies and a metadata server."""
    home = tmp_path_factory.mktemp("home")
    found = plant_aws_folder(home)
    url = f"http://127.0.0.1:{elsewhere.port}"
    with pytest.MonkeyPatch.context() as patch:
        for name in aws_variables():
            patch.setenv(name, "nonsense")
        for name, value in VAULT_VARIABLES.items():
            patch.setenv(name, value)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.delenv(name, raising=False)
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            patch.setenv(name, url)
        patch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "false")
        patch.setenv("HOME", str(home))
        patch.delenv("VAULT_ADDR", raising=False)
        yield found


@pytest.fixture(scope="module")
def hostile(marker: Path) -> Iterator[Lab]:
    del marker
    with Lab.start(through="approle", runtime="embedded", alongside=True) as running:
        yield running


@pytest.mark.integration
def test_lab_works_beside_broken_settings(hostile: Lab, marker: Path, elsewhere: Impostor) -> None:
    credentials, lease = hostile.issue()
    answer = probe(hostile.aws(credentials))
    hostile.revoke(lease)

    assert answer.key_accepted
    assert not marker.exists()
    assert elsewhere.received == b""


@pytest.mark.integration
def test_servers_get_no_variable_of_the_users(hostile: Lab, marker: Path) -> None:
    del hostile
    inherited = {"HOME": str(marker.parent)} | VAULT_VARIABLES

    for process in offspring(os.getpid()):
        found = process.environ()
        assert "nonsense" not in found.values()
        assert not {name for name in found if name.lower() in ("http_proxy", "all_proxy")}
        assert not found.items() & inherited.items(), process.cmdline()


@pytest.mark.integration
def test_servers_open_no_file_of_the_users(hostile: Lab, marker: Path) -> None:
    hostile.issue()
    home = str(marker.parent)

    opened = [file.path for process in offspring(os.getpid()) for file in process.open_files()]

    assert not [path for path in opened if path.startswith(home)]


@pytest.mark.integration
@pytest.mark.parametrize("service", ["iam", "sts"])
def test_config_root_without_endpoint_calls_the_labs_aws(hostile: Lab, service: str) -> None:
    keys = hostile.identities.vault_root
    hostile.root.sys.enable_secrets_engine("aws", path=f"bare-{service}")
    settings = {
        "access_key": keys.access_key_id,
        "secret_key": keys.secret_access_key,
        "region": "eu-north-1",
    }
    hostile.root.write_data(f"bare-{service}/config/root", data=settings)
    before = len(hostile.aws_admin.journal())

    hostile.root.write_data(
        f"bare-{service}/roles/r",
        data={"credential_type": "iam_user" if service == "iam" else "session_token"},
    )
    path = f"bare-{service}/{'creds' if service == 'iam' else 'sts'}/r"
    hostile.root.read(path)

    assert len(hostile.aws_admin.journal()) > before
    hostile.root.sys.disable_secrets_engine(f"bare-{service}")


@pytest.mark.integration
def test_engine_without_keys_finds_none(hostile: Lab, marker: Path, elsewhere: Impostor) -> None:
    hostile.root.sys.enable_secrets_engine("aws", path="keyless")
    hostile.root.write_data("keyless/roles/r", data={"credential_type": "iam_user"})

    with pytest.raises(LabError, match="NoCredentialsError"):
        leases.issue(hostile.root, "r", mount="keyless")

    assert not marker.exists()
    assert elsewhere.received == b""
    hostile.root.sys.disable_secrets_engine("keyless")


@pytest.mark.integration
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://iam.amazonaws.com",
        "http://127.0.0.1:{port}",
        "{lab}@127.0.0.1:{port}",
        "http://127.0.0.1:{port}\\@{lab_host}",
        "{lab}.example.com",
    ],
)
def test_engine_refuses_every_other_endpoint(
    hostile: Lab, elsewhere: Impostor, endpoint: str
) -> None:
    lab_url = hostile.endpoints.aws_url or ""
    url = endpoint.format(port=elsewhere.port, lab=lab_url, lab_host=lab_url[len("http://") :])
    hostile.vault.write_data("aws/config/root", data={"iam_endpoint": url})
    try:
        with pytest.raises(LabError, match=f"may call only {lab_url}"):
            hostile.issue()
    finally:
        hostile.vault.write_data("aws/config/root", data={"iam_endpoint": lab_url})

    assert elsewhere.received == b""


def test_opting_into_real_aws_lifts_the_limit(tmp_path: Path) -> None:
    bound = server_environment(tmp_path, {}, aws_url="http://lab")
    free = server_environment(tmp_path, {"LABKIT_REAL_AWS": "yes"}, aws_url="http://lab")

    assert bound.keys() - free.keys() == {"LABKIT_AWS_ENDPOINT"}
