"""What undoes an issue that did not come to its end: the IAM user it may have made is deleted."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.servers.aws_engine.aws_mount import AwsMount
from labkit.servers.aws_engine.credentials.iam_user import delete_user
from labkit.servers.plugin.errors import EngineError
from labkit.servers.plugin.request import Request


def user(mount: AwsMount, request: Request, data: Mapping[str, str]) -> None:
    """Delete the IAM user that a write-ahead entry names; one that does not exist is fine.

    Raises:
        EngineError: if AWS refuses; the entry then stays for another time.
    """
    names = [value for key, value in data.items() if key.lower() == "username"]
    if not names:
        raise EngineError("write-ahead entry of kind user names no UserName")
    delete_user(mount.clients.iam(request.storage), names[0], may_be_gone=True)
