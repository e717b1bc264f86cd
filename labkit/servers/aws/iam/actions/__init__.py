"""Which actions on which resources an API call needs."""

from labkit.servers.aws.iam.actions.needs import Need, Request, Required
from labkit.servers.aws.iam.actions.required import required

__all__ = ["Need", "Request", "Required", "required"]
