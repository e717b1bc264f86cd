"""The broker: how the server tells where its storage listens, and how the plugin gets there."""

from __future__ import annotations

import ssl
import threading
from collections import defaultdict
from concurrent.futures import Future

from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.wire.grpc.unary_client import UnaryClient
from labkit.servers.plugin.wire.messages import Message

DIAL_SECONDS = 5.0


class Broker:
    """The connections that the server offers, each by the id under which a Setup asks for it.

    Offer and Setup arrive on different streams, either one first; hence a future for each id.
    Thread-safe.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._lock = threading.Lock()
        self._offers: defaultdict[int, Future[str]] = defaultdict(Future)

    def offer(self, info: Message) -> None:
        """Take note of a `ConnInfo` of the server."""
        with self._lock:
            offer = self._offers[info.service_id]
            if not offer.done():
                offer.set_result(info.address)

    def dial(self, broker_id: int, seconds: float = DIAL_SECONDS) -> UnaryClient:
        """Return a connected client of what the server offers under an id.

        Args:
            broker_id: from the Setup.
            seconds: timeout of the offer, and of the connection; go-plugin's own is 5.

        Raises:
            EngineError: the offer or the connection did not come in time.
        """
        try:
            return self._dial(broker_id, seconds)
        except (OSError, TimeoutError) as error:
            raise EngineError(
                f"no brokered connection {broker_id} to the server within {seconds:g} s "
                f"({type(error).__name__}): mount the engine again"
            ) from error
        finally:
            with self._lock:
                self._offers.pop(broker_id, None)

    def _dial(self, broker_id: int, seconds: float) -> UnaryClient:
        with self._lock:
            offer = self._offers[broker_id]
        client = UnaryClient(offer.result(seconds), self._tls, seconds)
        client.connect()  # now, because the server waits for it and an error belongs to Setup
        return client
