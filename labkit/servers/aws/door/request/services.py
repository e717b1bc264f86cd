"""The services that answer, and how a signature names them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

from moto.core.utils import get_service_model

VARIABLE = "LABKIT_AWS_SERVICES"
ALWAYS = frozenset({"ec2", "iam", "s3", "sts"})  # what the lab and its notebooks use
# Services whose botocore name differs from the name that their clients sign with.
_BY_SIGNING_NAME = {"monitoring": "cloudwatch", "states": "stepfunctions"}


@dataclass(frozen=True)
class Services:
    """The services that answer; the others are closed.

    Args:
        open: botocore's names.
    """

    open: frozenset[str]

    def signed_as(self, signing_name: str) -> str | None:
        """Return botocore's name of the service that a signature names, None if it is closed."""
        name = _BY_SIGNING_NAME.get(signing_name, signing_name)
        return name if name in self.open else None


def guess(signing_name: str) -> str:
    """Return the protocol of a service that a signature names, whether it is open or not."""
    try:
        return protocol_of(_BY_SIGNING_NAME.get(signing_name, signing_name))
    except Exception:
        return "query"


def services(more: str | None = None) -> Services:
    """Return the lab's services, and those named in the environment.

    Args:
        more: names separated by commas; None reads LABKIT_AWS_SERVICES.
    """
    text = os.environ.get(VARIABLE, "") if more is None else more
    return Services(ALWAYS | {name.strip() for name in text.split(",") if name.strip()})


@cache
def protocol_of(service: str) -> str:
    """Return the protocol of a service's errors: "query", "ec2", "s3", "json", "rest-json" ..."""
    return "s3" if service == "s3" else str(get_service_model(service).protocol)
