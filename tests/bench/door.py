"""Measure what the front door of the AWS side adds to a call: `python -m tests.bench.door`."""

from __future__ import annotations

import statistics
import sys
from functools import partial

from tests.bench.figures import Figure, report, seconds

CALLS = 300


def measure() -> list[Figure]:
    """Return the door's own time, and its share of moto's."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    from labkit.servers.aws.door.caller.signature import parse_signature
    from labkit.servers.aws.door.request.received import receive
    from labkit.servers.aws.rooms import build
    from labkit.servers.aws.warmup import CALLS as BODIES
    from labkit.servers.aws.warmup import request_of

    app, identities = build(DomainDispatcherApplication(create_backend_app), "token")
    request = request_of(identities[0], "iam", BODIES["iam"])

    def environ() -> dict[str, object]:
        return EnvironBuilder(
            method="POST", data=BODIES["iam"], headers=dict(request.headers.items())
        ).get_environ()

    def admit() -> dict[str, object]:
        given = environ()
        received = receive(given)
        signature = parse_signature(received)
        caller = app.aws.door.identify(received, signature)
        return app.aws.door.admit(given, received, signature, caller).environ

    def by_moto(admitted: dict[str, object]) -> None:
        assert app.aws.aws(admitted).status_code == 200

    run_wsgi_app(app, environ())
    by_moto(admit())
    empty = statistics.median(seconds(environ) for _ in range(CALLS))
    door = statistics.median(seconds(admit) for _ in range(CALLS)) - empty
    ready = [admit() for _ in range(CALLS)]
    moto = statistics.median(seconds(partial(by_moto, given)) for given in ready)
    return [
        Figure("the door, of a call", door * 1000, 1.0, "ms"),
        Figure(f"the door / moto ({moto * 1000:.2f} ms)", door / moto, 0.25),
    ]


def main() -> int:
    return report("The front door of the AWS side", measure())


if __name__ == "__main__":
    sys.exit(main())
