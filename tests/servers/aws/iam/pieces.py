"""Callers, and policies in one line."""

from collections.abc import Mapping

from labkit.servers.aws.iam import Call, Policies, Policy, Principal, decide
from labkit.servers.aws.iam.variables import ContextValue

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "999999999999"
ALICE = Principal(f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT, "User", "AIDAALICE")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/path/app"
SESSION = Principal(
    f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s1", ACCOUNT, "AssumedRole", "AROAAPP:s1", ROLE
)
FEDERATED = Principal(
    f"arn:aws:sts::{ACCOUNT}:federated-user/alice", ACCOUNT, "FederatedUser", "", ALICE.arn
)
ROOT = Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "Account", ACCOUNT)
ANONYMOUS = Principal("*", "", "Anonymous")
STRANGER = Principal(f"arn:aws:iam::{OTHER_ACCOUNT}:user/eve", OTHER_ACCOUNT, "User", "AIDAEVE")
OBJECT = "arn:aws:s3:::bucket/key"


def statement(
    effect: str = "Allow", action: object = "*", resource: object = "*", **more: object
) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(
    *statements: Mapping[str, object], version: str = "2012-10-17", name: str = "p"
) -> Policy:
    return Policy(name, {"Version": version, "Statement": list(statements)})


def for_principal(principal: object, effect: str = "Allow", action: str = "s3:*") -> Policy:
    return policy(statement(effect, action, Principal=principal))


def allowed(call: Call, *identity: Policy, **layers: tuple[Policy, ...]) -> bool:
    return decide(call, Policies(identity, **layers)).allowed


def applies(element: Mapping[str, object], call: Call, version: str = "2012-10-17") -> bool:
    """Whether an Allow statement with these elements applies to a call."""
    whole = {"Effect": "Allow", "Action": "*", "Resource": "*"} | dict(element)
    if "NotAction" in element:
        del whole["Action"]
    if "NotResource" in element:
        del whole["Resource"]
    return allowed(call, policy(whole, version=version))


def call(
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::bucket/key",
    principal: Principal = ALICE,
    **keys: ContextValue,
) -> Call:
    context = {name.replace("_", ":", 1): value for name, value in keys.items()}
    return Call(principal, action, resource, context)
