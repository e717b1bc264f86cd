"""The IAM of the lab's account in moto."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend

PARTITION = "aws"


class Tagged(Protocol):
    """What moto keeps tags of, as a list or by their keys."""

    @property
    def tags(self) -> list[dict[str, str]] | dict[str, Any] | None:
        """The tags."""
        ...


def tags_of(entity: Tagged) -> dict[str, str]:
    """Return the tags of a user or role."""
    tags = entity.tags or []
    if isinstance(tags, dict):
        return {str(key): _tag_value(value) for key, value in tags.items()}
    return {tag["Key"]: tag["Value"] for tag in tags}


def _tag_value(value: object) -> str:
    return str(value["Value"]) if isinstance(value, dict) else str(value)


def iam_of_account() -> IAMBackend:
    """Return moto's IAM of the lab's account."""
    return iam_backends[DEFAULT_ACCOUNT_ID][PARTITION]
