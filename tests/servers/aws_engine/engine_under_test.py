"""The engine as the plugin protocol sees it, with storage in memory and a clock to turn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.engine import backend
from labkit.servers.plugin.dispatch import dispatch
from labkit.servers.plugin.request import Operation, Request, Response, Secret
from tests.clock import Clock
from tests.servers.memory import FixedSystemView, MemoryStorage, as_fields

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class EngineUnderTest:
    storage: MemoryStorage = field(default_factory=MemoryStorage)
    clock: Clock = field(default_factory=lambda: Clock(1_700_000_000.0))

    def __post_init__(self) -> None:
        self.mount = AwsMount(clock=self.clock)
        self.backend = backend(self.mount)

    def read(self, path: str, **data: Any) -> Response | None:
        return self.ask(Operation.READ, path, **data)

    def write(self, path: str, **data: Any) -> Response | None:
        return self.ask(Operation.UPDATE, path, **data)

    def delete(self, path: str) -> Response | None:
        return self.ask(Operation.DELETE, path)

    def list(self, path: str) -> Response | None:
        return self.ask(Operation.LIST, path)

    def issue(self, role: str, through: str = "creds", **data: Any) -> Response:
        response = self.read(f"{through}/{role}", **data)
        assert response is not None
        assert response.secret is not None
        issued = datetime.fromtimestamp(self.clock.now, UTC)
        return replace(response, secret=replace(response.secret, issue_time=issued))

    def renew(self, secret: Secret) -> Secret:
        response = self.ask(Operation.RENEW, "creds/x", secret=secret)
        assert response is not None
        assert response.secret is not None
        return response.secret

    def revoke(self, secret: Secret | None) -> None:
        assert secret is not None
        assert self.ask(Operation.REVOKE, "creds/x", secret=secret) is None

    def roll_back(self, **data: Any) -> None:
        self.ask(Operation.ROLLBACK, "", **data)

    @property
    def write_ahead_log(self) -> Sequence[str]:
        return self.storage.list("wal/")

    def ask(
        self, operation: Operation, path: str, secret: Secret | None = None, **data: Any
    ) -> Response | None:
        request = Request(
            operation=operation,
            path=path,
            storage=self.storage,
            system=FixedSystemView(),
            fields=as_fields(data),
            display_name="token-web app",
            secret=secret,
        )
        return dispatch(self.backend, request, self.clock)
