import os
import re
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
import requests

from labkit.errors import StartError
from labkit.machine import openbao
from labkit.machine.ports import free_port
from labkit.runtimes.embedded import Embedded
from labkit.runtimes.process import ServerProcess
from labkit.servers import plugin
from labkit.vault.client import connect
from tests.processes import offspring, pipe, still_running

pytestmark = pytest.mark.integration

HOLDER = """
from labkit import Lab
lab = Lab.start(through="engine", runtime="embedded")
print("ready", flush=True)
input()
"""


def test_everything_listens_on_loopback_and_stops() -> None:
    runtime = Embedded()
    before = set(offspring(os.getpid()))
    runtime.start()
    started = [process for process in offspring(os.getpid()) if process not in before]

    addresses = {
        connection.laddr.ip
        for process in started
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }

    runtime.stop()
    assert addresses == {"127.0.0.1"}
    assert still_running(started) == []


def test_stopping_twice_and_before_a_start_is_no_error() -> None:
    runtime = Embedded()
    runtime.stop()
    runtime.start()
    runtime.stop()
    runtime.stop()


def test_the_folder_goes_with_the_runtime() -> None:
    runtime = Embedded()
    endpoints = runtime.start()
    folder = Path(endpoints.audit_log).parent
    assert folder.exists()

    runtime.stop()

    assert not folder.exists()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(StartError, match=f"Port {port} on 127.0.0.1 is taken"):
            free_port(port)


def test_a_server_that_dies_at_start_shows_its_log(tmp_path: Path) -> None:
    command = [openbao.binary(), "server", f"-config={tmp_path}/absent.hcl"]
    server = ServerProcess("bao", command, folder=tmp_path, env=os.environ)

    with pytest.raises(StartError, match=r"bao ended at start\.(.|\n)*absent\.hcl"):
        server.wait_until(lambda: False)

    server.stop()


def test_a_plugin_that_is_no_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_AWS_PLUGIN", "/nowhere/openbao-plugin-secrets-aws")

    with pytest.raises(StartError, match="LABKIT_AWS_PLUGIN names /nowhere"):
        Embedded().start()


def test_the_first_request_is_in_the_audit_log() -> None:
    runtime = Embedded()
    endpoints = runtime.start()
    lines = Path(endpoints.audit_log).read_text()

    runtime.stop()

    assert '"path":"sys/plugins/catalog/secret/aws"' in lines
    assert endpoints.root_token not in lines


def test_the_shells_keys_do_not_reach_the_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASHELL")
    runtime = Embedded()
    endpoints = runtime.start()
    connect(endpoints.vault_url, endpoints.root_token).sys.enable_secrets_engine("aws")

    environments = [process.environ() for process in offspring(os.getpid())]
    plugins = [found for found in environments if "VAULT_BACKEND_PLUGIN" in found]

    runtime.stop()
    assert plugins
    assert all("AWS_ACCESS_KEY_ID" not in found for found in plugins)


def test_a_persistent_vault_keeps_its_secrets_over_a_restart() -> None:
    runtime = Embedded(persistent=True)
    endpoints = runtime.start()
    vault = connect(endpoints.vault_url, endpoints.root_token)
    vault.sys.create_or_update_acl_policy("kept", policy='path "x" { capabilities = ["read"] }')

    runtime.stop_vault()
    with pytest.raises(requests.exceptions.ConnectionError):
        vault.sys.list_acl_policies()
    runtime.start_vault()
    policies = vault.sys.list_acl_policies()["data"]["keys"]

    runtime.stop()
    assert "kept" in policies


def test_the_engine_of_the_docstring_can_be_installed_and_mounted(tmp_path: Path) -> None:
    script = tmp_path / "an engine.py"
    (example,) = re.findall(r"^    from (?:.|\n)*?^    serve.*$", plugin.__doc__, re.MULTILINE)
    script.write_text(textwrap.dedent(example))
    runtime = Embedded()
    endpoints = runtime.start()
    vault = connect(endpoints.vault_url, endpoints.root_token)

    runtime.install_plugin("greeter", script)
    vault.sys.enable_secrets_engine("greeter", path="greeter")
    answer = vault.read("greeter/greet/you")["data"]

    runtime.stop()
    assert answer == {"greeting": "hello, you"}


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"plugin greeter is to run .*absent\.py"):
        Embedded().install_plugin("greeter", tmp_path / "absent.py")


def test_nothing_is_left_five_seconds_after_a_sigkill() -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert pipe(holder.stdout).readline() == b"ready\n"
    started = offspring(holder.pid)
    folders = {arg for process in started for arg in process.cmdline() if "/labkit-" in arg}

    holder.kill()
    holder.wait()

    assert len(started) >= 5  # two supervisors, the two servers, the plugin
    assert still_running(started) == []
    assert not any(Path(folder).exists() for folder in folders)
    pipe(holder.stdin).close()
    pipe(holder.stdout).close()


def test_a_free_port_is_free() -> None:
    port = free_port()

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))


def test_an_aws_side_that_dies_at_start_shows_its_log(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "labkit.servers.aws", "--port", port]
        env = os.environ | {"LABKIT_AWS_TOKEN": "t"}
        server = ServerProcess("aws", command, folder=tmp_path, env=env)

        with pytest.raises(StartError, match=rf"aws ended at start\.(.|\n)*{port}"):
            server.wait_until(lambda: False)

    server.stop()
