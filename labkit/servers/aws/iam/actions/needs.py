"""What a call is, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from labkit.servers.aws.iam.variables import ContextKeys, ContextValue

Find = Callable[[str, str], "str | None"]


class Need(NamedTuple):
    """One action on one resource, with the condition keys that come from the call's input."""

    action: str
    resource: str
    context: ContextKeys = MappingProxyType({})


@dataclass(frozen=True)
class Required:
    """Everything that has to be allowed for a call.

    Args:
        rule: which rule found it, for the journal.
        needs: the actions and resources; empty if AWS asks for no permission.
    """

    rule: str
    needs: tuple[Need, ...]


def find_nothing(kind: str, name: str) -> None:
    """Find no ARN."""


@dataclass(frozen=True)
class ApiRequest:
    """An API call, as botocore's parser gives it.

    Args:
        service: botocore's name of the service, such as "s3".
        operation: such as "CopyObject".
        parameters: the parsed input.
        account: of the caller.
        region: that the call goes to.
        caller: the caller's ARN; IAM takes it for the user if a call names none.
        find: returns the ARN of an existing resource by its kind and name, such as
            ("user", "x"), ("access-key", id), ("instance-profile-role", name) or
            ("security-group", name); None if there is none.
        partition: "aws".
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    account: str
    region: str
    caller: str = ""
    find: Find = field(default=find_nothing)
    partition: str = "aws"

    def arn(self, service: str, resource: str, *, region: str = "", account: str = "") -> str:
        """Return an ARN in the partition of the call."""
        return f"arn:{self.partition}:{service}:{region}:{account}:{resource}"

    def fill(self, form: str, **values: str) -> str:
        """Return the ARN of a form such as "arn:${Partition}:s3:::${BucketName}"."""
        known = {"Partition": self.partition, "Region": self.region, "Account": self.account}
        for name, value in (known | values).items():
            form = form.replace(f"${{{name}}}", value)
        return form

    def text(self, name: str) -> str:
        """Return a parameter as text; "" if the call lacks it."""
        value = self.parameters.get(name)
        return "" if value is None else str(value)


def tag_keys(tags: Mapping[str, str]) -> dict[str, ContextValue]:
    """Return the condition keys of tags in a request: `aws:RequestTag/...`, `aws:TagKeys`."""
    if not tags:
        return {}
    keys: dict[str, ContextValue] = {"aws:TagKeys": tuple(tags)}
    return keys | {f"aws:RequestTag/{key}": value for key, value in tags.items()}


def tags_of(parameters: Mapping[str, Any], name: str = "Tags") -> dict[str, str]:
    """Return the tags of a call, from a list of Key and Value or from a map."""
    found = parameters.get(name) or []
    if isinstance(found, Mapping):
        return {str(key): str(value) for key, value in found.items()}
    return {str(tag.get("Key")): str(tag.get("Value") or "") for tag in found}


def texts(value: object, names: frozenset[str]) -> Iterator[str]:
    """Yield the strings below any of these member names, at any depth; names in lower case."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if str(key).lower() in names:
                yield from _leaves(inner)
            else:
                yield from texts(inner, names)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner, names)


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
