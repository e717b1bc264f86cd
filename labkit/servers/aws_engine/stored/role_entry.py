"""A Vault role as it is stored, shown and checked; nothing here does I/O.

The stored form is that of Vault's own engine, so that another build of the engine can read it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from labkit.servers.plugin.errors import UserError, combined
from labkit.servers.plugin.go_syntax import quote

IAM_USER = "iam_user"
ASSUMED_ROLE = "assumed_role"
FEDERATION_TOKEN = "federation_token"  # noqa: S105 - the name of a credential type
SESSION_TOKEN = "session_token"  # noqa: S105 - the name of a credential type
STS_TYPES = (ASSUMED_ROLE, FEDERATION_TOKEN, SESSION_TOKEN)
CREDENTIAL_TYPES = (IAM_USER, *STS_TYPES)

NANOSECONDS = 10**9
TTLS = ("default_sts_ttl", "max_sts_ttl")
VERSION = 1
ARN_COLONS = 5  # arn:partition:service:region:account:resource
quoted = quote
USER_PATH = r"^\/([\x21-\x7F]{0,510}\/)?$"


@dataclass(frozen=True)
class Role:
    """A Vault role: which AWS credentials it issues, and with what permissions.

    The fields are those of the API path `roles/<name>`; a list or map that was never given is None.
    Both TTLs are in seconds.

    Args:
        invalid_data: what a deprecated parameter said if it could not be understood.
        prohibit_flexible_cred_path: whether `creds/` issues IAM users only, and `sts/` the others;
            so for roles made of deprecated parameters.
    """

    credential_types: Sequence[str] = ()
    policy_arns: Sequence[str] | None = None
    role_arns: Sequence[str] | None = None
    policy_document: str = ""
    iam_groups: Sequence[str] | None = None
    iam_tags: Mapping[str, str] | None = None
    session_tags: Mapping[str, str] | None = None
    default_sts_ttl: int = 0
    max_sts_ttl: int = 0
    user_path: str = ""
    permissions_boundary_arn: str = ""
    external_id: str = ""
    mfa_serial_number: str = ""
    invalid_data: str = ""
    prohibit_flexible_cred_path: bool = False

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Role:
        """Return the role of a stored JSON object, whose TTLs are in nanoseconds."""
        known = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        known["credential_types"] = tuple(known.get("credential_types") or ())
        return cls(**{**known, **{name: known.get(name, 0) // NANOSECONDS for name in TTLS}})

    def stored(self) -> dict[str, Any]:
        """Return the JSON object to store."""
        ttls = {name: getattr(self, name) * NANOSECONDS for name in TTLS}
        types = {"credential_types": list(self.credential_types)}
        return {**vars(self), **types, **ttls, "version": VERSION}

    def shown(self) -> dict[str, Any]:
        """Return what a client may read, with the credential types as one comma-joined string."""
        entry = asdict(self)
        del entry["prohibit_flexible_cred_path"]
        if not self.invalid_data:
            del entry["invalid_data"]
        return {"credential_type": ",".join(entry.pop("credential_types")), **entry}

    def overlaid(self, given: Mapping[str, Any]) -> Role:
        """Return this role with the given fields replaced; an empty one clears.

        Raises:
            UserError: if the policy document is not JSON, or the outcome is not a valid role.
        """
        changes = dict(given)
        if "credential_type" in changes:
            changes["credential_types"] = [changes.pop("credential_type")]
        if changes.get("policy_document"):
            changes["policy_document"] = compacted(changes["policy_document"])
        role = replace(self, invalid_data="", prohibit_flexible_cred_path=False, **changes)
        role.validate()
        return role

    def validate(self) -> None:
        """Check the fields against each other.

        Raises:
            UserError: with everything that is wrong.
        """
        if problems := self.problems():
            raise UserError(f"error(s) validating supplied role data: {quoted(combined(problems))}")

    def problems(self) -> list[str]:
        """Return what keeps this from being a valid role, in Vault's words and order."""
        problems = [*self._of_types(), *self._of_ttls(), *self._of_user_path()]
        if self.permissions_boundary_arn:
            if IAM_USER not in self.credential_types:
                problems.append(
                    "cannot supply permissions_boundary_arn when credential_type isn't iam_user"
                )
            if fault := policy_arn_fault(self.permissions_boundary_arn):
                # Vault replaces what it found before by this one; clients see its text alone
                problems = [f"invalid permissions_boundary_arn parameter: {fault}"]
        return [*problems, *self._of_other_types()]

    def _of_types(self) -> Iterator[str]:
        if not self.credential_types:
            yield "did not supply credential_type"
        for unknown in (each for each in self.credential_types if each not in CREDENTIAL_TYPES):
            yield f"unrecognized credential type: {unknown}"

    def _of_ttls(self) -> Iterator[str]:
        if not set(STS_TYPES) & set(self.credential_types):
            for name in (each for each in TTLS if getattr(self, each)):
                yield (
                    f"{name} parameter only valid for assumed_role, federation_token, "
                    "and session_token credential types"
                )
        if 0 < self.max_sts_ttl < self.default_sts_ttl:
            yield '"default_sts_ttl" value must be less than or equal to "max_sts_ttl" value'

    def _of_user_path(self) -> Iterator[str]:
        if self.user_path and IAM_USER not in self.credential_types:
            yield "user_path parameter only valid for iam_user credential type"
        if self.user_path and not is_user_path(self.user_path):
            yield (
                "the specified value for user_path is invalid. "
                f"It must match {quoted(USER_PATH)} regexp"
            )

    def _of_other_types(self) -> Iterator[str]:
        if SESSION_TOKEN in self.credential_types and (self.policy_document or self.policy_arns):
            yield "cannot supply a policy or role when using credential_type session_token"
        if ASSUMED_ROLE not in self.credential_types:
            for name in ("role_arns", "session_tags", "external_id"):
                if getattr(self, name):
                    yield f"cannot supply {name} when credential_type isn't assumed_role"


def is_user_path(path: str) -> bool:
    """Tell whether IAM accepts a path for a user."""
    return re.fullmatch(USER_PATH, path) is not None and not path.endswith("\n")


def policy_arn_fault(arn: str) -> str:
    """Return what keeps a string from being the ARN of an IAM policy; empty if nothing does."""
    if fault := arn_fault(arn):
        return fault
    _, _, service, _, _, resource = arn.split(":", maxsplit=5)
    if service != "iam":
        return f"expected a service of iam but got {service}"
    if not resource.startswith("policy/"):
        return f"expected a resource type of policy but got {resource}"
    return ""


def arn_fault(arn: str) -> str:
    """Return what keeps a string from being an ARN; empty if nothing does."""
    if not arn.startswith("arn:"):
        return "arn: invalid prefix"
    return "" if arn.count(":") >= ARN_COLONS else "arn: not enough sections"


def compacted(document: str) -> str:
    """Return a JSON text without the blanks between its tokens; order and escapes stay.

    Raises:
        UserError: if it is not JSON.
    """
    try:
        json.loads(document, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UserError(f"cannot parse policy document: {quoted(document)}") from error
    return re.sub(r'("(?:\\.|[^"\\])*")|\s+', r"\1", document)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
