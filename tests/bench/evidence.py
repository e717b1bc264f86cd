"""Measure what evidence costs: `python -m tests.bench.evidence`."""

import statistics
import sys

from werkzeug.datastructures import Headers

from labkit import Lab
from labkit.evidence.analyse.timeline import Lifetime, lifetimes
from labkit.evidence.model.lease_events import Event
from labkit.evidence.model.requests import AuditedRequest
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
    """Return the seconds that reading a call and noting it add to one call."""
    from werkzeug.test import EnvironBuilder

    from labkit.servers.aws.api.entry import Entry
    from labkit.servers.aws.journal.calls import read_call
    from labkit.servers.aws.journal.journal import Journal
    from labkit.servers.aws.journal.principals import Principals

    journal, principals = Journal(), Principals()
    scope = "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/iam/aws4_request"
    environ = EnvironBuilder(
        method="POST",
        headers=Headers(
            {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
        ),
    ).get_environ()
    body = b"Action=CreateUser&UserName=vault-token-my-ec2-role-1-x"

    def once() -> None:
        call = read_call(environ, body)
        owner = principals.of(call.access_key_id)
        journal.add(
            Entry(
                time=0.0,
                duration=0.0,
                service=call.service,
                action=call.action,
                region=call.region,
                access_key_id=call.access_key_id,
                principal=owner and owner.arn,
                target_user=call.target_user,
                target_key_id=call.target_key_id,
                status=200,
                error=None,
            )
        )

    return statistics.median(seconds(once) for _ in range(300))


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


def revoked(name: str, at: float) -> list[AuditedRequest]:
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
