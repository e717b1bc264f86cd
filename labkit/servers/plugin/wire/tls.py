"""The plugin's certificate and the two TLS contexts of AutoMTLS.

Each side trusts exactly one certificate, that of the other. The server's key is P-521, which
OpenSSL (Python's ssl) speaks and BoringSSL (grpcio) does not.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SERVER_NAME = "localhost"


@dataclass(frozen=True)
class TLSCertificate:
    """A certificate and its private key, both PEM."""

    certificate: bytes
    key: bytes = field(repr=False)

    def der(self) -> bytes:
        """Return the certificate as DER."""
        return ssl.PEM_cert_to_DER_cert(self.certificate.decode())


def new_identity(now: datetime) -> TLSCertificate:
    """Make a self-signed certificate for `localhost`, valid from a minute ago for 30 years.

    Args:
        now: UTC time; the minute makes up for coarse or differing clocks.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SERVER_NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=30 * 365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(SERVER_NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return TLSCertificate(certificate.public_bytes(pem), key.private_bytes(pem, pkcs8, plain))


def listening_context(identity: TLSCertificate, peer: str, folder: Path) -> ssl.SSLContext:
    """Return the context of the plugin's own listener: only the server that started it gets in.

    Args:
        identity: the plugin's.
        peer: the server's certificate, PEM.
        folder: a private folder; the key lies there for the moment that OpenSSL needs it as a file.
    """
    return _context(ssl.PROTOCOL_TLS_SERVER, identity, peer, folder)


def dialing_context(identity: TLSCertificate, peer: str, folder: Path) -> ssl.SSLContext:
    """Return the context for connections to the server's brokered listeners; see above."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, identity, peer, folder)


def _context(purpose: int, identity: TLSCertificate, peer: str, folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(purpose)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    context.load_verify_locations(cadata=peer)
    both = folder / "identity.pem"
    try:
        both.touch(mode=0o600)
        both.write_bytes(identity.key + identity.certificate)
        context.load_cert_chain(both)
    finally:
        both.unlink(missing_ok=True)
    return context
