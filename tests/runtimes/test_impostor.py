"""A port is no proof: what listens on a lab's port gets a secret only if it is the lab's server."""

from collections.abc import Callable

import pytest

from labkit import Lab
from labkit.aws.admin import AwsAdmin
from labkit.errors import StartError
from labkit.machine import listeners
from labkit.machine.ports import free_port
from labkit.notebook.magic import Options, run
from labkit.runtimes import embedded
from labkit.runtimes.embedded import Embedded
from labkit.vault.client import connect
from tests.impostor import Impostor

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("which", ["vault", "aws"])
def test_port_taken_between_choice_and_start_gets_no_secret(
    which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Impostor() as impostor:
        port = impostor.port
        ports = iter((port, free_port()) if which == "vault" else (free_port(), port))
        monkeypatch.setattr(embedded, "free_port", lambda wanted=None: wanted or next(ports))

        with pytest.raises(StartError, match=r"does not belong to the lab's|ended at start"):
            Embedded().start()

        assert impostor.received == b""


def test_restart_on_a_port_that_was_taken_meanwhile_sends_nothing() -> None:
    runtime = Embedded(persistent=True)
    endpoints = runtime.start()
    runtime.stop_vault()
    with Impostor(int(endpoints.vault_url.rpartition(":")[2])) as impostor:
        with pytest.raises(StartError, match="is taken"):
            runtime.start_vault()
        assert impostor.received == b""

    runtime.start_vault()
    policies = connect(endpoints.vault_url, endpoints.root_token).sys.list_acl_policies()
    runtime.stop()
    assert "default" in policies["data"]["keys"]


def test_restart_that_loses_the_race_for_its_port_sends_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runtime = Embedded(persistent=True)
    endpoints = runtime.start()
    runtime.stop_vault()
    monkeypatch.setattr(embedded, "free_port", lambda wanted=None: wanted)

    with Impostor(int(endpoints.vault_url.rpartition(":")[2])) as impostor:
        with pytest.raises(StartError, match=r"does not belong to the lab's|ended at start"):
            runtime.start_vault()
        assert impostor.received == b""

    runtime.stop()


def _by_client(url: str, token: str) -> None:
    connect(url, token).sys.list_acl_policies()


def _by_admin(url: str, token: str) -> None:
    AwsAdmin(url, token).identities()


@pytest.mark.parametrize("ask", [_by_client, _by_admin])
def test_clients_send_nothing_while_the_server_is_stopped(
    ask: Callable[[str, str], None],
) -> None:
    with Impostor() as impostor:
        listeners.guard(impostor.port, listeners.Guard("bao", pid=None))
        try:
            with pytest.raises(StartError, match=f"Port {impostor.port}.* Nothing was sent"):
                ask(f"http://127.0.0.1:{impostor.port}", "s.secret")
        finally:
            listeners.release(impostor.port)

        assert impostor.received == b""


def test_command_line_sends_nothing_while_the_server_is_stopped() -> None:
    with Lab.start(runtime="embedded", persistent=True) as lab:
        assert isinstance(lab.runtime, Embedded)
        lab.runtime.stop_vault()
        with Impostor(int(lab.endpoints.vault_url.rpartition(":")[2])) as impostor:
            with pytest.raises(StartError, match="Nothing was sent"):
                run("vault token lookup", Options(client="", fails=False, rest=""), {})
            assert impostor.connections == 0


def test_ports_are_no_longer_guarded_after_the_lab() -> None:
    runtime = Embedded()
    endpoints = runtime.start()
    runtime.stop()

    for url in (endpoints.vault_url, endpoints.aws_url or ""):
        with Impostor(int(url.rpartition(":")[2])) as stranger:
            connect(f"http://127.0.0.1:{stranger.port}").sys.read_health_status(method="GET")
            assert stranger.received
