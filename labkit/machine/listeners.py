"""Connections to servers on loopback, checked before anything is sent.

A port number proves nothing: after a server has ended, another process may listen on its port.
A runtime guards the ports of its servers. `session()` then sends to a guarded port only while the
lab's own process listens there, so that no token reaches another process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psutil
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection

from labkit.errors import StartError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass
class Guard:
    """The process that must listen on a port.

    Args:
        name: the server's name, for messages.
        pid: the process that was started; the listener is this process or one of its descendants.
        trouble: returns a sentence about what keeps the server from working, or "".
    """

    name: str
    pid: int | None
    trouble: Callable[[], str] = str  # `str()` is ""
    _listener: psutil.Process | None = field(default=None, repr=False)

    def listens_on(self, port: int) -> bool:
        """Return whether the server listens on the port.

        A server keeps its listening socket for life, so it is looked for once.
        """
        if self.pid is None:
            return False
        if self._listener is None or not self._listener.is_running():
            self._listener = _listener(self.pid, port)
        return self._listener is not None


# Many threads use both; each change is a single operation of a dict or a set, which is atomic
_guards: dict[int, Guard] = {}
_away: set[str] = set()  # hosts with ports that an outage has taken away


def guard(port: int, owner: Guard) -> None:
    """Let only this owner receive what `session()` sends to a loopback port."""
    _guards[port] = owner


def release(port: int) -> None:
    """Stop guarding a port. Idempotent."""
    _guards.pop(port, None)


def check(host: str | None, port: int | None) -> None:
    """Raise StartError if the port is guarded and another process than its owner listens there."""
    owner = _guards.get(port or 0) if host in LOOPBACK else None
    if owner is None or port is None or owner.listens_on(port):
        return
    raise StartError(
        f"Port {port} on {host} does not belong to the lab's server {owner.name}: another process "
        "listens there, or the server has ended. Nothing was sent. "
        "Stop that process and start the server again, or start a new lab with Lab.start()."
    )


def check_url(url: str) -> None:
    """Raise StartError if another process than the lab's server listens at a URL."""
    where = urlsplit(url)
    check(where.hostname, where.port)


def take_away(url: str) -> None:
    """Let each request of this process to a server fail until `bring_back`. Idempotent."""
    _away.add(urlsplit(url).netloc)


def bring_back(url: str) -> None:
    """End what `take_away` began. Idempotent."""
    _away.discard(urlsplit(url).netloc)


def trouble(url: str) -> str:
    """Return a sentence about what keeps the lab's server at a URL from working, or ""."""
    where = urlsplit(url)
    owner = _guards.get(where.port or 0) if where.hostname in LOOPBACK else None
    return owner.trouble() if owner else ""


def session() -> requests.Session:
    """Return an HTTP session for servers on loopback: checked, and without the shell's proxies."""
    http = requests.Session()
    http.trust_env = False
    http.mount("http://", _CheckingAdapter())
    return http


def session_elsewhere() -> requests.Session:
    """Return an HTTP session for servers on other machines."""
    http = requests.Session()
    for scheme in ("http://", "https://"):
        http.mount(scheme, _OutageAdapter())
    return http


class _CheckedConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        try:
            check(self.host, self.port)
        except StartError:
            self.close()
            raise


class _CheckedPool(HTTPConnectionPool):
    ConnectionCls = _CheckedConnection


class _OutageAdapter(HTTPAdapter):
    def send(
        self,
        request: requests.PreparedRequest,
        *positional: Any,  # noqa: ANN401 - handed on
        **named: Any,  # noqa: ANN401 - handed on
    ) -> requests.Response:
        where = urlsplit(request.url or "").netloc
        if where in _away:
            raise requests.ConnectionError(f"{where} is away: lab.outage() took it away")
        return super().send(request, *positional, **named)


class _CheckingAdapter(_OutageAdapter):
    def init_poolmanager(self, *positional: Any, **named: Any) -> None:  # noqa: ANN401 - handed on
        super().init_poolmanager(*positional, **named)
        pools = {"http": _CheckedPool, "https": HTTPSConnectionPool}
        self.poolmanager.pool_classes_by_scheme = pools


def _listener(pid: int, port: int) -> psutil.Process | None:
    """Return the process below `pid` that listens on a TCP port, None if there is none."""
    try:
        started = psutil.Process(pid)
        processes = [*started.children(recursive=True), started]
    except psutil.Error:
        return None
    return next((process for process in processes if _has_listener(process, port)), None)


def _has_listener(process: psutil.Process, port: int) -> bool:
    try:
        connections = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(
        found.status == psutil.CONN_LISTEN and found.laddr.port == port for found in connections
    )
