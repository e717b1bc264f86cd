"""Vault roles made of the deprecated parameters `arn` and `policy`, and of what is stored of them.

Before Vault 0.11 a role was one text under `policy/`: the ARN of an AWS role or of an IAM policy,
or a policy document.
"""

from __future__ import annotations

from labkit.servers.aws_engine.stored.role_entry import (
    ASSUMED_ROLE,
    FEDERATION_TOKEN,
    IAM_USER,
    Role,
    arn_fault,
    compacted,
)
from labkit.servers.plugin.errors import UserError


def role_from_text(text: str) -> Role:
    """Return the Vault role that a text stands for; its `invalid_data` is the text if it is none.

    A policy document serves two credential types: `creds/` issues IAM users, `sts/` federation
    tokens.
    """
    if text.startswith("arn:"):
        return _of_arn(text)
    try:
        document = compacted(text)
    except UserError:
        return Role(invalid_data=text)
    return Role(
        credential_types=(IAM_USER, FEDERATION_TOKEN),
        policy_document=document,
        prohibit_flexible_cred_path=True,
    )


def _of_arn(arn: str) -> Role:
    resource = "" if arn_fault(arn) else arn.split(":", maxsplit=5)[5]
    kind = resource.partition("/")[0]
    if kind == "role":
        return Role((ASSUMED_ROLE,), role_arns=(arn,), prohibit_flexible_cred_path=True)
    if kind == "policy":
        return Role((IAM_USER,), policy_arns=(arn,), prohibit_flexible_cred_path=True)
    return Role(invalid_data=arn)
