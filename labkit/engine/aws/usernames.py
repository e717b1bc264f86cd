"""The names of the IAM users (and, later, federated sessions) that the engine creates."""

from __future__ import annotations

import re
import secrets
import string

from labkit.engine.plugin.request import EngineError

DEFAULT_TEMPLATE = (
    '{{ if (eq .Type "STS") }}'
    '{{ printf "vault-%s-%s"  (unix_time) (random 20) | truncate 32 }}'
    "{{ else }}"
    '{{ printf "vault-%s-%s-%s" (printf "%s-%s" (.DisplayName) (.PolicyName) | truncate 42)'
    " (unix_time) (random 20) | truncate 64 }}"
    "{{ end }}"
)
"""Vault's default `username_template`, to the letter: a client reads it from config/root."""

IAM_LIMIT = 64
STS_LIMIT = 32
WHO_LIMIT = 42  # so that of the longest name the time and four random characters still remain
BASE62 = string.digits + string.ascii_letters


def iam_username(template: str, display_name: str, role_name: str, now: float) -> str:
    """Return a fresh IAM user name: `vault-<display name>-<role name>-<unix time>-<random>`.

    Args:
        template: the root config's username template.
        display_name: who asks, as the auth method names it.
        role_name: the Vault role.
        now: seconds since 1970 (UTC).

    Raises:
        EngineError: if the template is not the default one.
    """
    _require_default(template)
    who = f"{normalize(display_name)}-{normalize(role_name)}"[:WHO_LIMIT]
    return f"vault-{who}-{int(now)}-{_random()}"[:IAM_LIMIT]


def sts_username(template: str, now: float) -> str:
    """Return a fresh name of a federated session: `vault-<unix time>-<random>`.

    Raises:
        EngineError: if the template is not the default one.
    """
    _require_default(template)
    return f"vault-{int(now)}-{_random()}"[:STS_LIMIT]


def normalize(name: str) -> str:
    """Replace each character that IAM forbids in a name by an underscore, one for one."""
    return re.sub(r"[^a-zA-Z0-9+=,.@_-]", "_", name)


def _random() -> str:
    return "".join(secrets.choice(BASE62) for _ in range(20))


def _require_default(template: str) -> None:
    if template != DEFAULT_TEMPLATE:
        raise EngineError(
            "unable to initialize username template: this lab's engine renders only the default "
            "template; write config/root without username_template to go back to it"
        )
