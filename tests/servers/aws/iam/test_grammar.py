"""What IAM refuses as a policy document, beside what moto's validator says."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.iam.exceptions import MalformedPolicyDocument
from moto.iam.policy_validation import (
    IAMPolicyDocumentValidator,
    IAMTrustPolicyDocumentValidator,
)

from labkit.servers.aws.iam.grammar import PolicyKind, problems, size

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
VERSION = "2012-10-17"


def document(*statements: object, **top: object) -> str:
    return json.dumps({"Version": VERSION, "Statement": list(statements)} | top)


def changed(**elements: object) -> str:
    """Return a document of one statement; None removes an element."""
    return document({k: v for k, v in (ALLOW | elements).items() if v is not None})


SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
NO_ACTIONS = "Policy statement must contain actions."
NO_RESOURCES = "Policy statement must contain resources."
SID = (
    "Statement IDs (SID) must be alpha-numeric. "
    "Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
SERVICE = "Resource vendor must be fully qualified and cannot contain regexes."

REFUSED = [
    ("not json", SYNTAX),
    ("[]", SYNTAX),
    ("{}", SYNTAX),
    (document(), SYNTAX),
    (document(ALLOW, Other="x"), SYNTAX),
    (document(ALLOW, Version="2020-01-01"), SYNTAX),
    (document(ALLOW, Id=1), SYNTAX),
    (document("Allow"), SYNTAX),
    (document(ALLOW | {"action": "s3:*"}), SYNTAX),
    (changed(Effect=None), SYNTAX),
    (changed(Effect="Permit"), SYNTAX),
    (changed(Action=1), SYNTAX),
    (changed(Action=["s3:*", 1]), SYNTAX),
    (changed(NotAction="s3:*"), SYNTAX),
    (changed(NotResource="*"), SYNTAX),
    (changed(Resource={"a": "b"}), SYNTAX),
    (changed(Sid=1), SYNTAX),
    (changed(Condition="x"), SYNTAX),
    (changed(Condition={"StringSame": {"aws:x": "y"}}), SYNTAX),
    (changed(Condition={"StringEquals": "y"}), SYNTAX),
    (changed(Condition={"StringEquals": {"aws:x": {"a": "b"}}}), SYNTAX),
    (
        document(ALLOW, Version="2008-10-17"),
        "Policy document must be version 2012-10-17 or greater.",
    ),
    (json.dumps({"Statement": [ALLOW]}), "Policy document must be version 2012-10-17 or greater."),
    (changed(Effect="allow"), LEGACY),
    (changed(Condition={"DateLessThan": {"aws:CurrentTime": "tomorrow"}}), LEGACY),
    (
        document(ALLOW | {"Sid": "a"}, ALLOW | {"Sid": "a"}),
        "Statement IDs (SID) in a single policy must be unique.",
    ),
    (changed(Action=None), NO_ACTIONS),
    (changed(Action=[]), NO_ACTIONS),
    (changed(Resource=None), NO_RESOURCES),
    (changed(Resource=[]), NO_RESOURCES),
    (changed(Action="GetObject"), VENDOR),
    (changed(Action=["s3:GetObject", "invalid"]), VENDOR),
    (changed(Action=None, NotAction="invalid"), VENDOR),
    (changed(Action="s3:Get:Object"), "Actions/Condition can contain only one colon."),
    (changed(Action="s 3:GetObject"), "Vendor s 3 is not valid"),
    (changed(Action="s3*:GetObject"), "Vendor s3* is not valid"),
    (changed(Resource="bucket"), 'Resource bucket must be in ARN format or "*".'),
    (changed(Resource=["*", "bucket"]), 'Resource bucket must be in ARN format or "*".'),
    (
        changed(Resource="arn:azure:s3:::b"),
        'Partition "azure" is not valid for resource "arn:azure:s3:::b".',
    ),
    (changed(Resource="arn:aws"), SERVICE),
    (
        changed(Resource="arn:aws:s3:us-east-1::b"),
        "Resource arn:aws:s3:us-east-1::b can not contain region information.",
    ),
    (
        changed(Resource="arn:aws:iam:us-east-1:1:user/x"),
        "IAM resource arn:aws:iam:us-east-1:1:user/x cannot contain region information.",
    ),
]

# moto 5.2.5 accepts these, or refuses them in other words than IAM.
UNLIKE_MOTO = [
    (changed(Condition={"NullIfExists": {"aws:x": "true"}}), SYNTAX),
    (
        document(ALLOW).replace('"Effect"', '"Effect": "Deny", "Effect"'),
        SYNTAX,
    ),
    (changed(Condition={"StringEquals": {"SourceIp": "1"}}), VENDOR),
    (changed(Condition={"NumericLessThan": {"s3:max-keys": "many"}}), LEGACY),
    (changed(Principal="*"), "Policy document should not specify a principal."),
    (changed(NotPrincipal={"AWS": "*"}), "Policy document should not specify a principal."),
    (changed(Sid="two words"), SID),
    (changed(Resource=["arn:aws::us-east-1:1:x"]), SERVICE),
]

ACCEPTED = [
    document(ALLOW),
    json.dumps({"Version": VERSION, "Statement": ALLOW}),
    document(ALLOW, Id="x"),
    changed(Sid="Abc1"),
    changed(Action="*"),
    changed(Action=["s3:*", "ec2:Describe*"]),
    changed(Action=None, NotAction="iam:*"),
    changed(Resource=None, NotResource=["arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
    changed(Resource="arn:aws:iam::123456789012:user/x"),
    changed(Resource="arn:aws:sqs:*:*:q"),
    changed(Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]}}),
    changed(Condition={"Bool": {"aws:SecureTransport": True}, "Null": {"aws:x": "true"}}),
    changed(Condition={"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}),
    changed(Condition={}),
]

TRUSTING = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}


def trust(**elements: object) -> str:
    return document({k: v for k, v in (TRUSTING | elements).items() if v is not None})


TRUST_ACTIONS = (
    "Trust Policy statement actions can only be sts:AssumeRole, sts:AssumeRoleWithSAML,  "
    "and sts:AssumeRoleWithWebIdentity"
)
TRUST = [
    (trust(), []),
    (trust(Principal={"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}), []),
    (
        trust(
            Principal={"Federated": "cognito-identity.amazonaws.com"},
            Action="sts:AssumeRoleWithWebIdentity",
        ),
        [],
    ),
    (trust(Principal="*"), []),
    (trust(Action=["sts:AssumeRole", "sts:TagSession"]), []),
    (trust(Action="s3:GetObject"), [TRUST_ACTIONS]),
    (trust(Action="*"), [TRUST_ACTIONS]),
    (trust(Resource="*"), ["Has prohibited field Resource"]),
    (trust(Principal=None), ["Missing required field Principal"]),
    (trust(Principal={}), ["Missing required field Principal"]),
    (
        trust(Principal={"AWS": "arn:aws:iam::123456789012:user/*"}),
        ['Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/*"'],
    ),
    (trust(Principal={"AWS": "somebody"}), ['Invalid principal in policy: "AWS":"somebody"']),
    (trust(Principal={"Service": "ec2"}), ['Invalid principal in policy: "Service":"ec2"']),
    (trust(Principal={"Someone": "x"}), ['Invalid principal in policy: "Someone":"x"']),
]


def by_moto(text: str, validator: Callable[..., Any] = IAMPolicyDocumentValidator) -> str | None:
    try:
        validator(text).validate()
    except MalformedPolicyDocument as refusal:
        return str(refusal.message)
    return None


@pytest.mark.parametrize(("text", "reason"), REFUSED + UNLIKE_MOTO)
def test_a_malformed_document_is_refused_with_iams_reason(text: str, reason: str) -> None:
    assert problems(text)[:1] == [reason]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_the_reason_is_the_one_that_moto_recorded_from_aws(text: str, reason: str) -> None:
    assert by_moto(text) == reason


@pytest.mark.parametrize(("text", "reason"), UNLIKE_MOTO)
def test_moto_still_answers_otherwise(text: str, reason: str) -> None:
    """If this fails, moto has learned it: move the case to the table above."""
    assert by_moto(text) != reason


@pytest.mark.parametrize("text", ACCEPTED)
def test_a_valid_document_is_accepted(text: str) -> None:
    assert problems(text) == []
    assert by_moto(text) is None


@pytest.mark.parametrize(("text", "reasons"), TRUST)
def test_a_trust_policy_names_principals_and_no_resource(text: str, reasons: list[str]) -> None:
    assert problems(text, PolicyKind.TRUST) == reasons
    if not reasons:
        assert by_moto(text, IAMTrustPolicyDocumentValidator) is None


def test_a_bucket_policy_may_be_of_the_old_version_and_have_spaces_in_a_sid() -> None:
    text = document(ALLOW | {"Principal": "*", "Sid": "for all"}, Version="2008-10-17")
    assert problems(text, PolicyKind.RESOURCE) == []


def test_a_deeply_nested_text_is_refused_and_not_followed() -> None:
    assert problems("[" * 100_000) == [SYNTAX]


def test_the_size_counts_no_whitespace() -> None:
    """Page: IAM and AWS STS quotas."""
    assert size('{ "a":\t"b c" }\n') == len('{"a":"bc"}')
