"""Client for the emulator's admin API."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import requests

from labkit.errors import AwsSideError
from labkit.machine import listeners
from labkit.machine.restoring import restoring
from labkit.servers.aws.api.entry import Decided, Entry, StatementEntry
from labkit.servers.aws.api.fault import Fault
from labkit.servers.aws.api.interface import PREFIX, TOKEN_HEADER, Identity
from labkit.servers.aws.api.propagation import Propagation

TIMEOUT = (2, 30)  # seconds to connect, and between two bytes of the answer
LONGEST_REASON = 500  # characters of a refusal that are shown


@dataclass(frozen=True)
class AwsAdmin:
    """The lab's AWS side, as `labkit.servers.aws.server` serves it.

    Args:
        url: where it listens, such as "http://127.0.0.1:5000".
        token: its admin token.
    """

    url: str
    token: str = field(repr=False)

    def is_ready(self) -> bool:
        """Say whether AWS answers; it does so only with IAM enforced."""
        try:
            return '"ready"' in self._ask("GET", "health").text
        except AwsSideError:
            return False

    def identities(self) -> dict[str, Identity]:
        """Return the identities that exist from the start, by user name.

        They are `operator`, who may do everything, and `vault-root`, who may do what Vault must.
        """
        found = self._ask("GET", "identities").json()
        return {name: Identity(**fields) for name, fields in found.items()}

    def journal(self, after: int = 0) -> list[Entry]:
        """Return what AWS was asked, in the order of its answers.

        Args:
            after: the number of the last entry already known.
        """
        lines = self._ask("GET", "journal", params={"after": after}).text.splitlines()
        return [Entry.from_json(line) for line in lines]

    def journal_dropped(self) -> int:
        """Return how many of the oldest entries the journal has dropped to bound its memory."""
        answer = self._ask("GET", "journal", params={"after": sys.maxsize})
        return int(answer.headers["X-Labkit-Dropped"])

    def decision(
        self, access_key_id: str, action: str, resource: str, context: Mapping[str, str]
    ) -> Decided:
        """Return what AWS would decide on an action and a resource, with every statement.

        Args:
            access_key_id: the caller's key.
            action: such as "s3:GetObject".
            resource: an ARN, or "*".
            context: condition keys and values, besides those of the caller.

        Raises:
            AwsSideError: AWS does not accept the key.
        """
        asked = {"access_key_id": access_key_id, "action": action, "resource": resource}
        found = self._ask("POST", "decision", json={**asked, "context": dict(context)}).json()
        rows = tuple(StatementEntry(**row) for row in found.pop("rows"))
        return Decided(**found, rows=rows)

    def current_faults(self) -> list[Fault]:
        """Return the faults that AWS shows now, with the times they have left."""
        return [Fault(**fields) for fields in self._ask("GET", "faults").json()]

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Make AWS show these faults and no others."""
        self._ask("PUT", "faults", json=[asdict(fault) for fault in faults])

    @contextmanager
    def faults(self, *faults: Fault) -> Iterator[None]:
        """Make AWS show these faults for a while; then the earlier ones are in force again."""
        before = self.current_faults()
        with restoring(lambda: self.set_faults(before)):
            self.set_faults(faults)
            yield

    def current_propagation(self) -> Propagation:
        """Return how long new and deleted keys take now until AWS knows of them."""
        return Propagation(**self._ask("GET", "propagation").json())

    def set_propagation(self, propagation: Propagation) -> None:
        """Let keys take this long from now on; those already new or deleted take no longer."""
        self._ask("PUT", "propagation", json=asdict(propagation))

    @contextmanager
    def propagation(self, *, new_keys: float = 0.0, deleted_keys: float = 0.0) -> Iterator[None]:
        """Make AWS eventually consistent for a while; then it is as it was before.

        Args:
            new_keys: seconds for which a new key is refused as unknown.
            deleted_keys: seconds for which a deleted key works on.

        Raises:
            TypeError, ValueError: these are no times from 0 to 60 seconds.
        """
        wanted, before = Propagation(new_keys, deleted_keys), self.current_propagation()
        with restoring(lambda: self.set_propagation(before)):
            self.set_propagation(wanted)
            yield

    def _ask(self, method: str, name: str, **content: Any) -> requests.Response:  # noqa: ANN401 - handed on
        """Ask one of the lab's own endpoints.

        Raises:
            AwsSideError: nobody answered, or the answer is a refusal.
        """
        url = f"{self.url}{PREFIX}{name}"
        try:
            with listeners.session() as http:
                http.headers[TOKEN_HEADER] = self.token
                answer = http.request(method, url, timeout=TIMEOUT, **content)
        except requests.RequestException as error:
            reason = type(error).__name__
            message = (
                f"{method} {url}: no answer ({reason}). Is the AWS server running? See its log."
            )
            raise AwsSideError(message) from error
        if not answer.ok:
            text = answer.text.strip()[:LONGEST_REASON]
            raise AwsSideError(f"{method} {url}: {answer.status_code} {text}")
        return answer
