"""Find leases by what an investigation begins with: a key, a user, a token, a lease."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from labkit.errors import LabError
from labkit.evidence.analyse.calls import Calls
from labkit.evidence.analyse.facts import Facts
from labkit.evidence.model.lease_ids import ELLIPSIS, shorten
from labkit.evidence.model.requests import HASH_LENGTH, HMAC, Requests
from labkit.redact import redact_text, shorten_key_id
from labkit.vault.leases import Lease

ACCESSOR = re.compile(r"[A-Za-z0-9]{16,}(\.[A-Za-z0-9]+)?")
MOST_SHOWN = 6  # characters of an identifier whose kind is not known


def find_leases(
    known: Mapping[str, Facts],
    wanted: object,
    hashed: Callable[[str], str | None],
    calls: Calls,
    requests: Requests,
) -> list[str]:
    """Return the leases that an identifier belongs to: several only for a token's accessor.

    Args:
        known: the facts of each lease, by lease_id, in the order of issue.
        wanted: a lease, a lease_id, an access key id, an IAM user's name, the accessor of a token
            or its HMAC. A lease_id and a key id may be shortened, as outputs show them.
        hashed: asks Vault for the HMAC of an accessor; None if Vault does not tell.
        calls: AWS's journal.
        requests: Vault's audit log, named.

    Raises:
        LabError: nothing is known of it, a shortened form fits several leases, or it is None.
    """
    text = _identifier(wanted)
    found = [lease_id for lease_id, facts in known.items() if text in _names(facts, calls)]
    if not found and ELLIPSIS in text:
        found = [one for one, facts in known.items() if _fits_short(text, facts, calls)]
    if len(found) > 1:
        names = ", ".join(map(shorten, found))
        raise LabError(
            f"{len(found)} leases fit {_shown(text)}: {names}. Ask again with a lease_id."
        )
    if not found:
        shown = hashed(text) if ACCESSOR.fullmatch(text) else text
        found = [one for one, facts in known.items() if _is_of_token(facts, shown or "")]
    if not found:
        raise LabError(_unknown(text, known, calls, requests))
    return found


def _identifier(wanted: object) -> str:
    if isinstance(wanted, Lease):
        return wanted.lease_id
    if isinstance(wanted, str):
        return wanted.strip()
    if wanted is None:
        raise LabError("No evidence of any lease. Issue credentials with lab.issue().")
    raise LabError(
        f"Asked for the story of a {type(wanted).__name__}. Give a lease, or a string: "
        "lease_id, access key id, IAM user or token accessor."
    )


def _names(facts: Facts, calls: Calls) -> set[str]:
    return {facts.lease_id, facts.user_name, *_keys(facts, calls)} - {""}


def _keys(facts: Facts, calls: Calls) -> Iterator[str]:
    """Yield the access key ids of a lease: as the lab, Vault and AWS have them."""
    yield from (event.lease.access_key for event in facts.events)
    yield (facts.request.access_key if facts.request else None) or ""
    for call in calls:
        is_its_own = facts.user_name and call.target_user == facts.user_name
        if is_its_own and call.action == "CreateAccessKey" and call.target_key_id:
            yield call.target_key_id


def _fits_short(text: str, facts: Facts, calls: Calls) -> bool:
    if text.startswith(ELLIPSIS):
        return len(text) > len(ELLIPSIS) and facts.lease_id.endswith(text.removeprefix(ELLIPSIS))
    return text in {shorten_key_id(key) for key in _keys(facts, calls)}


def _is_of_token(facts: Facts, hashed: str) -> bool:
    accessor = facts.request.accessor if facts.request else ""
    return hashed.startswith(HMAC) and hashed[:HASH_LENGTH] == accessor[:HASH_LENGTH]


def _unknown(text: str, known: Mapping[str, Facts], calls: Calls, requests: Requests) -> str:
    users = len({facts.user_name for facts in known.values()} - {""})
    return (
        f"No evidence of {_shown(text)}. Searched {len(known)} leases, {users} IAM users, "
        f"{len(calls)} AWS calls and {len(requests)} Vault requests. Give a lease, its lease_id, "
        "its access key id, its IAM user or the accessor of its token; lab.lifetimes() lists "
        "the leases."
    )


def _shown(text: str) -> str:
    """Return an identifier, shortened: it may be a secret that was given by mistake."""
    redacted = redact_text(text)
    if "/" in text.strip("/") and ELLIPSIS not in text and redacted == text:
        return f"{text.rpartition('/')[0]}/{ELLIPSIS}"
    short = redacted != text or len(text) <= MOST_SHOWN or ELLIPSIS in text
    return repr(redacted if short else f"{redacted[:MOST_SHOWN]}{ELLIPSIS}")
