"""The steps of the flow: one function each, thin over hvac, with the tutorial's names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError
from labkit.flow.names import TUTORIAL, Names
from labkit.vault.client import asking_to

if TYPE_CHECKING:
    import hvac

    from labkit.redact.secret_fields import Json

POLICIES = Path(__file__).resolve().parent / "policies"
POLICY_DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["ec2:*"], "Resource": ["*"]}],
}


@dataclass(frozen=True)
class SetupContext:
    """The administrator's client, the keys for Vault, and the names to use.

    Args:
        vault: the administrator's client.
        access_key: access key id of Vault's own IAM user, `vault-root`.
        secret_key: its secret access key.
        region: AWS region.
        aws_url: the AWS API as Vault sees it; None is real AWS.
        names: names on Vault; the tutorial's, except on a Vault that others use.
    """

    vault: hvac.Client
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str
    aws_url: str | None
    names: Names = TUTORIAL


def enable_engine(at: SetupContext) -> Json:
    """Enable the AWS secrets engine (`POST sys/mounts/aws`)."""
    return at.vault.sys.enable_secrets_engine(
        "aws", path=at.names.mount, description=at.names.description or None
    )


def list_engines(at: SetupContext) -> dict[str, str]:
    """List the secrets engines (`GET sys/mounts`): path and type."""
    mounts = at.vault.sys.list_mounted_secrets_engines()["data"]
    return {path: mount["type"] for path, mount in mounts.items()}


def configure_root(at: SetupContext) -> Json:
    """Give Vault its own AWS keys (`POST aws/config/root`)."""
    endpoints = {"iam_endpoint": at.aws_url, "sts_endpoint": at.aws_url} if at.aws_url else {}
    keys = {"access_key": at.access_key, "secret_key": at.secret_key, "region": at.region}
    return at.vault.write_data(f"{at.names.mount}/config/root", data=keys | endpoints)


def create_role(at: SetupContext) -> Json:
    """Create the Vault role (`POST aws/roles/my-ec2-role`): no AWS call is made."""
    return at.vault.secrets.aws.create_or_update_role(
        at.names.role_name,
        "iam_user",
        policy_document=POLICY_DOCUMENT,
        mount_point=at.names.mount,
    )


def configure_lease(at: SetupContext, lease: str, lease_max: str) -> Json:
    """Set how long leases live (`POST aws/config/lease`); durations like `6s`."""
    return at.vault.secrets.aws.configure_lease(lease, lease_max, mount_point=at.names.mount)


def write_policies(at: SetupContext) -> list[str]:
    """Write the tutorial's two policies (`PUT sys/policies/acl/<name>`); return their names."""
    written = [at.names.read_policy, at.names.admin_policy]
    for name in written:
        write_policy(at.vault, name, at.names)
    return written


def write_policy(vault: hvac.Client, name: str, names: Names) -> None:
    """Write one policy of `names` (`PUT sys/policies/acl/<name>`); its paths follow the names."""
    vault.sys.create_or_update_acl_policy(name, policy=_policy_text(name, names))


def _policy_text(name: str, names: Names) -> str:
    if names.mount != TUTORIAL.mount and name == names.operator_policy:
        text = (POLICIES / "own-operator.hcl").read_text()  # no rights on what others made
        for field_name, value in asdict(names).items():
            text = text.replace(f"{{{field_name}}}", value)
        return text
    tutorials = dict(zip(names.policies, TUTORIAL.policies, strict=True))[name]
    text = (POLICIES / f"{tutorials}.hcl").read_text()
    return text.replace(f'"{TUTORIAL.mount}/', f'"{names.mount}/')


def enable_approle(at: SetupContext) -> Json:
    """Enable AppRole and create the role `aws-app` (`POST auth/approle/role/aws-app`)."""
    names = at.names
    at.vault.sys.enable_auth_method(
        "approle", path=names.approle_mount, description=names.description or None
    )
    return at.vault.auth.approle.create_or_update_approle(
        names.approle,
        token_policies=[names.read_policy],
        token_ttl="1h",  # noqa: S106 - a duration
        token_max_ttl="4h",  # noqa: S106 - a duration
        mount_point=names.approle_mount,
    )


def role_id(at: SetupContext) -> str:
    """Read the role-id (`GET auth/approle/role/aws-app/role-id`)."""
    names = at.names
    answer = at.vault.auth.approle.read_role_id(names.approle, mount_point=names.approle_mount)
    return str(answer["data"]["role_id"])


def secret_id(at: SetupContext) -> str:
    """Create a secret-id (`POST auth/approle/role/aws-app/secret-id`)."""
    names = at.names
    answer = at.vault.auth.approle.generate_secret_id(
        names.approle, mount_point=names.approle_mount
    )
    return str(answer["data"]["secret_id"])


def log_in(client: hvac.Client, names: Names, role_id: str, secret_id: str) -> hvac.Client:
    """Log in by AppRole (`POST auth/approle/login`): the client gets the application's token.

    Raises:
        LabError: Vault refused the role_id or the secret_id.
    """
    with asking_to("log in by AppRole"):
        client.auth.approle.login(role_id, secret_id, mount_point=names.approle_mount)
    return client


@dataclass(frozen=True)
class Step:
    """One step of the flow, as `Lab.start(through=...)` replays it.

    Args:
        name: what `through` calls it.
        title: one line for a reader.
        command: the CLI command it equals.
        do: does it.
    """

    name: str
    title: str
    command: str
    do: Callable[[SetupContext], Any]


SEQUENCE = (
    Step(
        "engine",
        "Enable the AWS secrets engine",
        "vault secrets enable -path=aws aws",
        enable_engine,
    ),
    Step("list", "List the secrets engines", "vault secrets list", list_engines),
    Step(
        "root",
        "Configure the root credentials",
        "vault write aws/config/root access_key=… secret_key=… region=eu-north-1",
        configure_root,
    ),
    Step(
        "role",
        "Create a Vault role",
        "vault write aws/roles/my-ec2-role credential_type=iam_user policy_document=-",
        create_role,
    ),
    Step(
        "policies",
        "Write the two Vault policies",
        "vault policy write aws-dynamic-read aws-dynamic-read.hcl\n"
        "vault policy write aws-admin aws-admin.hcl",
        write_policies,
    ),
    Step(
        "approle",
        "Enable AppRole and create the role aws-app",
        "vault auth enable approle\n"
        'vault write auth/approle/role/aws-app token_policies="aws-dynamic-read" '
        "token_ttl=1h token_max_ttl=4h",
        enable_approle,
    ),
)


def through(name: str) -> tuple[Step, ...]:
    """Return the steps up to and with the named one; raise LabError for an unknown name."""
    names = [step.name for step in SEQUENCE]
    if name not in names:
        raise LabError(f"There is no step {name!r}; there are: {', '.join(names)}.")
    return SEQUENCE[: names.index(name) + 1]
