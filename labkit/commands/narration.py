"""Telling a flow in a terminal: each step, what Vault answered, what AWS saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from rich.console import Console

from labkit.lab import Lab
from labkit.redact import redact, redact_text
from labkit.vault.leases import Credentials, Lease

if TYPE_CHECKING:
    from labkit.servers.aws.api.entry import Entry

Answer = TypeVar("Answer")
OPERATOR = "operator"  # the IAM user of the lab's own questions


class Narration:
    """Tells each step of a lab as it happens.

    Args:
        lab: the lab the story is of.
        console: where it is told.
    """

    def __init__(self, lab: Lab, console: Console) -> None:
        self._lab = lab
        self._console = console
        self._steps = 0
        self._seen = 0

    def tell(self, title: str, command: str, act: Callable[[], Answer]) -> Answer:
        """Announce a step and the CLI command it equals, take it, and show what came of it."""
        self._steps += 1
        self._console.print(f"\n[bold]{self._steps}. {title}[/bold]")
        self._show("$", command.splitlines())
        answer = act()
        self._show("Vault:", [in_words(answer)])
        self._show("AWS:  ", in_sentences(self._new_calls()) or ["no call"])
        return answer

    def prove(self, moment: str, lease: Lease) -> None:
        """Add a row to the proof table and show it; raise ProofError if it does not hold."""
        lease_cell, user, ec2, s3 = self._lab.proof(moment, lease).cells
        self._new_calls()
        proved = f"{moment}: lease {lease_cell}, IAM user {user}, EC2 {ec2}, S3 {s3}"
        self._show("proof:", [proved])

    def _new_calls(self) -> list[Entry]:
        """Return the AWS calls since the last step, but the lab's own questions."""
        entries = self._lab.aws_admin.journal(after=self._seen)
        self._seen = entries[-1].seq if entries else self._seen
        return [entry for entry in entries if entry.caller != OPERATOR]

    def _show(self, lead: str, lines: Sequence[str]) -> None:
        for line in lines:
            self._console.print(f"   {lead} {line}", markup=False, highlight=False, soft_wrap=True)


def in_sentences(entries: Sequence[Entry]) -> list[str]:
    """Return AWS calls as sentences: for each caller, in order, what was done and what came of it.

    Calls that a caller repeats with the same outcome are counted.
    """
    runs = groupby(entries, key=lambda entry: (entry.principal, entry.target_user))
    return [_sentence(principal, user, list(calls)) for (principal, user), calls in runs]


def _sentence(principal: str | None, user: str | None, calls: Sequence[Entry]) -> str:
    who = (principal or "an unknown key").rpartition("/")[2]
    counts = Counter(f"{call.action} {call.error or 'ok'}" for call in calls)
    times = {call: f" (x{count})" if count > 1 else "" for call, count in counts.items()}
    what = ", ".join(f"{call}{often}" for call, often in times.items())
    return f"{who}: {what}" + (f" (user {user})" if user else "")


def in_words(answer: Any) -> str:  # noqa: ANN401 - whatever a step returns
    """Return a step's answer for a reader, with nothing secret in it."""
    if answer is None or getattr(answer, "status_code", None) == 204:  # noqa: PLR2004 - HTTP
        return "done (204)"
    if isinstance(answer, tuple) and isinstance(answer[-1], Lease):
        return _lease_in_words(*answer)
    if hasattr(answer, "lookup_token"):
        return f"a token with the policies {answer.lookup_token()['data']['policies']}"
    if isinstance(answer, Lease):
        return f"ttl {answer.ttl} s, renewable {answer.renewable}"
    return redact_text(str(redact(answer)))


def _lease_in_words(credentials: Credentials, lease: Lease) -> str:
    return (
        f"lease_id {lease.lease_id}, lease_duration {lease.lease_duration} s, "
        f"renewable {lease.renewable}, {credentials}"
    )
