"""S3 tells only those who may list a bucket that an object does not exist.

Source: AWS, S3 API reference, GetObject and HeadObject, "Permissions".
"""

from __future__ import annotations

from labkit.servers.aws.door.decision.authorization import decision_on
from labkit.servers.aws.door.door import Admission
from labkit.servers.aws.iam import Call

_NOT_FOUND = 404
_READS = {"GetObject", "HeadObject", "GetObjectAttributes"}


def hides_absence(admission: Admission, status: int) -> bool:
    """Say whether an answer "not found" has to be an answer "denied".

    Args:
        admission: the call.
        status: moto's HTTP status.
    """
    operation = admission.operation
    if status != _NOT_FOUND or operation.service != "s3" or operation.name not in _READS:
        return False
    bucket = f"arn:aws:s3:::{operation.parameters.get('Bucket')}"
    caller, context = admission.caller, admission.authorization.context
    call = Call(caller.principal, "s3:ListBucket", bucket, dict(context))
    return not decision_on(call, caller.policies).allowed
