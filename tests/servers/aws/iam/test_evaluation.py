"""Evaluation logic, from tables of the IAM User Guide; each test names its page."""

import pytest

from labkit.servers.aws.iam import Call, Layer, Policies, Policy, Principal, Reason, decide
from tests.servers.aws.iam.pieces import (
    ACCOUNT,
    ALICE,
    ANONYMOUS,
    FEDERATED,
    OBJECT,
    ROLE,
    ROOT,
    SESSION,
    STRANGER,
    allowed,
    for_principal,
    policy,
    statement,
)

GET = Call(ALICE, "s3:GetObject", OBJECT)
EVERYTHING = policy(statement())
NOTHING = policy(statement("Allow", "sns:*"))
DENY = policy(statement("Deny"))


def call(principal: Principal) -> Call:
    return Call(principal, "s3:GetObject", OBJECT)


def test_nothing_is_allowed_by_default() -> None:
    decision = decide(GET, Policies())
    assert (decision.reason, decision.layer) == (Reason.IMPLICIT_DENY, Layer.IDENTITY)


@pytest.mark.parametrize("layer", ["identity", "resource", "boundary", "session"])
def test_an_explicit_deny_in_any_layer_wins(layer: str) -> None:
    """Page: Policy evaluation logic, "The difference between explicit and implicit denies"."""
    everyone = for_principal("*")
    layers: dict[str, tuple[Policy, ...]] = {
        "identity": (EVERYTHING,),
        "resource": (everyone,),
        "boundary": (EVERYTHING,),
        "session": (EVERYTHING,),
    }
    assert decide(GET, Policies(**layers)).allowed
    denying = for_principal("*", "Deny") if layer == "resource" else DENY
    denied = decide(GET, Policies(**layers | {layer: (*layers[layer], denying)}))
    assert denied.reason is Reason.EXPLICIT_DENY
    assert denied.layer is not None
    assert denied.layer.name.lower() == layer


@pytest.mark.parametrize("layer", ["boundary", "session"])
def test_a_boundary_and_a_session_policy_only_limit(layer: str) -> None:
    """Page: Permissions boundaries for IAM entities, "Evaluating effective permissions"."""
    assert not allowed(GET, **{layer: (EVERYTHING,)})
    assert allowed(GET, EVERYTHING, **{layer: (EVERYTHING,)})
    assert not allowed(GET, EVERYTHING, **{layer: (NOTHING,)})
    assert not allowed(GET, EVERYTHING, **{layer: ()})


WITHIN_ONE_ACCOUNT = [
    # principal of the request, Principal of the bucket policy, alone, within an empty limit
    (ALICE, {"AWS": ALICE.arn}, True, True),
    (ALICE, {"AWS": ALICE.user_id}, True, True),
    (ALICE, "*", True, True),
    (ALICE, {"AWS": "*"}, True, True),
    (ALICE, {"AWS": ACCOUNT}, False, False),
    (ALICE, {"AWS": ROOT.arn}, False, False),
    (ALICE, {"AWS": STRANGER.arn}, False, False),
    (ALICE, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, False, False),
    (SESSION, {"AWS": SESSION.arn}, True, True),
    (SESSION, {"AWS": ROLE}, True, False),
    (SESSION, {"AWS": "AROAAPP"}, True, False),
    (SESSION, {"AWS": ROOT.arn}, False, False),
    (SESSION, {"Service": "ec2.amazonaws.com"}, False, False),
    (FEDERATED, {"AWS": FEDERATED.arn}, True, True),
    (FEDERATED, {"AWS": ALICE.arn}, True, False),
    (ANONYMOUS, "*", True, True),
    (ANONYMOUS, {"AWS": ROOT.arn}, False, False),
]


@pytest.mark.parametrize(("principal", "named", "alone", "limited"), WITHIN_ONE_ACCOUNT)
def test_a_resource_policy_grants_within_an_account(
    principal: Principal, named: object, alone: bool, limited: bool
) -> None:
    """Page: Policy evaluation for requests within a single account, resource-based policies."""
    bucket = (for_principal(named),)
    assert allowed(call(principal), resource=bucket) is alone
    assert allowed(call(principal), resource=bucket, boundary=(), session=()) is limited


def test_an_account_in_a_resource_policy_leaves_the_choice_to_identity_policies() -> None:
    bucket = (for_principal({"AWS": ACCOUNT}),)
    assert allowed(GET, EVERYTHING, resource=bucket)


CROSS_ACCOUNT = [
    (None, True, False),
    (STRANGER.arn, False, False),
    (STRANGER.arn, True, True),
    (STRANGER.account, True, True),
    (ALICE.arn, True, False),
]


@pytest.mark.parametrize(("named", "identity", "expected"), CROSS_ACCOUNT)
def test_another_account_needs_both_policies(
    named: object, identity: object, expected: object
) -> None:
    """Page: Cross-account policy evaluation logic."""
    request = Call(STRANGER, "s3:GetObject", OBJECT, {"aws:ResourceAccount": ACCOUNT})
    bucket = (for_principal({"AWS": named}),) if named else ()
    policies = (EVERYTHING,) if identity else ()
    assert allowed(request, *policies, resource=bucket) is expected


