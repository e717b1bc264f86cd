"""Measure what evidence costs: `python -m tests.bench.evidence`."""

import statistics
import sys

from labkit import Lab
from labkit.evidence.analyse.timeline import Event, Lifetime, lifetimes
from labkit.evidence.collect.audit import Request
from labkit.plots.lifetimes import lease_lifetimes
from tests.bench.figures import Figure, report, seconds
from tests.evidence.pieces import call, issue, lease, request

ISSUES = 40
LEASES = 10_000
CALLS_PER_ISSUE = 3


def journal_and_audit_share(lab: Lab) -> float:
    """Return what journal and audit reading take of the time of an issue, as a ratio.

    The journal's part is all that the AWS side does around moto; the audit log's is the reading
    that `lab.gather` does per issue, its questions for hashes included.
    """
    lab.gather()
    issues = [seconds(lab.issue) for _ in range(ISSUES)]
    reading = seconds(lab.gather) / ISSUES
    return (CALLS_PER_ISSUE * journal_seconds() + reading) / statistics.median(issues)


def journal_seconds() -> float:
    """Return the seconds that the AWS side's application adds to one call."""
    from werkzeug.test import EnvironBuilder, run_wsgi_app
    from werkzeug.wrappers import Response

    from labkit.servers.aws.app import App
    from labkit.servers.aws.control import Control
    from labkit.servers.aws.faults import Faults
    from labkit.servers.aws.journal import Journal
    from labkit.servers.aws.pending_key_changes import PendingKeyChanges
    from labkit.servers.aws.principals import Principals

    answer = Response("<CreateUserResponse/>", mimetype="text/xml")
    app = App(answer, Control([], Journal(), Faults(), PendingKeyChanges(), "token"), Principals())

    def once(served: object) -> float:
        scope = "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/iam/aws4_request"
        environ = EnvironBuilder(
            method="POST",
            data={"Action": "CreateUser", "UserName": "vault-token-my-ec2-role-1-x"},
            headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"},
        ).get_environ()
        return seconds(lambda: run_wsgi_app(served, environ))

    through = statistics.median(once(app) for _ in range(300))
    directly = statistics.median(once(answer) for _ in range(300))
    assert len(app.control.journal.after(0)) == 300
    return through - directly


def joining_seconds() -> float:
    """Return the seconds of joining 10,000 leases with 30,000 AWS calls and 20,000 requests."""
    return seconds(ten_thousand)


def drawing_seconds() -> float:
    """Return the seconds of drawing 10,000 leases into a picture."""
    from matplotlib.figure import Figure as Canvas

    found = ten_thousand()

    def draw() -> None:
        figure = Canvas(figsize=(9, 6), layout="constrained")
        lease_lifetimes(found, figure.subplots())
        figure.canvas.draw()

    return seconds(draw)


def ten_thousand() -> list[Lifetime]:
    events, calls, requests = [], [], []
    for number in range(LEASES):
        name, at = str(number), number * 0.01
        events.append(Event(at, "issue", lease(name, issued=at, expires=at + 6)))
        calls += [call(action, name, time=at) for action in ("CreateUser", "CreateAccessKey")]
        calls.append(call("DeleteUser", name, time=at + 3))
        requests += revoked(name, at)
    return lifetimes(events, [], calls, requests)


def revoked(name: str, at: float) -> list[Request]:
    asked = issue(name, time=at, user_name=f"user-{name}")
    return [asked, request("sys/leases/revoke", time=at + 3, lease_id=asked.lease_id)]


def main() -> int:
    with Lab.start(through="role", runtime="embedded") as lab:
        share = journal_and_audit_share(lab)
    figures = [
        Figure("journal and audit reading, of an issue", share, 0.05),
        Figure(f"joining {LEASES:,} leases", joining_seconds(), 3, "s"),
        Figure(f"drawing {LEASES:,} leases", drawing_seconds(), 3, "s"),
    ]
    return report("Evidence", figures)


if __name__ == "__main__":
    sys.exit(main())
