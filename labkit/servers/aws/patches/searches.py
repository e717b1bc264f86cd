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
    """Make moto list its folders, match a host and list the methods of an API only once.

    The hosts are few: the door admits only open services and AWS's regions.
    """
    folders = tuple(backends.list_of_moto_modules())
    add(backends, "list_of_moto_modules", lambda: folders)
    for owner, name in (
        (DomainDispatcherApplication, "get_backend_for_host"),
        (responses, "method_names_from_class"),
    ):
        add(owner, name, cache(getattr(owner, name)))
