"""The names, paths and tags that IAM accepts.

Source: AWS, "IAM and AWS STS quotas: IAM name requirements", "Tags for IAM resources".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.request.operations import ServiceOperation
from labkit.servers.aws.door.stored.users import names_in_lower_case

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

_CHARACTERS = re.compile(r"[\w+=,.@-]+", re.ASCII)
_NAMES = {
    "UserName": 64,
    "NewUserName": 64,
    "RoleName": 64,
    "GroupName": 128,
    "NewGroupName": 128,
    "PolicyName": 128,
    "InstanceProfileName": 128,
}
_SESSION_NAMES = {"RoleSessionName": (2, 64), "Name": (2, 32)}
_PATH = re.compile(r"/|(/[\x21-\x7e]+/)")
_MAX_PATH = 512
_MAX_TAGS = 50
_TAG_KEY = re.compile(r"[\w\s_.:/=+\-@]{1,128}")
_TAG_VALUE = re.compile(r"[\w\s_.:/=+\-@]{0,256}")


_UNIQUE = {
    "CreateUser": ("UserName", "users"),
    "UpdateUser": ("NewUserName", "users"),
    "CreateGroup": ("GroupName", "groups"),
    "UpdateGroup": ("NewGroupName", "groups"),
    "CreateRole": ("RoleName", "roles"),
    "CreateInstanceProfile": ("InstanceProfileName", "instance_profiles"),
}


def check(iam: IAMBackend, operation: ServiceOperation) -> None:
    """Check the names, the path and the tags of a call.

    Raises:
        Refusal: a name, a path or a tag is not valid, or the name is taken.
    """
    for member, longest in _NAMES.items():
        if (name := operation.parameters.get(member)) is not None:
            _check_name(member, str(name), 1, longest)
    if operation.service == "sts":
        for member, (shortest, longest) in _SESSION_NAMES.items():
            if (name := operation.parameters.get(member)) is not None:
                _check_name(member, str(name), shortest, longest)
    path = operation.parameters.get("Path")
    if path is not None and not (len(path) <= _MAX_PATH and _PATH.fullmatch(path)):
        raise Refusal("ValidationError", "The specified value for path is invalid. " + _BEGINS)
    _check_tags(operation.parameters.get("Tags") or [])
    if operation.name in _UNIQUE:
        _check_unique(iam, operation)


_BEGINS = (
    "It must begin and end with / and contain only alphanumeric characters and/or / characters."
)


def _check_name(member: str, name: str, shortest: int, longest: int) -> None:
    field = member[0].lower() + member[1:]
    if len(name) > longest:
        rule = f"Member must have length less than or equal to {longest}"
    elif len(name) < shortest:
        rule = f"Member must have length greater than or equal to {shortest}"
    elif not _CHARACTERS.fullmatch(name):
        _refuse_characters(field)
        return
    else:
        return
    raise Refusal(
        "ValidationError",
        f"1 validation error detected: Value '{name}' at '{field}' failed to satisfy constraint: "
        f"{rule}",
    )


def _check_unique(iam: IAMBackend, operation: ServiceOperation) -> None:
    """Refuse a name that differs from an existing name by upper and lower case only."""
    member, entities = _UNIQUE[operation.name]
    name = str(operation.parameters.get(member, "")).lower()
    current = str(operation.parameters.get(member.removeprefix("New"), "")).lower()
    if name in names_in_lower_case(iam, entities) and not (
        member.startswith("New") and name == current
    ):
        kind = member.removeprefix("New").removesuffix("Name")
        raise Refusal("EntityAlreadyExists", f"{kind} with name {name} already exists.")


def _refuse_characters(field: str) -> None:
    raise Refusal(
        "ValidationError",
        f"The specified value for {field} is invalid. It must contain only alphanumeric "
        "characters and/or the following: +=,.@_-",
    )


def _check_tags(tags: list[dict[str, str]]) -> None:
    if len(tags) > _MAX_TAGS:
        raise Refusal("LimitExceeded", f"Cannot exceed quota for TagsPerEntity: {_MAX_TAGS}")
    keys = [tag.get("Key", "") for tag in tags]
    if len({key.lower() for key in keys}) != len(keys):
        raise Refusal(
            "InvalidInput",
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        )
    for tag in tags:
        key, value = tag.get("Key", ""), tag.get("Value", "")
        if not _TAG_KEY.fullmatch(key) or not _TAG_VALUE.fullmatch(value):
            raise Refusal(
                "ValidationError", f"The tag {key!r} has a key or value that is not valid"
            )
        if key.lower().startswith("aws:"):
            raise Refusal("InvalidInput", f"The tag key {key} may not start with aws:")
