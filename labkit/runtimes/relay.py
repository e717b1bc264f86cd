"""A loopback TCP relay in front of a server, which can be cut as a network can."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from labkit.errors import LabError
from labkit.machine import listeners
from labkit.machine.ports import HOST

CHUNK = 65536  # bytes
START_SECONDS = 10.0


class Relay:
    """Hand bytes on between loopback clients and a server.

    While the relay is cut, each connection is reset; the server itself is left alone. Thread-safe.

    Args:
        url: the server, such as "http://127.0.0.1:8200".

    Raises:
        LabError: the server is reached by TLS: its certificate does not name the relay.
    """

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        if where.scheme != "http" or not where.hostname:
            raise LabError(
                f"Tried to put a relay in front of {url}: the certificate of a server that is "
                "reached by TLS does not name the relay. Use a server on http://."
            )
        self._to = (where.hostname, where.port or 80)
        self._is_cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._port = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise LabError(f"The relay was not ready in {START_SECONDS:.0f} s. Try again.")

    @property
    def url(self) -> str:
        """Where clients reach the server through this relay."""
        return f"http://{HOST}:{self._port}"

    def cut(self) -> None:
        """Reset all connections, and each new one until `mend`. Idempotent."""
        self._is_cut = True
        self._loop.call_soon_threadsafe(self._reset_all)

    def mend(self) -> None:
        """Hand on connections again. Idempotent."""
        self._is_cut = False

    def close(self) -> None:
        """End the relay and its connections. Idempotent."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(START_SECONDS)

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._accept, HOST, 0))
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(_cancel_others())
        self._loop.close()

    def _reset_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if not self._is_cut:
                await self._connect(reader, writer)
        except (OSError, LabError):  # the server is gone, or the port is not the server's
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection(*self._to)
        try:
            listeners.check(*self._to)
            both = (_hand_on(reader, to_writer), _hand_on(to_reader, writer))
            await asyncio.gather(*both)
        finally:
            to_writer.transport.abort()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # transports that were aborted close their sockets now


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK):
        writer.write(chunk)
        await writer.drain()
    with suppress(OSError):
        writer.write_eof()
