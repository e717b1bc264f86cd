"""Remove from shared servers what a record says a lab created there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labkit.errors import LabError
from labkit.ownership import kinds
from labkit.ownership import record as records
from labkit.ownership.record import OwnershipRecord, Thing
from labkit.ownership.server_clients import ServerClients, open_servers

SWEEP = "`labkit sweep` tries again"


def remove(record: OwnershipRecord, servers: ServerClients) -> list[Thing]:
    """Remove a lab's things, the last created first, and then its record.

    Things that others created under the same names are left alone. Each thing is tried, whatever
    the others do, but for the IAM user: it stays while anything else does, because Vault needs its
    key to delete the users of its leases. Idempotent.

    Returns:
        The things that were looked at.

    Raises:
        LabError: a server refused or did not answer; the record is kept.
    """
    things = _order(record.things)
    failures: list[str] = []
    for thing in things:
        if thing.kind == kinds.IAM_USER and failures:
            failures.append(f"{thing}: kept until the rest is removed")
        elif failure := _try(servers, thing, record):
            failures.append(failure)
    if failures:
        record.close()
        raise LabError(f"Tried to remove what the lab created: {'; '.join(failures)}. {SWEEP}.")
    record.remove()
    return things


def _order(things: Sequence[Thing]) -> list[Thing]:
    """Return the things in the order of removal.

    The IAM user comes last: Vault needs its key to delete the users of the leases. A search for
    the token is only needed if its accessor was not recorded.
    """
    known = any(thing.kind == kinds.TOKEN for thing in things)
    return [thing for thing in reversed(things) if not (known and thing.kind == kinds.MARKED_TOKEN)]


def _try(servers: ServerClients, thing: Thing, record: OwnershipRecord) -> str:
    """Remove a thing; return what went wrong, empty if nothing did."""
    from botocore.exceptions import BotoCoreError, ClientError
    from hvac.exceptions import VaultError
    from requests.exceptions import RequestException

    try:
        kinds.remove(servers, thing, record.place)
    except (LabError, VaultError, RequestException, BotoCoreError, ClientError) as error:
        return f"{thing}: {error or type(error).__name__}"
    return ""


@dataclass(frozen=True)
class Swept:
    """The outcome for one record.

    Args:
        lab: the mark of the lab.
        outcome: what was removed, or why nothing was.
        is_done: whether nothing of the lab is left.
    """

    lab: str
    outcome: str
    is_done: bool

    def __str__(self) -> str:
        """Return the line that `labkit sweep` prints."""
        return f"{self.lab}: {self.outcome}"


def sweep(env: Mapping[str, str]) -> Iterator[Swept]:
    """Remove what killed labs left on the servers that the environment names.

    Args:
        env: VAULT_ADDR, VAULT_TOKEN and the rest, as for the external runtime.

    Yields:
        The outcome for each record.

    Raises:
        LabError: the folder of the records is not private, or a record cannot be read.
    """
    for record in records.abandoned(records.default_folder(env)):
        try:
            yield Swept(record.place.mark, _sweep_one(record, env), is_done=True)
        except LabError as error:
            yield Swept(record.place.mark, str(error), is_done=False)
        finally:
            record.close()


def _sweep_one(record: OwnershipRecord, env: Mapping[str, str]) -> str:
    from labkit.runtimes.external import External

    place = record.place
    named = (env.get("VAULT_ADDR"), env.get("AWS_ENDPOINT_URL") or None)
    if named != (place.vault_url, place.aws_url):
        raise LabError(
            f"It left things on {place.vault_url} and {place.aws_url or 'AWS'}. Set VAULT_ADDR, "
            "VAULT_TOKEN, AWS_ENDPOINT_URL and the operator's keys to these, and sweep again."
        )
    endpoints = External({**env, "VAULT_NAMESPACE": place.namespace}).start()
    things = remove(record, open_servers(endpoints, env))
    return f"removed {', '.join(map(str, things))}"
