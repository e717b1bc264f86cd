"""The broker: how the server tells where its storage listens, and how the plugin gets there."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict

from grpclib.client import Channel
from grpclib.config import Configuration

from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.wire.messages import Message
from labkit.servers.plugin.wire.tls import SERVER_NAME

DIAL_SECONDS = 5.0


class Broker:
    """The connections that the server offers, each by the id under which a Setup asks for it.

    Offer and Setup arrive on different streams, either one first; hence a future for each id.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._offers: defaultdict[int, asyncio.Future[str]] = defaultdict(
            lambda: asyncio.get_running_loop().create_future()
        )

    def offer(self, info: Message) -> None:
        """Take note of a `ConnInfo` of the server."""
        offer = self._offers[info.service_id]
        if not offer.done():
            offer.set_result(info.address)

    async def dial(self, broker_id: int, seconds: float = DIAL_SECONDS) -> Channel:
        """Return a connected channel to what the server offers under an id.

        Args:
            broker_id: from the Setup.
            seconds: bound for the offer and the connection together; go-plugin's own is 5.

        Raises:
            EngineError: the offer or the connection did not come in time.
        """
        try:
            return await asyncio.wait_for(self._dial(broker_id), seconds)
        except (OSError, TimeoutError) as error:
            raise EngineError(
                f"no brokered connection {broker_id} to the server within {seconds:g} s "
                f"({type(error).__name__}): mount the engine again"
            ) from error
        finally:
            self._offers.pop(broker_id, None)

    async def _dial(self, broker_id: int) -> Channel:
        address = await self._offers[broker_id]
        name = Configuration(ssl_target_name_override=SERVER_NAME)
        channel = Channel(path=address, ssl=self._tls, config=name)
        await (
            channel.__connect__()
        )  # now, for the server waits for it and an error belongs to Setup
        return channel
