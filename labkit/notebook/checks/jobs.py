"""Checks about programs that use leased keys (notebook 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.aws.probes import ALLOWED
from labkit.aws.trying import attempt
from labkit.evidence.analyse.calls import callers
from labkit.notebook.checks.look import Look
from labkit.notebook.exercise import exercise
from labkit.notebook.verdicts import DONE, Verdict, not_yet

if TYPE_CHECKING:
    import hvac

    from labkit.evidence.analyse.timeline import Lifetime


@exercise(
    "12",
    1,
    "An AppRole role limits how often its tokens work. Which requests does the program make?",
    "The field is token_num_uses. Read the answer of Vault if you set it to 1.",
    'lab.root.write_data("auth/approle/role/job", data={"token_policies": "aws-dynamic-read", '
    '"token_num_uses": 2})',
)
def one_key_per_token(look: Look, role_name: str = "job") -> Verdict:
    """Read twice with one new token: Vault must refuse the second read (notebook 12).

    Args:
        look: the lab as the check sees it.
        role_name: the AppRole role whose tokens are tried.
    """
    at = look.names.approle_mount
    if not look.on.root.read(f"auth/{at}/role/{role_name}"):
        return not_yet(f"Vault has no AppRole role {role_name} at auth/{at}/")
    client = _logged_in(look, role_name)
    path = f"{look.mount}/creds/{look.role_name}"
    first, second = (attempt(client.read, path) for _ in range(2))
    if first == ALLOWED != second:
        return DONE
    if second == ALLOWED:
        client.auth.token.revoke_self()
    return not_yet(f"the first read with a new token of {role_name}: {first}; the second: {second}")


@exercise(
    "12",
    2,
    "The application may not revoke leases. What else ends a lease?",
    "A lease ends with the token that read it, and every token may revoke itself.",
    "job = lab.application(); keys, lease = lab.issue(vault=job); use the keys; "
    "job.auth.token.revoke_self()",
)
def job_ended_its_key(look: Look) -> Verdict:
    """Look for a used key that was ended by the token that had read it (notebook 12)."""
    evidence = look.evidence
    readers = {one.lease_id: one.accessor for one in evidence.requests if one.is_issue}
    own = [one for one in evidence.lifetimes() if _ended_with(one, readers.get(one.lease_id))]
    allowed = callers(evidence.calls)
    if used := [one for one in own if one.user_name in allowed]:
        return DONE
    return not_yet(
        f"{len(own)} leases were ended by the token that had read them; AWS had accepted the keys "
        f"of {len(used)} of these"
    )


def _logged_in(look: Look, role_name: str) -> hvac.Client:
    approle, at = look.on.root.auth.approle, look.names.approle_mount
    role_id = approle.read_role_id(role_name, mount_point=at)["data"]["role_id"]
    made = approle.generate_secret_id(role_name, mount_point=at)
    return look.on.login(role_id, made["data"]["secret_id"])


def _ended_with(life: Lifetime, reader: str | None) -> bool:
    request = life.cause and life.cause.request
    return bool(request and reader and request.accessor == reader)