def trust(*statements: dict[str, object]) -> tuple[Policy, ...]:
    return (policy(*(s | {"Action": "sts:AssumeRole"} for s in statements)),)


def trusting(principal: object, effect: str = "Allow") -> dict[str, object]:
    return {"Effect": effect, "Principal": principal}


TRUST = [
    ("without a trust policy", ALICE, (), True, False),
    ("user", ALICE, trust(trusting({"AWS": ALICE.arn})), False, True),
    ("account, no identity policy", ALICE, trust(trusting({"AWS": ACCOUNT})), False, False),
    ("account and identity policy", ALICE, trust(trusting({"AWS": ROOT.arn})), True, True),
    ("another user", ALICE, trust(trusting({"AWS": STRANGER.arn})), True, False),
    (
        "second statement",
        ALICE,
        trust(trusting({"Service": "ec2.amazonaws.com"}), trusting({"AWS": [ACCOUNT, ROLE]})),
        True,
        True,
    ),
    (
        "denied in the second statement",
        ALICE,
        trust(trusting("*"), trusting({"AWS": ALICE.arn}, "Deny")),
        True,
        False,
    ),
    ("another account, one side", STRANGER, trust(trusting({"AWS": STRANGER.arn})), False, False),
    ("another account, both sides", STRANGER, trust(trusting({"AWS": STRANGER.arn})), True, True),
    ("service is no user", ALICE, trust(trusting({"Service": ALICE.arn})), True, False),
]


@pytest.mark.parametrize(("principal", "policies", "identity", "expected"), [t[1:] for t in TRUST])
def test_a_trust_policy_decides_who_assumes_a_role(
    principal: Principal, policies: tuple[Policy, ...], identity: bool, expected: bool
) -> None:
    """Page: How to use trust policies with IAM roles; AWS JSON policy elements: Principal."""
    request = Call(principal, "sts:AssumeRole", ROLE)
    assert allowed(request, *[EVERYTHING] * identity, resource=policies) is expected


NOT_PRINCIPAL = [
    # page "AWS JSON policy elements: NotPrincipal": list the account, the user or role, the session
    (ALICE, [ALICE.arn, ROOT.arn], True),
    (ALICE, [ALICE.arn], False),
    (ALICE, [ROOT.arn], False),
    (SESSION, [SESSION.arn, ROLE, ROOT.arn], True),
    (SESSION, [ROLE, ROOT.arn], False),
    (SESSION, [SESSION.arn, ROLE], False),
    (STRANGER, [ALICE.arn, ROOT.arn], False),
]


@pytest.mark.parametrize(("principal", "listed", "spared"), NOT_PRINCIPAL)
def test_a_deny_with_not_principal_spares_who_is_listed_in_full(
    principal: Principal, listed: list[str], spared: bool
) -> None:
    request = Call(principal, "s3:GetObject", OBJECT)
    deny = policy(
        {"Effect": "Deny", "NotPrincipal": {"AWS": listed}, "Action": "s3:*", "Resource": "*"}
    )
    assert allowed(request, EVERYTHING, resource=(deny,)) is spared


@pytest.mark.parametrize(
    ("action", "arn"),
    [
        ("iam:GetPolicy", "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"),
        ("ec2:RunInstances", "arn:aws:ec2:eu-north-1::image/ami-1"),
        ("ec2:RunInstances", "arn:aws:ec2:eu-north-1:amazon:image/ami-1"),
        ("cloudfront:GetCachePolicy", "arn:aws:cloudfront::aws:cache-policy/x"),
    ],
)
def test_a_resource_of_aws_itself_needs_an_identity_policy_only(action: str, arn: str) -> None:
    """Page: AWS managed policies, whose ARNs have "aws" where an account's digits stand."""
    assert allowed(Call(ALICE, action, arn), EVERYTHING)
    assert not allowed(Call(ALICE, action, arn), NOTHING)


def test_the_root_of_an_account_needs_no_identity_policy() -> None:
    assert allowed(call(ROOT))
    assert not allowed(call(ROOT), resource=(for_principal({"AWS": ACCOUNT}, "Deny"),))


def test_a_service_is_allowed_by_a_trust_policy_that_names_it() -> None:
    from labkit.servers.aws.iam import Principal

    service = Principal("ec2.amazonaws.com", "", "Service")
    named = trust(trusting({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}))
    assert allowed(Call(service, "sts:AssumeRole", ROLE), resource=named)
    other = trust(trusting({"Service": "lambda.amazonaws.com"}))
    assert not allowed(Call(service, "sts:AssumeRole", ROLE), resource=other)


def test_the_trace_has_each_statement_of_each_layer_with_its_reason() -> None:
    identity = policy(statement(Sid="A"), statement(action="ec2:*"), name="inline")
    decision = decide(GET, Policies((identity,), boundary=(NOTHING,)))
    assert [(r.layer, r.policy, r.statement, r.applied) for r in decision.trace] == [
        (Layer.IDENTITY, "inline", "A", True),
        (Layer.IDENTITY, "inline", "statement 2", False),
        (Layer.BOUNDARY, "p", "statement 1", False),
    ]
    assert decision.trace[1].why == "other actions"
