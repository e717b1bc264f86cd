import base64
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import run

import pytest
from cryptography import x509

from labkit.servers.plugin.wire.handshake import handshake_line, objection
from labkit.servers.plugin.wire.tls import (
    TLSCertificate,
    dialing_context,
    listening_context,
    new_identity,
)

GOOD = {
    "VAULT_BACKEND_PLUGIN": "6669da05-b1c8-4f49-97d9-c8e5bed98e20",
    "PLUGIN_PROTOCOL_VERSIONS": "5",
    "PLUGIN_CLIENT_CERT": "PEM",
}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_environment_of_a_server_meets_no_objection() -> None:
    assert objection(GOOD) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"VAULT_BACKEND_PLUGIN": ""}, "not meant to be started by hand"),
        ({"VAULT_BACKEND_PLUGIN": "926a0820-aea2-be28-51d6-83cdf00e8edb"}, "VAULT_BACKEND_PLUGIN"),
        ({"PLUGIN_PROTOCOL_VERSIONS": "3,4"}, "offers plugin protocol '3,4'"),
        ({"PLUGIN_CLIENT_CERT": ""}, "AutoMTLS"),
    ],
)
def test_any_other_environment_is_refused_with_a_reason(change: dict[str, str], says: str) -> None:
    assert says in (objection({**GOOD, **change}) or "")


def test_the_cookie_is_checked_before_anything_heavy_is_imported() -> None:
    code = (
        "import sys\n"
        "from labkit.servers.plugin import Backend\n"
        "from labkit.servers.plugin.serve import serve\n"
        "try: serve(Backend)\n"
        "except SystemExit as end: print(end.code, *sys.modules)"
    )

    result = run([sys.executable, "-c", code], env={}, capture_output=True, text=True, check=True)

    status, *modules = result.stdout.split()
    assert status == "1"
    assert "not meant to be started by hand" in result.stderr
    assert not {"asyncio", "hpack", "cryptography", "google.protobuf"} & set(modules)


@pytest.mark.parametrize("length", [300, 301, 302])
def test_the_line_carries_the_certificate_without_padding(length: int) -> None:
    line = handshake_line("/tmp/x/socket", bytes(length))  # noqa: S108 - only a text

    *start, certificate = line.split("|")
    assert start == ["1", "5", "unix", "/tmp/x/socket", "grpc"]  # noqa: S108 - only a text
    assert "=" not in certificate
    assert base64.b64decode(certificate + "=" * (-len(certificate) % 4)) == bytes(length)


def test_a_server_that_asks_for_a_multiplexed_broker_is_told_no() -> None:
    assert handshake_line("a", b"b", multiplexing_asked=True).endswith("|false")


def test_the_certificate_is_for_localhost_and_valid_since_a_minute() -> None:
    certificate = x509.load_der_x509_certificate(new_identity(NOW).der())

    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["localhost"]
    assert certificate.not_valid_before_utc == NOW - timedelta(minutes=1)


def test_an_identity_does_not_show_its_key() -> None:
    assert "PRIVATE" not in repr(new_identity(NOW))


def test_each_side_accepts_the_other_and_nobody_else(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    plugin, server, stranger = (new_identity(now) for _ in range(3))
    listening = listening_context(plugin, server.certificate.decode(), tmp_path)

    def dialing(identity: TLSCertificate) -> ssl.SSLContext:
        return dialing_context(identity, plugin.certificate.decode(), tmp_path)

    assert handshake(listening, dialing(server)) == "h2"
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(listening, dialing(stranger))
    assert list(tmp_path.iterdir()) == []


def handshake(listening: ssl.SSLContext, dialing: ssl.SSLContext) -> str | None:
    """Shake hands in memory and return the agreed protocol."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = listening.wrap_bio(to_server, to_client, server_side=True)
    client = dialing.wrap_bio(to_client, to_server, server_hostname="localhost")
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return client.selected_alpn_protocol()
