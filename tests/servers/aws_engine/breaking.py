"""The ways in which one AWS call can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from botocore.exceptions import ReadTimeoutError

from labkit.servers.aws.api.fault import Fault
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator


class Killed(BaseException):
    """The process ends here: nothing catches it, and nothing is done after it."""


@contextmanager
def error(_: EngineUnderTest, aws: Operator, action: str) -> Iterator[None]:
    with aws.cloud.faults(Fault(action, "ServiceFailure", status=500)):
        yield


@contextmanager
def throttle(_: EngineUnderTest, aws: Operator, action: str) -> Iterator[None]:
    with aws.cloud.faults(Fault(action, "Throttling", status=400)):
        yield


@contextmanager
def timeout(engine: EngineUnderTest, _: Operator, action: str) -> Iterator[None]:
    """Lose the request: AWS does nothing, and the client times out."""
    with _at(engine, "before-send", action, ReadTimeoutError(endpoint_url="aws")):
        yield


@contextmanager
def lost_answer(engine: EngineUnderTest, _: Operator, action: str) -> Iterator[None]:
    """Let AWS do it, and nobody hear of it."""
    with _at(engine, "response-received", action, ReadTimeoutError(endpoint_url="aws")):
        yield


@contextmanager
def killed_before(engine: EngineUnderTest, _: Operator, action: str) -> Iterator[None]:
    with _at(engine, "before-send", action, Killed()):
        yield


@contextmanager
def killed_after(engine: EngineUnderTest, _: Operator, action: str) -> Iterator[None]:
    with _at(engine, "response-received", action, Killed()):
        yield


KINDS: dict[str, Callable[..., AbstractContextManager[object]]] = {
    "error": error,
    "throttle": throttle,
    "timeout": timeout,
    "answer lost": lost_answer,
    "killed before": killed_before,
    "killed after": killed_after,
}


@contextmanager
def _at(engine: EngineUnderTest, event: str, action: str, what: BaseException) -> Iterator[None]:
    """Raise something once, at an event of the engine's own IAM client."""
    events = engine.mount.clients.iam(engine.storage).meta.events
    name, left = f"{event}.iam.{action}", [what]

    def handle(**_: object) -> None:
        if left:
            raise left.pop()

    events.register(name, handle)
    try:
        yield
    finally:
        events.unregister(name, handle)
