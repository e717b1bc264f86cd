"""The environment that lets a shell, or another kernel, use a running lab."""

import shlex
from collections.abc import Mapping

from labkit.lab import Lab
from labkit.redact import HIDDEN, redact_text


def exports(lab: Lab) -> dict[str, str]:
    """Return the variables for a shell: Vault with the root token, AWS with the operator's keys."""
    at, operator = lab.endpoints, lab.identities.operator
    variables = {
        "VAULT_ADDR": at.vault_url,
        "VAULT_TOKEN": at.root_token,
        "BAO_ADDR": at.vault_url,
        "BAO_TOKEN": at.root_token,
        "AWS_ENDPOINT_URL": at.aws_url or "",
        "LABKIT_AWS_URL_FOR_VAULT": at.aws_url_for_vault or "",
        "AWS_REGION": at.region,
        "AWS_DEFAULT_REGION": at.region,
        "AWS_ACCESS_KEY_ID": operator.access_key_id,
        "AWS_SECRET_ACCESS_KEY": operator.secret_access_key,
        "LABKIT_AWS_TOKEN": at.aws_token,
        "LABKIT_AUDIT_LOG": at.audit_log,
    }
    return {name: value for name, value in variables.items() if value}


def as_shell(variables: Mapping[str, str]) -> str:
    """Return the lines that a shell evaluates."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())


def hidden(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables as a terminal may show them: without the secrets."""
    secret = ("TOKEN", "SECRET_ACCESS_KEY")
    return {
        name: HIDDEN if name.endswith(secret) else redact_text(value)
        for name, value in variables.items()
    }
