"""What moto searches for once, and not at each call."""

from __future__ import annotations

import inspect
import os
import time

import pytest
from moto import backends
from moto.core import responses
from moto.iam.responses import IamResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.door.caller.sessions import Sessions
from labkit.servers.aws.patches import State, searches

HOST = "iam.us-east-1.amazonaws.com"


class SearchedError(Exception):
    """Something was searched for."""


def searched(*_: object, **__: object) -> None:
    raise SearchedError


def search() -> tuple[str, list[str]]:
    """Find the service of a host, and the methods of an API."""
    service: str = DomainDispatcherApplication(create_backend_app).get_backend_for_host(HOST)
    methods: list[str] = vars(responses)["method_names_from_class"](IamResponse)
    return service, methods


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name in (
        (backends, "list_of_moto_modules"),
        (DomainDispatcherApplication, "get_backend_for_host"),
        (responses, "method_names_from_class"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # put back at the end
    searches.patch(State(Sessions(), PendingKeyChanges(), time.time))


@pytest.mark.parametrize(("owner", "name"), [(os, "listdir"), (inspect, "getmembers")])
def test_moto_alone_searches_at_each_call(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str
) -> None:
    search()
    monkeypatch.setattr(owner, name, searched)
    with pytest.raises(SearchedError):
        search()


@pytest.mark.usefixtures("patched")
def test_the_patched_moto_searches_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = search()
    monkeypatch.setattr(os, "listdir", searched)
    monkeypatch.setattr(inspect, "getmembers", searched)

    assert first[0] == "iam"
    assert first == search()
