"""What calls of Lambda, SQS and SNS need.

Source: "Actions, resources, and condition keys for AWS Lambda", "... Amazon SQS", "... Amazon SNS".
"""

from __future__ import annotations

from urllib.parse import urlsplit

from labkit.servers.aws.iam.actions.general import UNKNOWN, by_reference, passed_roles
from labkit.servers.aws.iam.actions.needs import ApiRequest, Need, tag_keys, tags_of

_INVOCATIONS = {"Invoke", "InvokeAsync", "InvokeWithResponseStream"}
_FUNCTION_PARTS = 8  # arn:aws:lambda:region:account:function:name:qualifier


def lambda_needs(request: ApiRequest) -> tuple[Need, ...] | None:
    """Return what a call of Lambda needs."""
    name = request.text("FunctionName")
    if request.operation == "GetLayerVersionByArn":
        return (Need("lambda:GetLayerVersion", request.text("Arn") or UNKNOWN),)
    if not name:
        return by_reference(request) or None
    action = "InvokeFunction" if request.operation in _INVOCATIONS else request.operation
    context = tag_keys(tags_of(request.parameters))
    need = Need(f"lambda:{action}", _function(request, name), context)
    return (need, *passed_roles(request, "lambda"))


def _function(request: ApiRequest, name: str) -> str:
    """Return the ARN of a function named by name, by partial or by full ARN."""
    parts = name.split(":")
    if name.startswith("arn:"):
        arn = name
    elif "function" in parts:  # account:function:name
        arn = f"arn:{request.partition}:lambda:{request.region}:{name}"
    else:
        own = {"region": request.region, "account": request.account}
        arn = request.arn("lambda", f"function:{name}", **own)
    qualifier = request.text("Qualifier")
    qualified = len(arn.split(":")) == _FUNCTION_PARTS
    return f"{arn}:{qualifier}" if qualifier and not qualified else arn


def sqs_needs(request: ApiRequest) -> tuple[Need, ...] | None:
    """Return what a call of SQS needs; a batch needs the action of a single message."""
    action = request.operation.removesuffix("Batch")
    url, name = request.text("QueueUrl"), request.text("QueueName")
    if not (url or name):
        return by_reference(request) or None
    account, _, queue = urlsplit(url).path.strip("/").rpartition("/")
    owner = account.rpartition("/")[2] or request.text("QueueOwnerAWSAccountId") or request.account
    arn = request.arn("sqs", queue or name, region=request.region, account=owner)
    return (Need(f"sqs:{action}", arn, tag_keys(tags_of(request.parameters, "tags"))),)


def sns_needs(request: ApiRequest) -> tuple[Need, ...] | None:
    """Return what a call of SNS needs."""
    action = request.operation.removesuffix("Batch")
    context = tag_keys(tags_of(request.parameters))
    arn = request.text("TopicArn") or request.text("TargetArn") or request.text("ResourceArn")
    if request.operation == "CreateTopic":
        own = {"region": request.region, "account": request.account}
        arn = request.arn("sns", request.text("Name") or UNKNOWN, **own)
    if subscription := request.text("SubscriptionArn"):
        arn = subscription.rpartition(":")[0]
    if action == "Publish" or arn:
        return (Need(f"sns:{action}", arn or UNKNOWN, context),)
    return by_reference(request) or None
