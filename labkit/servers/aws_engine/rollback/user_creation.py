"""Tell which IAM user a CreateUser call made, if its name alone does not prove it.

A `username_template` without a random part makes names that somebody else may have chosen too. The
write-ahead entry of such a user records more than the name:

* `Existed`: whether a user of that name existed before the call; None if AWS did not say.
* `Since`: AWS's time of that answer.
* `UserId`: IAM's own ID of the user that the call made, if AWS returned it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import code
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.rollback.key_creation import CALL_TIME, answer_time


def user_before_call(iam: AwsClient, username: str) -> dict[str, Any]:
    """Return what a write-ahead entry records of a name before CreateUser is called."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        iam.get_user(UserName=username)
    except ClientError as error:
        if code(error) == "NoSuchEntity":
            time = answer_time(error.response)
            return {"Existed": False, "Since": time and time.isoformat()}
    except BotoCoreError:
        pass
    else:
        return {"Existed": True, "Since": None}
    return {"Existed": None, "Since": None}


def is_predictable(note: Mapping[str, Any]) -> bool:
    """Tell whether somebody else may have chosen the name in a write-ahead entry."""
    return "Existed" in note


def made_by_call(note: Mapping[str, Any], user: Mapping[str, Any]) -> bool:
    """Tell whether the call of a write-ahead entry made a user.

    Args:
        note: the data of the entry.
        user: the user of that name now, as GetUser returns it.
    """
    if "UserId" in note:
        return bool(user["UserId"] == note["UserId"])
    if note["Existed"] is not False or note["Since"] is None:
        return False
    start, created = datetime.fromisoformat(note["Since"]), user["CreateDate"]
    return bool(start <= created.replace(microsecond=0) <= start + CALL_TIME)
