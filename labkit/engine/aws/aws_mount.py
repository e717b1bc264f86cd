"""What the handlers of one mount share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from labkit.engine.aws.clients import Clients
from labkit.engine.aws.kept import Kept
from labkit.engine.aws.lease_entry import LeaseConfig


@dataclass(frozen=True)
class AwsMount:
    """One mount's connection to AWS, its clock, and its lock.

    Args:
        clients: its connection to AWS.
        lease: the kept `config/lease`.
        clock: the time in seconds since 1970 (UTC).
        writing: held while a stored record is read, changed and stored again.
        rotating: held while the key of a static role is made, replaced or deleted.
    """

    clients: Clients = field(default_factory=Clients)
    lease: Kept[LeaseConfig] = field(default_factory=Kept)
    clock: Callable[[], float] = time.time
    writing: threading.Lock = field(default_factory=threading.Lock)
    rotating: threading.Lock = field(default_factory=threading.Lock)
