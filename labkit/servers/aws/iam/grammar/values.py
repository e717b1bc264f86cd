"""Check the values of `Action` and `Resource`."""

from __future__ import annotations

import re

from labkit.servers.aws.iam.grammar.texts import (
    IAM_PATH,
    IAM_REGION,
    INVALID_VENDOR,
    LEGACY,
    NOT_AN_ARN,
    ONE_COLON,
    PARTITION,
    S3_REGION,
    SERVICE,
    VENDOR,
)

_VENDOR = re.compile(r"[a-zA-Z0-9.-]+")
_PARTITIONS = {
    "*",
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
}
_IAM_PATHS = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
_PARTS = 6


def action_problem(text: str) -> str:
    """Return what IAM says against a value of `Action` or `NotAction`; "" if it is valid."""
    vendor, colon, name = text.partition(":")
    if text == "*":
        return ""
    if not colon:
        return VENDOR
    if ":" in name:
        return ONE_COLON
    return "" if vendor == "*" or _VENDOR.fullmatch(vendor) else INVALID_VENDOR.format(vendor)


def resource_problem(text: str) -> str:
    """Return what IAM says against a value of `Resource` or `NotResource`; "" if it is valid."""
    if text == "*":
        return ""
    parts = text.split(":", _PARTS - 1)
    if parts[0] != "arn" or len(parts) == 1:
        return NOT_AN_ARN.format(text)
    if parts[1] not in _PARTITIONS:
        whole = ":".join([*parts, *["*"] * (_PARTS - len(parts))])
        return PARTITION.format(parts[1], whole)
    if len(parts) < 3 or not parts[2]:  # noqa: PLR2004 - arn:partition:service
        return SERVICE
    if len(parts) < _PARTS and "" in parts:
        return LEGACY
    return _service_problem(text, parts + ["*"] * (_PARTS - len(parts)))


def _service_problem(text: str, parts: list[str]) -> str:
    """Return what is wrong with an ARN of IAM or S3, which name no region."""
    service, region, resource = parts[2], parts[3], parts[5]
    if service == "iam":
        if region and region != "*":
            return IAM_REGION.format(text)
        return (
            ""
            if resource.startswith(("*", *_IAM_PATHS))
            else IAM_PATH.format(", ".join(_IAM_PATHS))
        )
    with_region = region and region != "*"
    if service == "s3" and with_region and not resource.startswith(_REGIONAL_IN_S3):
        return S3_REGION.format(text)
    return ""


_REGIONAL_IN_S3 = ("accesspoint/", "job/", "storage-lens", "async-request/", "access-grants/")
