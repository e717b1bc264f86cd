"""The board of a class, a service of its JupyterHub: who has reached what.

Attendees post verdicts with the token of their own server. An administrator sees every row, an
attendee only their own. The records are lines of JSON in one file.

Environment: JUPYTERHUB_* (set by the Hub), LABKIT_BOARD_FILE, and LABKIT_BOARD_LISTEN where the
service's address is not one of this machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import board_page
import board_rows
from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.web import Application, HTTPError, RequestHandler, authenticated

MOST_BYTES = 8192
STOP_SECONDS = 60


@dataclass
class Board:
    """The records, and what the Hub is asked with the service's own token."""

    file: Path
    hub: str = field(default_factory=lambda: os.environ["JUPYTERHUB_API_URL"])
    records: list[board_rows.Record] = field(default_factory=list)

    def add(self, record: board_rows.Record) -> None:
        """Keep a record, in the file first."""
        board_rows.append(self.file, record)
        self.records.append(record)

    async def ask_hub(self, path: str, method: str = "GET", content: object = None) -> Any:  # noqa: ANN401 - JSON
        """Return the Hub's answer; raise HTTPClientError if it refuses."""
        answer = await AsyncHTTPClient().fetch(
            f"{self.hub}/{path}",
            method=method,
            headers={"Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}"},
            body=None if content is None else json.dumps(content),
            allow_nonstandard_methods=True,
        )
        return json.loads(answer.body) if answer.body else None

    async def is_instructor(self, user: str) -> bool:
        """Whether the Hub calls a user an administrator."""
        return bool((await self.ask_hub(f"users/{quote(user)}")).get("admin"))

    async def attendees(self) -> list[str]:
        """Return the names of the users who are no administrators."""
        users = await self.ask_hub("users?limit=1000")
        return [user["name"] for user in users if not user.get("admin")]


class OfBoard(HubOAuthenticated, RequestHandler):  # type: ignore[misc] # jupyterhub has no types
    """A request to the board by somebody whom the Hub knows."""

    def initialize(self, board: Board) -> None:
        """Keep the board."""
        self.board = board

    @property
    def user(self) -> str:
        """The name of whoever sent the request."""
        return str(self.current_user["name"])

    async def visible_rows(self) -> list[board_rows.Row]:
        """Return every row for an administrator, else the user's own."""
        records, now = self.board.records, board_rows.utc_now()
        if await self.board.is_instructor(self.user):
            return board_rows.rows(records, await self.board.attendees(), now)
        own = [record for record in records if record.user == self.user]
        return board_rows.rows(own, [self.user], now)


class Verdicts(OfBoard):
    """Where verdicts are posted."""

    @authenticated
    def post(self) -> None:
        """Keep a verdict of the user's whose token came with it."""
        if len(self.request.body) > MOST_BYTES:
            raise HTTPError(413)
        try:
            content = json.loads(self.request.body)
            record = board_rows.record_of(self.user, content, board_rows.utc_now())
        except (ValueError, AttributeError) as error:
            raise HTTPError(400, str(error)) from error
        self.board.add(record)
        self.set_status(201)


class Rows(OfBoard):
    """The rows as JSON."""

    @authenticated
    async def get(self) -> None:
        """Answer with the rows that the user may see."""
        self.write({"rows": [asdict(row) for row in await self.visible_rows()]})


class Page(OfBoard):
    """The rows as a page that reloads itself."""

    @authenticated
    async def get(self) -> None:
        """Answer with the page."""
        is_instructor = await self.board.is_instructor(self.user)
        form = self.xsrf_form_html() if is_instructor else None
        self.write(board_page.page(await self.visible_rows(), form))


class Reset(OfBoard):
    """Give one attendee a new lab and the notebooks as they were."""

    @authenticated
    async def post(self) -> None:
        """Stop the attendee's server and start it with the order to reset; for administrators."""
        if not await self.board.is_instructor(self.user):
            raise HTTPError(403, "Only the instructor resets an attendee.")
        server = f"users/{quote(self.get_argument('user'), safe='')}/server"
        try:
            await self._stop(server)
            await self.board.ask_hub(server, "POST", {"reset": secrets.token_hex(4)})
        except HTTPClientError as error:
            raise HTTPError(502, f"The Hub refused: {error}") from error
        self.redirect("./")

    async def _stop(self, server: str) -> None:
        """Stop a server, and wait until its container is gone."""
        for _ in range(STOP_SECONDS * 2):
            user = await self.board.ask_hub(server.removesuffix("/server"))
            if not user.get("servers") and not user.get("pending"):
                return
            if not user.get("pending"):
                await self.board.ask_hub(server, "DELETE")
            await asyncio.sleep(0.5)
        raise HTTPError(504, f"The server did not stop within {STOP_SECONDS} s.")


def application(board: Board) -> Application:
    """Return the service under its prefix."""
    prefix, given = os.environ["JUPYTERHUB_SERVICE_PREFIX"], {"board": board}
    handlers: list[Any] = [
        (prefix, Page, given),
        (f"{prefix}verdicts", Verdicts, given),
        (f"{prefix}rows", Rows, given),
        (f"{prefix}reset", Reset, given),
        (f"{prefix}oauth_callback", HubOAuthCallbackHandler),
    ]
    return Application(handlers, cookie_secret=secrets.token_bytes(32))


async def serve() -> None:
    """Listen where the Hub expects the service, until the process ends."""
    at = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    file = Path(os.environ["LABKIT_BOARD_FILE"])
    host = os.environ.get("LABKIT_BOARD_LISTEN") or at.hostname
    application(Board(file, records=board_rows.read(file))).listen(at.port or 80, host)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
