"""Who can do what: every identity of the lab tries every action that is open to its kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from labkit.aws.probes import ALLOWED, outcome
from labkit.evidence.model.uses import BY_AWS, BY_VAULT, Attempt
from labkit.flow.names import Names

if TYPE_CHECKING:
    import hvac

    from labkit.aws.sessions import LabSession

NOT_IN_NAMESPACES = "only available in root namespace"  # OpenBao's answer, whatever the token
RULE = 'path "labkit-probe" { capabilities = ["deny"] }'


def ask_vault(
    clients: Mapping[str, hvac.Client], root: hvac.Client, names: Names
) -> Iterator[Attempt]:
    """Try what a token can be used for; what an attempt created is deleted again.

    Args:
        clients: by identity.
        root: deletes what was created.
        names: the lab's names; the attempts write the policy `names.probe`.
    """
    mount, role_name, probe = names.mount, names.role_name, names.probe
    actions: dict[str, Callable[[hvac.Client], Any]] = {
        "issue credentials": lambda vault: vault.read(f"{mount}/creds/{role_name}"),
        "read the role": lambda vault: vault.read(f"{mount}/roles/{role_name}"),
        "read config/root": lambda vault: vault.read(f"{mount}/config/root"),
        "list leases": lambda vault: vault.list(f"sys/leases/lookup/{mount}/creds"),
        "write a policy": lambda vault: vault.sys.create_or_update_acl_policy(probe, RULE),
        "list audit devices": lambda vault: vault.read("sys/audit"),
    }
    for identity, client in clients.items():
        for action, act in actions.items():
            yield Attempt(identity, action, _ask_vault(client, act, root))
    root.sys.delete_acl_policy(probe)


def _ask_vault(client: hvac.Client, act: Callable[[hvac.Client], Any], root: hvac.Client) -> str:
    from hvac.exceptions import Forbidden, InvalidRequest

    try:
        answer = act(client)
    except Forbidden:
        return BY_VAULT
    except InvalidRequest as error:
        if NOT_IN_NAMESPACES in str(error):
            return BY_VAULT
        raise
    if isinstance(answer, dict) and answer.get("lease_id"):
        root.write_data("sys/leases/revoke", data={"lease_id": answer["lease_id"], "sync": True})
    return ALLOWED


def ask_aws(
    sessions: Mapping[str, LabSession], operator: LabSession, names: Names
) -> Iterator[Attempt]:
    """Try what an AWS key can be used for; what an attempt created is deleted again.

    Args:
        sessions: boto3 sessions by identity.
        operator: boto3 session that deletes what was created.
        names: the lab's names; the attempts create the IAM user `names.probe`.

    Raises:
        AwsSideError: AWS was silent, or answered neither "allowed" nor a refusal.
    """
    user: dict[str, Any] = {
        "UserName": names.probe,
        "Tags": [{"Key": "labkit", "Value": names.description}],
    }
    actions: dict[str, Callable[[Any], str]] = {
        "EC2 DescribeInstances": lambda aws: outcome(aws("ec2").describe_instances),
        "S3 ListBuckets": lambda aws: outcome(aws("s3").list_buckets),
        "IAM ListUsers": lambda aws: outcome(aws("iam").list_users),
        "IAM CreateUser": lambda aws: outcome(aws("iam").create_user, **user),
        "STS GetCallerIdentity": lambda aws: outcome(aws("sts").get_caller_identity),
    }
    for identity, aws in sessions.items():
        for action, act in actions.items():
            allowed = act(aws.client_without_retries) == ALLOWED
            yield Attempt(identity, action, ALLOWED if allowed else BY_AWS)
            if allowed and action.startswith("IAM Create"):
                operator.client_without_retries("iam").delete_user(UserName=names.probe)
