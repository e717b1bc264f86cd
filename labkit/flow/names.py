"""The names under which a lab makes things on Vault."""

from __future__ import annotations

from dataclasses import dataclass, replace

# What others may have on the same servers; the roles are inside the lab's own mounts
SERVER_WIDE = ("mount", "approle_mount", "read_policy", "admin_policy", "operator_policy", "probe")


@dataclass(frozen=True)
class Names:
    """Names on Vault; the defaults are the tutorial's.

    Args:
        mount: path of the AWS secrets engine.
        role_name: role of the engine.
        approle_mount: path of the AppRole auth method.
        approle: AppRole role of the application.
        read_policy: policy of the application.
        admin_policy: policy that administers the engine.
        operator_policy: policy that mounts, writes policies and manages leases.
        probe: policy and IAM user that `Lab.who_can_do_what` creates and deletes again.
        description: description of the mounts and tag of IAM users; it names a lab that uses
            servers of others.
    """

    mount: str = "aws"
    role_name: str = "my-ec2-role"
    approle_mount: str = "approle"
    approle: str = "aws-app"
    read_policy: str = "aws-dynamic-read"
    admin_policy: str = "aws-admin"
    operator_policy: str = "lab-operator"
    probe: str = "labkit-probe"
    description: str = ""

    @property
    def policies(self) -> tuple[str, str, str]:
        """The names of all policies of a lab."""
        return (self.read_policy, self.admin_policy, self.operator_policy)


TUTORIAL = Names()


def own_names(lab_id: str, description: str) -> Names:
    """Return names that no other lab has: the tutorial's with `-<lab_id>` added.

    The roles keep the tutorial's names, because they are inside the lab's own mounts.
    """
    own = {name: f"{getattr(TUTORIAL, name)}-{lab_id}" for name in SERVER_WIDE}
    return replace(TUTORIAL, description=description, **own)
