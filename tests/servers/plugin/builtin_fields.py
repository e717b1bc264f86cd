"""Fields of the server's built-in engines, one of each type: the framework itself as an oracle."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import hvac
import requests

from labkit.servers.plugin.fields import Kind


class BuiltinField(NamedTuple):
    """A field that reads back as it was written, and the path that has it."""

    path: str
    name: str


FIELDS = {
    Kind.STRING: BuiltinField("pki/roles/probe", "issuer_ref"),
    Kind.BOOL: BuiltinField("pki/roles/probe", "allow_localhost"),
    Kind.DURATION: BuiltinField("pki/roles/probe", "not_before_duration"),
    Kind.COMMA_LIST: BuiltinField("pki/roles/probe", "allowed_domains"),
    Kind.INT: BuiltinField("auth/approle/role/probe", "secret_id_num_uses"),
    Kind.KEY_VALUES: BuiltinField("identity/entity/name/probe", "metadata"),
}
FAILED = "Field validation failed: "
CONVERSION = "error converting input for field "
FIELD = "FIELD"


def mount_builtins(vault: hvac.Client) -> None:
    """Mount the built-in engines that have the fields."""
    vault.sys.enable_secrets_engine("pki", path="pki")
    vault.sys.enable_auth_method("approle", path="approle")


def unmount_builtins(vault: hvac.Client) -> None:
    """Unmount what `mount_builtins` mounted."""
    vault.sys.disable_secrets_engine("pki")
    vault.sys.disable_auth_method("approle")


def ask_builtin(vault: hvac.Client, kind: Kind, sent: str) -> dict[str, Any] | None:
    """Write a JSON text to the built-in field of a type.

    Returns:
        `value` with what the field then reads as, or `error` with the conversion's error, in which
        the field is called FIELD; None if the built-in engine itself refuses the value.
    """
    field = FIELDS[kind]
    url, headers = f"{vault.url}/v1/{field.path}", {"X-Vault-Token": vault.token}
    requests.delete(url, headers=headers, timeout=10)
    body = f'{{"{field.name}": {sent}}}'.encode()
    written = requests.post(url, headers=headers, data=body, timeout=10)
    if written.status_code >= requests.codes.bad_request:
        [text] = written.json()["errors"]
        text = text.removeprefix(FAILED)
        if not text.startswith(CONVERSION):
            return None
        return {"error": text.replace(field.name, FIELD)}
    shown = requests.get(url, headers=headers, timeout=10).json()["data"]
    return {"value": shown[field.name]}


def as_sent(text: str) -> Any:
    """Return a JSON text as an engine sees it: numbers as their texts, no half surrogates."""
    return json.loads(text.replace("\\ud800", "\\ufffd"), parse_int=str, parse_float=str)
