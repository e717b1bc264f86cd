"""What the handlers of one mount share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from labkit.servers.aws_engine.aws_calls.clients import Clients
from labkit.servers.aws_engine.stored.cached_by_name import CachedByName
from labkit.servers.aws_engine.stored.cached_value import CachedValue
from labkit.servers.aws_engine.stored.lease_entry import LeaseConfig
from labkit.servers.aws_engine.stored.role_entry import Role


@dataclass(frozen=True)
class AwsMount:
    """One mount's connection to AWS, its clock, and its lock.

    Args:
        clients: its connection to AWS.
        lease: the kept `config/lease`.
        roles: the kept Vault roles, by name.
        clock: the time in seconds since 1970 (UTC).
        writing: held while a stored record is read, changed and stored again.
        rotating: held while the key of a static role is made, replaced or deleted.
    """

    clients: Clients = field(default_factory=Clients)
    lease: CachedValue[LeaseConfig] = field(default_factory=CachedValue)
    roles: CachedByName[Role] = field(default_factory=CachedByName)
    clock: Callable[[], float] = time.time
    writing: threading.Lock = field(default_factory=threading.Lock)
    rotating: threading.Lock = field(default_factory=threading.Lock)
