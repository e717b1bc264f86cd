"""Measure what a call costs on the AWS side, in its process: `python -m tests.bench.door`."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.bench.figures import Figure, report, seconds

CALLS = 300
USERS = 4_000  # IAM users; AWS's quota is 5,000
REGION = "us-east-1"


def median(acts: list[Callable[[], object]]) -> float:
    """Return the median of the seconds that the acts take."""
    return statistics.median(map(seconds, acts))


def measure() -> list[Figure]:
    """Compare the door, and a whole call, with moto alone, and a call with many users with few."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    from labkit.servers.aws.door.caller.parsed_signature import parse_signature
    from labkit.servers.aws.door.request.received import receive
    from labkit.servers.aws.door.stored.account import iam_of_account
    from labkit.servers.aws.rooms import build
    from labkit.servers.aws.warmup import CALLS as BODIES
    from labkit.servers.aws.warmup import request_of

    moto = DomainDispatcherApplication(create_backend_app)
    app, identities = build(moto, "token")

    def environ(user: str = "vault-root") -> dict[str, Any]:
        body = f"{BODIES['iam']}&UserName={user}"
        headers = list(request_of(identities[0], "iam", body).headers.items())
        return EnvironBuilder(method="POST", data=body, headers=headers).get_environ()

    def admit(given: dict[str, Any]) -> dict[str, Any]:
        received = receive(given)
        signature = parse_signature(received)
        caller = app.aws.door.identify(received, signature)
        return app.aws.door.admit(given, received, signature, caller).environ

    def call(given: dict[str, Any]) -> None:
        assert run_wsgi_app(app, given)[1].startswith("200")

    def whole(user: str) -> float:
        call(environ(user))
        return median([partial(call, environ(user)) for _ in range(CALLS)])

    run_wsgi_app(moto, admit(environ()))
    ready = [admit(environ()) for _ in range(CALLS)]
    alone = median([partial(run_wsgi_app, moto, given) for given in ready])  # not patched yet
    door = median([partial(admit, environ()) for _ in range(CALLS)])
    few = whole("vault-root")
    for number in range(USERS):
        iam_of_account().create_user(REGION, f"vault-{number}")
    many = whole(f"vault-{USERS - 1}")
    return [
        Figure("the door, of a call", door * 1000, 1.0, "ms"),
        Figure(f"the door / moto alone ({alone * 1000:.2f} ms)", door / alone, 0.25),
        Figure(f"a whole call ({few * 1000:.2f} ms) / moto alone", few / alone, 0.7),
        Figure(f"a call with {USERS:,} users / with two", many / few, 1.25),
    ]


def main() -> int:
    return report("A call on the AWS side", measure())


if __name__ == "__main__":
    sys.exit(main())
