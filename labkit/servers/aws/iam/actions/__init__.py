"""Which actions on which resources an API call needs."""

from labkit.servers.aws.iam.actions.needs import ApiRequest, Need, Required
from labkit.servers.aws.iam.actions.required import required

__all__ = ["ApiRequest", "Need", "Required", "required"]
