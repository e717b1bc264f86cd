import subprocess
import sys

import pytest

from labkit.servers.aws.api.fault import Fault
from labkit.servers.aws_engine.aws_calls.clients import region
from labkit.servers.aws_engine.stored.root_entry import RootConfig
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.request import Operation
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator

KEYS = {"access_key": "AKIAEXAMPLE", "secret_key": "s3cret"}
LOADING = """
import sys, threading
from labkit.servers.aws_engine.engine import backend
from labkit.servers.plugin.request import Request
engine = backend()
print("botocore" in sys.modules)
engine.initialize(Request("initialize", path="", storage=None, system=None))
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join(10)
print("botocore.session" in sys.modules)
"""


@pytest.mark.parametrize(
    ("configured", "environment", "chosen"),
    [
        ("eu-north-1", {"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, "eu-north-1"),
        ("", {"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"}, "a"),
        ("", {"AWS_DEFAULT_REGION": "b"}, "b"),
        ("", {}, "us-east-1"),
    ],
)
def test_region_is_the_configured_one_else_the_environments(
    monkeypatch: pytest.MonkeyPatch, configured: str, environment: dict[str, str], chosen: str
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert region(RootConfig(region=configured)) == chosen


def test_client_is_kept_until_the_root_config_changes(engine: EngineUnderTest) -> None:
    engine.write("config/root", **KEYS)
    first = engine.mount.clients.iam(engine.storage)
    assert engine.mount.clients.iam(engine.storage) is first

    engine.write("config/root", region="eu-north-1")
    second = engine.mount.clients.iam(engine.storage)
    assert second is not first
    assert engine.backend.invalidate is not None
    engine.backend.invalidate("config/lease")
    assert engine.mount.clients.iam(engine.storage) is second
    engine.backend.invalidate("config/root")
    assert engine.mount.clients.iam(engine.storage) is not second


def test_client_has_room_for_64_calls_at_once_and_bounded_waits(engine: EngineUnderTest) -> None:
    engine.write("config/root", **KEYS)

    config = engine.mount.clients.iam(engine.storage).meta.config

    assert config.max_pool_connections >= 64
    assert (config.connect_timeout, config.read_timeout) == (5, 20)


@pytest.mark.integration
def test_without_keys_the_environments_are_used(
    mounted: EngineUnderTest,
    aws: Operator,
    root_config: dict[str, object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", str(root_config["access_key"]))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", str(root_config["secret_key"]))
    mounted.write("config/root", access_key="", secret_key="")
    mounted.write("roles/test", credential_type="iam_user")

    mounted.revoke(mounted.issue("test").secret)

    assert aws.calls_of()[0] == "CreateUser"


@pytest.mark.integration
def test_a_proxy_is_not_asked_for_what_is_on_loopback(
    mounted: EngineUnderTest, aws: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    mounted.write("roles/test", credential_type="iam_user")

    mounted.revoke(mounted.issue("test").secret)

    assert aws.new_users() == set()


@pytest.mark.integration
def test_by_default_a_call_is_retried_twice(mounted: EngineUnderTest, aws: Operator) -> None:
    mounted.write("config/root", max_retries=-1)
    mounted.write("roles/test", credential_type="iam_user")
    aws.cloud.set_faults([Fault("CreateUser", "Throttling", status=400)])

    with pytest.raises(UserError):
        mounted.issue("test")

    assert aws.calls_of() == ["CreateUser"] * 3


@pytest.mark.integration
@pytest.mark.parametrize(
    ("max_retries", "attempts"), [(-(2**31), 1), (-2, 1), (0, 1), (1, 2), (10, 11), (2**31, 11)]
)
def test_max_retries_are_bounded(mounted: EngineUnderTest, max_retries: int, attempts: int) -> None:
    mounted.write("config/root", max_retries=max_retries)

    retries = mounted.mount.clients.iam(mounted.storage).meta.config.retries

    assert retries["total_max_attempts"] == attempts


def test_aws_library_is_loaded_only_once_the_mount_is_ready() -> None:
    command = [sys.executable, "-W", "error", "-c", LOADING]

    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)

    assert (ended.stdout.split(), ended.stderr) == (["False", "True"], "")


def test_process_without_a_server_ends_before_it_loads_the_engine() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "labkit.servers.aws_engine"]

    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)

    assert ended.returncode == 1
    assert "labkit.servers.plugin.serve" in ended.stderr
    assert "labkit.servers.aws_engine.engine" not in ended.stderr
    assert "hpack" not in ended.stderr


def test_operations_of_all_paths_are_vaults(engine: EngineUnderTest) -> None:
    offered = {path.pattern: set(path.operations) for path in engine.backend.paths}

    read, update = Operation.READ, Operation.UPDATE
    name = r"(?P<name>\w(([\w-.@]+)?\w)?)"
    assert offered == {
        "config/root": {read, update, Operation.CREATE},
        "config/rotate-root": {update},
        "config/lease": {read, update},
        f"roles/{name}": {read, update, Operation.DELETE},
        "roles/?": {Operation.LIST},
        f"static-roles/{name}": {read, update, Operation.DELETE},
        "static-roles/?": {Operation.LIST},
        f"static-creds/{name}": {read},
        f"(creds|sts)/{name}": {read, update},
    }
