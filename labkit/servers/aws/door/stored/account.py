"""The IAM of the lab's account in moto."""

from __future__ import annotations

from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

PARTITION = "aws"


def tags_of(entity: Any) -> dict[str, str]:  # noqa: ANN401 - moto's
    """Return the tags of a user or role."""
    tags = entity.tags or []
    if isinstance(tags, dict):
        return {str(key): _tag_value(value) for key, value in tags.items()}
    return {tag["Key"]: tag["Value"] for tag in tags}


def _tag_value(value: Any) -> str:  # noqa: ANN401 - moto's: a role's tags are kept either way
    return str(value["Value"]) if isinstance(value, dict) else str(value)


def iam_of_account() -> Any:  # noqa: ANN401 - moto's
    """Return moto's IAM of the lab's account."""
    return iam_backends[DEFAULT_ACCOUNT_ID][PARTITION]
