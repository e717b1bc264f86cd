"""A person in a class: logs in with a password, starts a server, and works in its container."""

import time
from dataclasses import dataclass, field
from typing import Any

import requests

from labkit.machine.polling import happens_within
from labkit.runtimes.docker.daemon import daemon

START_SECONDS = 90
EXEC_SECONDS = 400  # three notebooks at once on two cores


@dataclass
class Person:
    """Somebody who uses the class's address with a browser's session."""

    address: str
    name: str
    password: str
    session: requests.Session = field(default_factory=requests.Session)

    def log_in(self) -> "Person":
        page = self.session.get(f"{self.address}hub/login", timeout=30)
        assert page.ok
        form = {"username": self.name, "password": self.password, "_xsrf": self.xsrf("/hub/")}
        answer = self.session.post(f"{self.address}hub/login", data=form, timeout=30)
        assert "/hub/login" not in answer.url, "the login was refused"
        return self

    def xsrf(self, path: str) -> str:
        found = [c.value for c in self.session.cookies if c.name == "_xsrf" and c.path == path]
        return found[-1] or ""

    def api(self, path: str, method: str = "GET", content: object = None) -> Any:
        answer = self.session.request(
            method,
            f"{self.address}hub/api/{path}",
            json=content,
            headers={"X-XSRFToken": self.xsrf("/hub/"), "Referer": f"{self.address}hub/home"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.text else None

    def start_server(self) -> None:
        if not self.has_server():  # the login may have started it
            self.api(f"users/{self.name}/server", "POST")
        assert happens_within(START_SECONDS, self.is_ready, every=0.2)

    def is_ready(self) -> bool:
        servers = self.api(f"users/{self.name}")["servers"]
        return bool(servers) and servers[""]["ready"]

    def has_server(self) -> bool:
        return bool(self.api(f"users/{self.name}")["servers"])


@dataclass(frozen=True)
class Container:
    """The container of an attendee."""

    name: str

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command in the container as its user."""
        with daemon(EXEC_SECONDS) as client:
            status, output = client.containers.get(self.name).exec_run(list(command))
        return status, output.decode()

    def python(self, text: str) -> str:
        status, output = self.run("python3", "-c", text)
        assert status == 0, output
        return output

    def megabytes(self) -> float:
        """Return the memory in use without the page cache, as `docker stats` counts it."""
        with daemon() as client:
            stats = client.containers.get(self.name).stats(stream=False, one_shot=True)
        used = stats["memory_stats"]
        cache = used["stats"].get("inactive_file", used["stats"].get("total_inactive_file", 0))
        return float(used["usage"] - cache) / 2**20


def seconds_since(start: float) -> float:
    return time.monotonic() - start
