"""Who can do what: every identity of the lab tries every action that is open to its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labkit.flow.steps import MOUNT, ROLE_NAME

if TYPE_CHECKING:
    import hvac

ALLOWED, BY_VAULT, BY_AWS = "allowed", "denied by Vault", "denied by AWS"
PROBE = "labkit-probe"  # the policy and the IAM user that the attempts make, and take away again

RULE = f'path "{PROBE}" {{ capabilities = ["deny"] }}'


@dataclass(frozen=True)
class Attempt:
    """One real request and what came of it.

    Args:
        identity: who asked.
        action: what was asked.
        outcome: `allowed`, `denied by Vault` or `denied by AWS`.
    """

    identity: str
    action: str
    outcome: str


def ask_vault(clients: Mapping[str, hvac.Client], root: hvac.Client) -> Iterator[Attempt]:
    """Try what a token can be used for; what an attempt made is taken away again.

    Args:
        clients: by identity.
        root: cleans up.
    """
    actions: dict[str, Callable[[hvac.Client], Any]] = {
        "issue credentials": lambda vault: vault.read(f"{MOUNT}/creds/{ROLE_NAME}"),
        "read the role": lambda vault: vault.read(f"{MOUNT}/roles/{ROLE_NAME}"),
        "read config/root": lambda vault: vault.read(f"{MOUNT}/config/root"),
        "list leases": lambda vault: vault.list(f"sys/leases/lookup/{MOUNT}/creds"),
        "write a policy": lambda vault: vault.sys.create_or_update_acl_policy(PROBE, RULE),
        "list audit devices": lambda vault: vault.read("sys/audit"),
    }
    for identity, client in clients.items():
        for action, act in actions.items():
            yield Attempt(identity, action, _ask_vault(client, act, root))
    root.sys.delete_acl_policy(PROBE)


def _ask_vault(client: hvac.Client, act: Callable[[hvac.Client], Any], root: hvac.Client) -> str:
    from hvac.exceptions import Forbidden

    try:
        answer = act(client)
    except Forbidden:
        return BY_VAULT
    if isinstance(answer, dict) and answer.get("lease_id"):
        root.write_data("sys/leases/revoke", data={"lease_id": answer["lease_id"], "sync": True})
    return ALLOWED


def ask_aws(sessions: Mapping[str, Any], operator: Any) -> Iterator[Attempt]:  # noqa: ANN401 - boto3
    """Try what an AWS key can be used for; what an attempt made is taken away again.

    Args:
        sessions: boto3 sessions by identity.
        operator: boto3 session that cleans up.

    Raises:
        AwsSideError: AWS was silent, or answered neither "allowed" nor a refusal.
    """
    from labkit.aws.probes import outcome

    actions: dict[str, Callable[[Any], str]] = {
        "EC2 DescribeInstances": lambda aws: outcome(aws("ec2").describe_instances),
        "S3 ListBuckets": lambda aws: outcome(aws("s3").list_buckets),
        "IAM ListUsers": lambda aws: outcome(aws("iam").list_users),
        "IAM CreateUser": lambda aws: outcome(aws("iam").create_user, UserName=PROBE),
        "STS GetCallerIdentity": lambda aws: outcome(aws("sts").get_caller_identity),
    }
    for identity, aws in sessions.items():
        for action, act in actions.items():
            allowed = act(aws.client_without_retries) == ALLOWED
            yield Attempt(identity, action, ALLOWED if allowed else BY_AWS)
            if allowed and action.startswith("IAM Create"):
                operator.client_without_retries("iam").delete_user(UserName=PROBE)
