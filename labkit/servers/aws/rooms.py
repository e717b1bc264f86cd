"""Put the parts of the AWS side together."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from labkit.servers.aws.answering import Answering
from labkit.servers.aws.api.interface import Identity
from labkit.servers.aws.app import App
from labkit.servers.aws.control import Control
from labkit.servers.aws.direct import DirectMoto
from labkit.servers.aws.door.caller.callers import Callers
from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.door.caller.sessions import Sessions
from labkit.servers.aws.door.door import Door
from labkit.servers.aws.door.request.services import services
from labkit.servers.aws.faults import Faults
from labkit.servers.aws.identities import create_identities
from labkit.servers.aws.journal.journal import Journal
from labkit.servers.aws.journal.principals import Principals
from labkit.servers.aws.patches import PatchedMoto, State

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def build(
    moto: WSGIApplication, token: str, hosts: frozenset[str] = frozenset()
) -> tuple[App, list[Identity]]:
    """Return the application, and the identities that exist from the start.

    Args:
        moto: moto's WSGI application.
        token: the admin token.
        hosts: further names under which the server is known.
    """
    state = State(Sessions(), PendingKeyChanges(), time.time)
    callers = Callers(state.sessions, state.pending, time.time)
    door = Door(services(), callers, time.time)
    journal, faults, identities = Journal(), Faults(), create_identities()
    aws = Answering(PatchedMoto(DirectMoto(moto), state), door, journal, faults, Principals())
    control = Control(identities, journal, faults, state.pending, callers, token)
    return App(aws, control, hosts), identities
