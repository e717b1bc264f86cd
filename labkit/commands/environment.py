"""The variables that lead a shell, or another kernel, to the standing lab.

`labkit env` sets some variables and unsets each other variable that would change their meaning.
It keeps the earlier values in one variable, so that `labkit env --unset` can restore them.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit.redact import HIDDEN, redact_text
from labkit.runtimes import standing
from labkit.runtimes.standing import Standing

BEFORE = "LABKIT_ENV_BEFORE"  # JSON: earlier values of what was changed, null if not set
FAMILIES = ("AWS_", "BAO_", "BOTO_", "BOTOCORE_", "VAULT_")
LOCAL_HOSTS = ("127.0.0.1", "localhost")
NO_FILE = "/dev/null"
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

# Unset always. Other variables of the families are unset if the shell has them.
OVERRIDES = (
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL_EC2",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_STS",
    "AWS_MAX_ATTEMPTS",
    "AWS_PROFILE",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "LABKIT_REAL_AWS",
    "LABKIT_RUNTIME",
    *(
        f"{prefix}_{name}"
        for prefix in ("BAO", "VAULT")
        for name in (
            "AGENT_ADDR",
            "CACERT",
            "CACERT_BYTES",
            "CAPATH",
            "CLIENT_CERT",
            "CLIENT_KEY",
            "CONFIG_PATH",
            "FORMAT",
            "HTTP_PROXY",
            "MFA",
            "NAMESPACE",
            "PROXY_ADDR",
            "SKIP_VERIFY",
            "SRV_LOOKUP",
            "TLS_SERVER_NAME",
            "WRAP_TTL",
        )
    ),
)


@dataclass(frozen=True)
class Changes:
    """What a shell has to do with its variables.

    Args:
        values: the variables to export.
        unset: names of the variables to unset.
    """

    values: Mapping[str, str]
    unset: tuple[str, ...]

    def applied_to(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return an environment with these changes."""
        kept = {name: value for name, value in env.items() if name not in self.unset}
        return kept | dict(self.values)


def changes(found: Standing, folder: Path, env: Mapping[str, str]) -> Changes:
    """Return what leads a shell to the lab that stands in a folder.

    Args:
        found: the lab.
        folder: where its keeper's socket is.
        env: the shell's environment; it may lead to a lab already.
    """
    env = without_standing_lab(env)
    values = exports(found) | {standing.VARIABLE: str(folder / standing.SOCKET)} | no_proxy(env)
    others = {name for name in env if name.startswith(FAMILIES) and VARIABLE_NAME.fullmatch(name)}
    unset = tuple(sorted((others | set(OVERRIDES)) - set(values)))
    before = {name: env.get(name) for name in (*values, *unset) if name in {*values, *env}}
    return Changes(values | {BEFORE: json.dumps(before)}, unset)


def exports(found: Standing) -> dict[str, str]:
    """Return the variables of a lab: Vault with the root token, AWS with the operator's keys."""
    at, operator, vault_root = found.endpoints, found.operator, found.vault_root
    variables = {
        "VAULT_ADDR": at.vault_url,
        "VAULT_TOKEN": at.root_token,
        "BAO_ADDR": at.vault_url,
        "BAO_TOKEN": at.root_token,
        "VAULT_NAMESPACE": at.namespace,
        "BAO_NAMESPACE": at.namespace,
        "AWS_ENDPOINT_URL": at.aws_url or "",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_CONFIG_FILE": NO_FILE,
        "AWS_SHARED_CREDENTIALS_FILE": NO_FILE,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": at.region,
        "AWS_DEFAULT_REGION": at.region,
        "AWS_ACCESS_KEY_ID": operator.access_key_id,
        "AWS_SECRET_ACCESS_KEY": operator.secret_access_key,
        "LABKIT_VAULT_ROOT_ACCESS_KEY_ID": vault_root.access_key_id,
        "LABKIT_VAULT_ROOT_SECRET_ACCESS_KEY": vault_root.secret_access_key,
        "LABKIT_AWS_URL_FOR_VAULT": at.aws_url_for_vault or "",
        "LABKIT_AWS_TOKEN": at.aws_token,
        "LABKIT_AUDIT_LOG": at.audit_log,
    }
    return {name: value for name, value in variables.items() if value}


def no_proxy(env: Mapping[str, str]) -> dict[str, str]:
    """Return NO_PROXY and no_proxy with the loopback addresses added to the shell's own hosts.

    Go reads the first name first, Python the second, so both get the same value.
    """
    named = ",".join(filter(None, (env.get("NO_PROXY"), env.get("no_proxy"))))
    hosts = dict.fromkeys(host.strip() for host in named.split(",") if host.strip())
    value = "*" if "*" in hosts else ",".join(hosts | dict.fromkeys(LOCAL_HOSTS))
    return {"NO_PROXY": value, "no_proxy": value}


def take_back(env: Mapping[str, str]) -> Changes:
    """Return what undoes `changes` in a shell: earlier values are set, all else is unset."""
    if BEFORE not in env:
        return Changes({}, ())
    before = _before(env[BEFORE])
    values = {name: value for name, value in before.items() if value is not None}
    return Changes(values, (*sorted(before.keys() - values.keys()), BEFORE))


def without_standing_lab(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment as it was before `labkit env` changed it."""
    return take_back(env).applied_to(env)


def _before(text: str) -> dict[str, str | None]:
    """Return the earlier values, None for a variable that was not set.

    The text is the shell's, so names that no shell could set are dropped.
    """
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    pairs = found.items() if isinstance(found, dict) else ()
    return {
        name: value
        for name, value in pairs
        if VARIABLE_NAME.fullmatch(name) and (value is None or isinstance(value, str))
    }


def as_shell(found: Changes) -> str:
    """Return the lines that `sh`, `bash`, `dash`, `zsh` and `ksh` evaluate."""
    unset = [f"unset {' '.join(found.unset)}"] if found.unset else []
    return "\n".join(
        [*unset, *(f"export {name}={shlex.quote(value)}" for name, value in found.values.items())]
    )


def hidden(found: Changes) -> Changes:
    """Return the changes as a terminal may show them: without the secrets."""
    secret = ("TOKEN", "SECRET_ACCESS_KEY", BEFORE)
    values = {
        name: HIDDEN if name.endswith(secret) else redact_text(value)
        for name, value in found.values.items()
    }
    return Changes(values, found.unset)
