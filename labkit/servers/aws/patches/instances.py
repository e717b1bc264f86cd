"""The objects of IAM, of which moto keeps each for ever, also when it is deleted."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import moto.iam.models  # noqa: F401 - its classes are listed in `model_data`
from moto.core.model_instances import model_data

from labkit.servers.aws.patches.wrapping import add

if TYPE_CHECKING:
    from labkit.servers.aws.patches import State


def patch(_: State) -> None:
    """Make moto's list of IAM's objects, which only its dashboard reads, stay empty."""
    for model in model_data["iam"].values():
        add(model, "instances_tracked", _nothing())


def _nothing() -> deque[Any]:
    return deque(maxlen=0)
