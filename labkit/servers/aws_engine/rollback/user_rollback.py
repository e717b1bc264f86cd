"""Undo an issue that broke off: delete the IAM user that it made."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from labkit.servers.aws_engine.aws_calls.aws_errors import as_engine_error, code
from labkit.servers.aws_engine.aws_calls.clients import AwsClient
from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials.iam_user import delete_user
from labkit.servers.aws_engine.rollback.user_creation import is_predictable, made_by_call
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.request import Request

_log = logging.getLogger(__name__)


def user(mount: AwsMount, request: Request, data: Mapping[str, Any]) -> None:
    """Delete the IAM user that a write-ahead entry names, if the issue made it.

    Raises:
        EngineError: if AWS refuses; the entry then stays for another time.
    """
    names = [value for key, value in data.items() if key.lower() == "username"]
    if not names:
        raise EngineError("write-ahead entry of kind user names no UserName")
    iam = mount.clients.iam(request.storage)
    if is_predictable(data) and not _is_ours(iam, data, names[0]):
        return
    delete_user(iam, names[0], may_be_gone=True)


def _is_ours(iam: AwsClient, data: Mapping[str, Any], username: str) -> bool:
    try:
        with as_engine_error("unable to look up the IAM user of an interrupted issue"):
            found = iam.get_user(UserName=username)["User"]
    except EngineError as error:
        if code(error.__cause__) == "NoSuchEntity":
            return False
        raise
    ours = made_by_call(data, found)
    if not ours:
        _log.warning(
            "An interrupted issue may have created IAM user %s, but somebody else may have created "
            "it too. The rollback leaves it; delete it if nobody uses it.",
            username,
        )
    return ours
