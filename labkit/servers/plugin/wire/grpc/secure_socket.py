"""A Unix socket with TLS that one thread may read while others write."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress

from labkit.servers.plugin.wire.tls import SERVER_NAME

_READ_BYTES = 1 << 17


class SecureSocket:
    """A connected socket, and TLS if there is a context.

    `receive` blocks and touches no TLS state. All other methods need the caller's lock if several
    threads use the socket: OpenSSL's objects are not thread-safe.

    Args:
        raw: the connected socket; its timeout applies.
        tls: the TLS context; None for plain text.
        is_server: which side of the TLS handshake this is.
    """

    def __init__(self, raw: socket.socket, tls: ssl.SSLContext | None, *, is_server: bool) -> None:
        self._raw = raw
        self._ended = False
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None
        if tls is not None:
            name = None if is_server else SERVER_NAME
            self._tls = tls.wrap_bio(
                self._incoming, self._outgoing, server_side=is_server, server_hostname=name
            )

    def shake_hands(self) -> None:
        """Do the TLS handshake.

        Raises:
            OSError: if the peer is not the one that the context trusts, goes away or is too slow.
        """
        if self._tls is None:
            return
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._incoming.write(self._received())
            except ssl.SSLError:
                with suppress(OSError):
                    self._flush()  # the alert that tells the peer why
                raise
            else:
                self._flush()
                return

    def receive(self) -> bytes:
        """Wait for bytes, still encrypted; empty if the peer has ended TLS or the connection."""
        return b"" if self._ended else self._raw.recv(_READ_BYTES)

    def decrypt(self, received: bytes) -> bytes:
        """Return the plain text of received bytes, as far as it is complete."""
        if self._tls is None:
            return received
        parts = []
        self._incoming.write(received)
        with suppress(ssl.SSLWantReadError):
            while not self._ended and (self._incoming.pending or self._tls.pending()):
                parts.append(self._tls.read(_READ_BYTES))
                self._ended = not parts[-1]
        if self._outgoing.pending:
            self._flush()
        return b"".join(parts)

    def send(self, data: bytes) -> None:
        """Send bytes."""
        if self._tls is None:
            self._raw.sendall(data)
        elif data:
            self._tls.write(data)
            self._flush()

    def set_timeout(self, seconds: float | None) -> None:
        """Bound each wait for the peer; None for no bound."""
        self._raw.settimeout(seconds)

    def shut_down(self) -> None:
        """End the connection without touching the TLS state: another thread may be using it."""
        with suppress(OSError):  # the peer may have closed the connection
            self._raw.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket. Idempotent."""
        self._raw.close()

    def _received(self) -> bytes:
        received = self.receive()
        if not received:
            raise ConnectionResetError("the peer closed the connection during the TLS handshake")
        return received

    def _flush(self) -> None:
        self._raw.sendall(self._outgoing.read())
