"""The administrator's steps: one function each, thin over hvac, with the seed's names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labkit.errors import LabError

if TYPE_CHECKING:
    import hvac

POLICIES = Path(__file__).resolve().parent / "policies"
MOUNT = "aws"
ROLE_NAME = "my-ec2-role"
APPROLE = "aws-app"
POLICY_DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["ec2:*"], "Resource": ["*"]}],
}


@dataclass(frozen=True)
class SetupContext:
    """What the steps work with.

    Args:
        vault: the administrator's client.
        access_key: access key id of Vault's own IAM user, `vault-root`.
        secret_key: its secret access key.
        region: AWS region.
        aws_url: the AWS API as Vault sees it; None is real AWS.
    """

    vault: hvac.Client
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str
    aws_url: str | None


def enable_engine(at: SetupContext) -> Any:  # noqa: ANN401 - Vault's own answers
    """Enable the AWS secrets engine (`POST sys/mounts/aws`)."""
    return at.vault.sys.enable_secrets_engine("aws", path=MOUNT)


def list_engines(at: SetupContext) -> Any:  # noqa: ANN401
    """List the secrets engines (`GET sys/mounts`): path and type."""
    mounts = at.vault.sys.list_mounted_secrets_engines()["data"]
    return {path: mount["type"] for path, mount in mounts.items()}


def configure_root(at: SetupContext) -> Any:  # noqa: ANN401
    """Give Vault its own AWS keys (`POST aws/config/root`)."""
    endpoints = {"iam_endpoint": at.aws_url, "sts_endpoint": at.aws_url} if at.aws_url else {}
    keys = {"access_key": at.access_key, "secret_key": at.secret_key, "region": at.region}
    return at.vault.write_data(f"{MOUNT}/config/root", data=keys | endpoints)


def create_role(at: SetupContext) -> Any:  # noqa: ANN401
    """Create the Vault role (`POST aws/roles/my-ec2-role`): no AWS call is made."""
    return at.vault.secrets.aws.create_or_update_role(
        ROLE_NAME, "iam_user", policy_document=POLICY_DOCUMENT, mount_point=MOUNT
    )


def configure_lease(at: SetupContext, lease: str, lease_max: str) -> Any:  # noqa: ANN401
    """Set how long leases live (`POST aws/config/lease`); durations like `6s`."""
    return at.vault.secrets.aws.configure_lease(lease, lease_max, mount_point=MOUNT)


def write_policies(at: SetupContext, folder: Path = POLICIES) -> Any:  # noqa: ANN401
    """Write the seed's two policies (`PUT sys/policies/acl/<name>`); return their names."""
    names = ["aws-dynamic-read", "aws-admin"]
    for name in names:
        write_policy(at.vault, name, folder)
    return names


def write_policy(vault: hvac.Client, name: str, folder: Path = POLICIES) -> None:
    """Write the policy that stands in `<folder>/<name>.hcl`."""
    vault.sys.create_or_update_acl_policy(name, policy=(folder / f"{name}.hcl").read_text())


def enable_approle(at: SetupContext) -> Any:  # noqa: ANN401
    """Enable AppRole and create the role `aws-app` (`POST auth/approle/role/aws-app`)."""
    at.vault.sys.enable_auth_method("approle")
    lifetimes = {"token_ttl": "1h", "token_max_ttl": "4h"}
    return at.vault.auth.approle.create_or_update_approle(
        APPROLE, token_policies=["aws-dynamic-read"], **lifetimes
    )


def role_id(at: SetupContext) -> str:
    """Read the role-id (`GET auth/approle/role/aws-app/role-id`)."""
    return str(at.vault.auth.approle.read_role_id(APPROLE)["data"]["role_id"])


def secret_id(at: SetupContext) -> str:
    """Create a secret-id (`POST auth/approle/role/aws-app/secret-id`)."""
    return str(at.vault.auth.approle.generate_secret_id(APPROLE)["data"]["secret_id"])


def refuse_if_in_use(vault: hvac.Client) -> None:
    """Raise LabError if the flow's mounts are there already: they are somebody else's."""
    engines = vault.sys.list_mounted_secrets_engines()["data"]
    methods = vault.sys.list_auth_methods()["data"]
    for path in {f"{MOUNT}/", "approle/"} & {*engines, *methods}:
        raise LabError(
            f"{path} is mounted already on this Vault, which others may use. Disable it "
            f"(`vault secrets disable {MOUNT}`, `vault auth disable approle`) if it is yours."
        )


def disable_engine(at: SetupContext) -> None:
    """Disable the engine (`DELETE sys/mounts/aws`): every lease of it is revoked first."""
    at.vault.sys.disable_secrets_engine(MOUNT)


def delete_policies(at: SetupContext) -> None:
    """Delete `aws-dynamic-read`; `aws-admin` stays, for the administrator's token holds it."""
    at.vault.sys.delete_acl_policy("aws-dynamic-read")


def disable_approle(at: SetupContext) -> None:
    """Disable AppRole (`DELETE sys/auth/approle`): its tokens and their leases are revoked."""
    at.vault.sys.disable_auth_method("approle")


def leave_as_is(_: SetupContext) -> None:
    """Undo nothing: the mount's end takes it along."""


@dataclass(frozen=True)
class Step:
    """One step of the flow, as `Lab.start(through=...)` replays it.

    Args:
        name: what `through` calls it.
        title: one line for a reader.
        command: the CLI command it equals.
        do: does it.
        undo: undoes it, on servers that others use too.
    """

    name: str
    title: str
    command: str
    do: Callable[[SetupContext], Any]
    undo: Callable[[SetupContext], None] = leave_as_is


SEQUENCE = (
    Step(
        "engine",
        "Enable the AWS secrets engine",
        "vault secrets enable -path=aws aws",
        enable_engine,
        disable_engine,
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
        delete_policies,
    ),
    Step(
        "approle",
        "Enable AppRole and create the role aws-app",
        "vault auth enable approle\n"
        'vault write auth/approle/role/aws-app token_policies="aws-dynamic-read" '
        "token_ttl=1h token_max_ttl=4h",
        enable_approle,
        disable_approle,
    ),
)


def through(name: str) -> tuple[Step, ...]:
    """Return the steps up to and with the named one; raise LabError for an unknown name."""
    names = [step.name for step in SEQUENCE]
    if name not in names:
        raise LabError(f"There is no step {name!r}; there are: {', '.join(names)}.")
    return SEQUENCE[: names.index(name) + 1]
