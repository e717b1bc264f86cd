"""What moto searches for again at each call, although the result is always the same."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from moto import backends
from moto.core import responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from labkit.servers.aws.patches.wrapping import add

if TYPE_CHECKING:
    from labkit.servers.aws.patches import State


def patch(_: State) -> None:
    """Make moto find its folders, the service of a host and the method of an operation only once.

    Hosts and operations are few: the door admits only those that AWS has.
    """
    folders = tuple(backends.list_of_moto_modules())
    add(backends, "list_of_moto_modules", lambda: folders)
    for owner, name in (
        (DomainDispatcherApplication, "get_backend_for_host"),
        (responses, "method_names_from_class"),
        (responses, "camelcase_to_underscores"),
    ):
        add(owner, name, cache(getattr(owner, name)))
