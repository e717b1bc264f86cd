"""The hints of an incident, from the first question to the answer."""

from __future__ import annotations

from labkit.experiments.incident.scene import Scene
from labkit.redact import shorten_key_id

HASHING = (
    "Vault's audit log shows the key as an HMAC. `sys/audit-hash/<device>` returns the HMAC of a "
    "value: search the log for it."
)
JOURNAL = (
    "AWS's journal (lab.journal) has all calls of the key. Look for one that creates something."
)
SECOND = (
    "The leaked key called CreateAccessKey. Both keys belong to one IAM user, which Vault made."
)
END = "Revoking a lease deletes its IAM user with all keys of the user. A prefix ends others too."


def hints(scene: Scene, access_key_id: str, level: int) -> tuple[str, ...]:
    """Return all hints of an incident, in the order in which they are given.

    Args:
        scene: what the incident made.
        access_key_id: the leaked key.
        level: of the incident.
    """
    [leak] = [one for one in scene.issued if one.access_key == access_key_id]
    second = (JOURNAL, SECOND) if level > 1 else ()
    who = f"{shorten_key_id(access_key_id)} was issued to the application {leak.application}."
    return (HASHING, who, *second, END, f"The lease is {leak.lease_id}.")
