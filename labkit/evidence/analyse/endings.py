"""How leases ended: requests to Vault that end a lease, a prefix, a token or a mount."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from labkit.evidence.model.requests import AuditedRequest, Requests

ALIVE, ENDED, EXPIRED, REVOKED = "alive", "ended", "expired", "revoked"
BY_PREFIX, BY_FORCE = "revoked by prefix", "revoked by force"
TOKEN_DIED, UNMOUNTED = "ended: its token died", "ended: its engine was disabled"
EARLY = "ended early"
PREFIXES = {"sys/leases/revoke-prefix/": BY_PREFIX, "sys/leases/revoke-force/": BY_FORCE}
MOUNTS = "sys/mounts/"
TOLERANCE = 2.0  # seconds: Vault's timers and the lab's looks are no more exact


@dataclass(frozen=True, slots=True)
class Cause:
    """What ended a lease, or was to end it.

    Args:
        time: when Vault was asked, epoch seconds UTC.
        how: one of this module's words.
        request: the request to Vault that did it; None if only the lab remembers it.
    """

    time: float
    how: str
    request: AuditedRequest | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Causes:
    """Every request that may have ended leases, ordered for quick finding.

    Args:
        of_lease: lease_id to the revocations of it alone.
        of_prefix: pairs of prefix and cause.
        of_token: accessor (as hashed) to the end of the token or of one it stems from.
    """

    of_lease: dict[str, list[Cause]]
    of_prefix: Sequence[tuple[str, Cause]]
    of_token: dict[str, list[Cause]]

    def of(self, lease_id: str, accessor: str, issued: float, gone: float | None) -> Cause | None:
        """Return what first ended a lease; None if no request did.

        Args:
            lease_id: the lease.
            accessor: of the token it was issued to, as hashed; empty if unknown.
            issued: when it was issued.
            gone: when it was surely gone; what came later did not end it.
        """
        until = float("inf") if gone is None else gone
        found = [
            *self.of_lease.get(lease_id, ()),
            *(cause for prefix, cause in self.of_prefix if lease_id.startswith(prefix)),
            *self.of_token.get(accessor, ()),
        ]
        in_time = [cause for cause in found if issued <= cause.time <= until]
        return min(in_time, key=lambda cause: cause.time, default=None)


def causes(requests: Requests) -> Causes:
    """Return what Vault was asked, and did not refuse, that ends leases."""
    granted = [one for one in requests if one.error is None]
    of_lease: dict[str, list[Cause]] = {}
    for one in granted:
        if one.lease_id and one.path.startswith("sys/leases/revoke"):
            of_lease.setdefault(one.lease_id, []).append(Cause(one.time, REVOKED, one))
    return Causes(of_lease, [*_prefixes(granted)], _token_ends(granted))


def _prefixes(requests: Requests) -> Iterator[tuple[str, Cause]]:
    for one in requests:
        for path, how in PREFIXES.items():
            if one.path.startswith(path):
                yield one.path.removeprefix(path), Cause(one.time, how, one)
        if one.operation == "delete" and one.path.startswith(MOUNTS):
            mount = one.path.removeprefix(MOUNTS).rstrip("/")
            yield f"{mount}/", Cause(one.time, UNMOUNTED, one)


def _token_ends(requests: Requests) -> dict[str, list[Cause]]:
    """Return when tokens were revoked; with a token, those that it made end too."""
    made: dict[str, list[str]] = {}
    for one in requests:
        if one.made_accessor and one.made_accessor != one.accessor:
            made.setdefault(one.accessor, []).append(one.made_accessor)
    ends: dict[str, list[Cause]] = {}
    for one in requests:
        ending = [one.ended_accessor] if one.ended_accessor else []
        while ending:
            accessor = ending.pop()
            ends.setdefault(accessor, []).append(Cause(one.time, TOKEN_DIED, one))
            ending += made.get(accessor, [])
    return ends


def classify_ending(
    cause: Cause | None, gone: float | None, planned_end: float | None, token_expires: float | None
) -> str:
    """Return how a lease ended.

    Args:
        cause: the request that ended it, None if there was none.
        gone: when it was surely gone; None if it was never seen to be.
        planned_end: when Vault said, last, that it would end it.
        token_expires: when the token it was issued to was to expire.
    """
    if cause is not None:
        return cause.how
    if gone is None:
        return ALIVE
    if planned_end is None:
        return ENDED
    if gone >= planned_end - TOLERANCE:
        return EXPIRED
    if token_expires is not None and gone >= token_expires - TOLERANCE:
        return TOKEN_DIED  # also if a busy machine saw it late: no lease outlives its token
    return EARLY
