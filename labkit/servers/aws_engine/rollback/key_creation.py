"""Create an access key under a write-ahead entry, and tell afterwards which key that was.

The entry records what proves that a key was made by this call:

* `Known`: the IDs of the user's keys before the call, and `Since`: AWS's time of that listing.
  `Known` is None if AWS did not list the keys.
* `Made`: the ID that AWS returned.
* `Found`: if AWS gave no answer, the IDs that were new right afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error, code
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.stored.role_entry import quoted
from labkit.servers.plugin import wal
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.request import Storage

CALL_TIME = timedelta(seconds=5)  # from the listing to the moment IAM makes the key


@dataclass(frozen=True)
class KeyListing:
    """The access keys of an IAM user.

    Args:
        created: the creation time of each key, by ID.
        time: AWS's own time of the answer; None if AWS did not say.
    """

    created: Mapping[str, datetime]
    time: datetime | None

    def note(self) -> dict[str, Any]:
        """Return the listing as a write-ahead entry records it."""
        return {"Known": [*self.created], "Since": self.time and self.time.isoformat()}


def list_keys(
    iam: AwsClient, username: str, doing: str = "unable to list access keys of IAM user"
) -> KeyListing:
    """Return the access keys of an IAM user; none if the user does not exist.

    Args:
        iam: the client to ask.
        username: the IAM user.
        doing: the beginning of the error text; the user's name follows.

    Raises:
        EngineError: if AWS refuses.
    """
    try:
        with as_engine_error(f"{doing} {quoted(username)}"):
            answer = iam.list_access_keys(UserName=username)
    except EngineError as error:
        if code(error.__cause__) == "NoSuchEntity":
            return KeyListing({}, None)
        raise
    return KeyListing(
        {key["AccessKeyId"]: key["CreateDate"] for key in answer["AccessKeyMetadata"]},
        answer_time(answer),
    )


def answer_time(answer: Mapping[str, Any]) -> datetime | None:
    """Return AWS's own time of an answer, in whole seconds; None if AWS did not say."""
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(date) if date else None


def create_key(
    mount: AwsMount,
    storage: Storage,
    iam: AwsClient,
    kind: str,
    note: Mapping[str, Any],
    doing: str,
) -> tuple[str, dict[str, str]]:
    """Create an access key; return the ID of its write-ahead entry, and the key.

    Args:
        mount: its clock dates the entry.
        storage: the mount's storage.
        iam: the client to ask.
        kind: the kind of the entry.
        note: what the entry records: `UserName`, `Known`, `Since`.
        doing: the beginning of the error text.

    Raises:
        EngineError: if AWS refuses. The entry stays only if AWS gave no answer.
    """
    from botocore.exceptions import ClientError

    entry = wal.put(storage, kind, note, clock=mount.clock)
    try:
        with as_engine_error(doing):
            created: dict[str, str] = iam.create_access_key(UserName=note["UserName"])["AccessKey"]
    except EngineError as error:
        if isinstance(error.__cause__, ClientError):  # nothing proves that a key was made
            wal.delete(storage, entry)
        else:
            wal.amend(storage, entry, {**note, **_found(iam, note)})
        raise
    wal.amend(storage, entry, {**note, "Made": created["AccessKeyId"]})
    return entry, created


def lost_keys(
    note: Mapping[str, Any], listing: KeyListing, stored: str
) -> tuple[list[str], list[str]]:
    """Return the keys that the call made and nobody holds, and those of which that is not sure.

    A key without its ID in the entry counts as made by the call if it is the only one that was
    created while the call ran.

    Args:
        note: the data of the write-ahead entry.
        listing: the user's keys now.
        stored: the ID of the key that the engine holds.
    """
    known = note.get("Known")
    unknown = [each for each in listing.created if each != stored and each not in (known or ())]
    if made := note.get("Made"):
        return [each for each in unknown if each == made], []
    during = [each for each in unknown if _made_during(note, each, listing.created[each])]
    if known is None or len(during) != 1:
        return [], unknown
    return during, [each for each in unknown if each not in during]


def _made_during(note: Mapping[str, Any], key: str, created: datetime) -> bool:
    since, found = note.get("Since"), note.get("Found")
    if since is None or (found is not None and key not in found):
        return False
    start = datetime.fromisoformat(since)
    return start <= created.replace(microsecond=0) <= start + CALL_TIME


def _found(iam: AwsClient, note: Mapping[str, Any]) -> dict[str, Any]:
    try:
        now = list_keys(iam, note["UserName"]).created
    except EngineError:  # AWS is away: the rollback has to do without
        return {}
    return {"Found": [each for each in now if each not in (note["Known"] or ())]}
