"""Random policies and calls from a small vocabulary, so that they often match."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from labkit.servers.aws.iam import Call, Policies, Policy
from tests.servers.aws.iam.pieces import (
    ACCOUNT,
    ALICE,
    ANONYMOUS,
    FEDERATED,
    ROLE,
    ROOT,
    SESSION,
    STRANGER,
    policy,
)

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "iam:CreateUser", "sqs:SendMessage"]
ACTION_PATTERNS = ["*", "s3:*", "S3:get*", "s3:?etObject", "s3:*Object", "iam:Create*", "sqs:Send*"]
RESOURCES = {
    "s3:GetObject": ["arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/alice/a.b+(c)"],
    "s3:PutObject": ["arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket.x/alice/?$1"],
    "s3:ListBucket": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucketx"],
    "iam:CreateUser": [f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:iam::{ACCOUNT}:user/p/Bob"],
    "sqs:SendMessage": [f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue"],
    "sts:AssumeRole": [ROLE],
}
RESOURCE_PATTERNS = [
    "*",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket*",
    "arn:aws:s3:::bucket.x/*",
    "arn:aws:s3:::bucke?/key",
    "arn:aws:s3:::bucket/a*/a?b+(c)",
    "arn:aws:s3:::*/alice/*",
    "arn:aws:s3:::bucket/${aws:username}/*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'alice'}/*",
    "arn:aws:s3:::bucket.x/alice/${?}${$}1",
    "arn:aws:iam::*:user/*",
    f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}",
    f"arn:aws:iam::{ACCOUNT}:user/p/b*",
    "arn:aws:sqs",
    "arn:aws:sqs:us-*-1:*:queue",
    "arn:aws:sqs:*:*:q*e",
]
CONTEXT: dict[str, list[Any]] = {
    "aws:SourceIp": ["10.1.2.3", "192.168.0.1", "2001:db8::1"],
    "aws:SecureTransport": ["true", "false"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2020-06-30T12:00:00Z"],
    "aws:TagKeys": [("team", "cost"), ("team",), ()],
    "aws:PrincipalTag/team": ["alice", "Blue", "*"],
    "aws:MultiFactorAuthAge": ["10", "3600", "7.5"],
    "aws:PrincipalArn": [ALICE.arn, ROLE],
    "s3:prefix": ["alice/", "home", ""],
}
VALUES = {
    "aws:SourceIp": ["10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "192.168.0.0/24"],
    "aws:SecureTransport": ["true", "false"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2021-01-01T00:00:00Z", "2020-06-30"],
    "aws:TagKeys": ["team", "cost", "TEAM", "t*"],
    "aws:PrincipalTag/team": ["alice", "blue", "B?ue", "${aws:username}", "${*}"],
    "aws:MultiFactorAuthAge": ["10", "300", "7.5"],
    "aws:PrincipalArn": [ALICE.arn, f"arn:aws:iam::{ACCOUNT}:*/a*", f"arn:aws:iam::{ACCOUNT}:*"],
    "s3:prefix": ["${aws:username}/", "h*", "home", "${aws:username, 'home'}"],
}
STRING = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
]
ORDER = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
OPERATORS = {
    "aws:SourceIp": ["IpAddress", "NotIpAddress"],
    "aws:SecureTransport": ["Bool"],
    "aws:CurrentTime": [f"Date{order}" for order in ORDER],
    "aws:TagKeys": [f"{over}:{o}" for over in ("ForAllValues", "ForAnyValue") for o in STRING],
    "aws:PrincipalTag/team": STRING,
    "aws:MultiFactorAuthAge": [f"Numeric{order}" for order in ORDER],
    "aws:PrincipalArn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    "s3:prefix": STRING,
}
PRINCIPALS = [
    "*",
    {"AWS": "*"},
    {"AWS": ALICE.arn},
    {"AWS": [ROLE, STRANGER.arn]},
    {"AWS": SESSION.arn},
    {"AWS": FEDERATED.arn},
    {"AWS": ACCOUNT},
    {"AWS": ROOT.arn},
    {"Service": "ec2.amazonaws.com"},
]


@dataclass(frozen=True)
class Case:
    call: Call
    policies: Policies


Asked = tuple[str, str]
Make = Callable[[Random, Asked], dict[str, Any]]


def cases(count: int, seed: int) -> list[Case]:
    random = Random(seed)  # noqa: S311 - no secret
    return [_case(random) for _ in range(count)]


def _case(random: Random) -> Case:
    action = random.choice([*ACTIONS, "sts:AssumeRole"])
    principal = random.choice([ALICE, ALICE, SESSION, FEDERATED, STRANGER, ANONYMOUS])
    resource = random.choice(RESOURCES[action])
    context = {k: random.choice(v) for k, v in CONTEXT.items() if random.random() < 0.6}
    anonymous, assuming = principal.type == "Anonymous", action == "sts:AssumeRole"
    if anonymous:
        context.pop("aws:PrincipalArn", None)

    def layer(likely: float, make: Make = _identity) -> tuple[Policy, ...] | None:
        return _layer(random, make, (action, resource)) if random.random() < likely else None

    named = layer(1.0 if assuming else 0.4, _trust if assuming else _bucket) or ()
    session = layer(0.3) if principal.issuer else None
    return Case(
        Call(principal, action, resource, {**context, "aws:ResourceAccount": ACCOUNT}),
        Policies(
            identity=() if anonymous else layer(1.0) or (),
            resource=named[:1],
            boundary=None if anonymous else layer(0.3),
            session=session and session[:1],
        ),
    )


def _layer(random: Random, make: Make, asked: Asked) -> tuple[Policy, ...]:
    return tuple(
        policy(*(make(random, asked) for _ in range(random.choice([1, 2, 3]))))
        for _ in range(random.choice([1, 1, 2]))
    )


def _some(random: Random, values: list[str], asked: str = "") -> str | list[str]:
    """Return one value or two, often what is asked for."""
    if asked and random.random() < 0.4:
        often: list[str | list[str]] = ["*", asked, [asked]]
        return random.choice(often)
    chosen: list[str] = random.sample(values, random.choice([1, 1, 2]))
    return chosen if len(chosen) > 1 or random.random() < 0.3 else chosen[0]


def _identity(random: Random, asked: Asked) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": random.choice(["Allow", "Allow", "Allow", "Deny"])}
    negated = random.random() < 0.15
    found["NotAction" if negated else "Action"] = _some(random, ACTION_PATTERNS + ACTIONS, asked[0])
    negated = random.random() < 0.2
    found["NotResource" if negated else "Resource"] = _some(random, RESOURCE_PATTERNS, asked[1])
    if random.random() < 0.5:
        found["Condition"] = _condition(random)
    return found


def _condition(random: Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(random.choice([1, 1, 2])):
        key = random.choice(list(OPERATORS))
        if random.random() < 0.15:
            found.setdefault("Null", {})[key] = random.choice(["true", "false"])
            continue
        name = random.choice(OPERATORS[key])
        name += "IfExists" if random.random() < 0.2 else ""
        found.setdefault(name, {})[key.upper() if random.random() < 0.1 else key] = _some(
            random, VALUES[key]
        )
    return found


def _bucket(random: Random, asked: Asked) -> dict[str, Any]:
    return _identity(random, asked) | {"Principal": random.choice(PRINCIPALS)}


def _trust(random: Random, asked: Asked) -> dict[str, Any]:
    found = {
        "Effect": random.choice(["Allow", "Allow", "Deny"]),
        "Action": random.choice([asked[0], "sts:*"]),
        "Principal": random.choice(PRINCIPALS),
    }
    return found | ({"Condition": _condition(random)} if random.random() < 0.2 else {})


def as_judged(case: Case) -> dict[str, Any]:
    """Return a case as `judge.mjs` reads it."""
    anonymous = case.call.principal.type == "Anonymous"
    return {
        "principal": {"type": "Anonymous"} if anonymous else case.call.principal.arn,
        "action": case.call.action,
        "resource": case.call.resource,
        "accountId": ACCOUNT,
        "context": case.call.keys,
        "identityPolicies": documents(case.policies.identity),
        "resourcePolicies": documents(case.policies.resource or None),
        "boundaries": documents(case.policies.boundary),
        "sessionPolicies": documents(case.policies.session),
    }


def documents(policies: tuple[Policy, ...] | None) -> list[Any] | None:
    return None if policies is None else [policy.document for policy in policies]
