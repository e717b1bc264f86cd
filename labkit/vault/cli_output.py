"""What a command of Vault's command line printed, and the same without its secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from labkit.redact import HIDDEN
from labkit.redact.secret_fields import (
    Json,
    holds_something,
    is_kv_version_2,
    is_secret,
    redact,
    texts,
)

YAML = frozenset({"yaml", "yml"})
KV_TYPES = frozenset({"kv", "generic", "cubbyhole"})
SECRET_OF_TYPE = {
    "totp": frozenset({"code", "url"}),
    "ssh": frozenset({"key"}),
    "transit": frozenset({"keys", "backup"}),
    "token": frozenset({"id"}),  # `token lookup` shows the token itself as its id
}
PUBLIC = frozenset(
    {
        "accessor",
        "lease_duration",
        "lease_id",
        "lease_renewable",
        "metadata",
        "policies",
        "refresh_interval",
        "renewable",
        "request_id",
        "warnings",
    }
)
BARE_SECRETS = (("print", "token"), ("operator", "generate-root"))


@dataclass(frozen=True)
class Command:
    """One command that was run.

    Args:
        words: what was asked for: subcommands, path and parameters, without options.
        options: values by option name, without dashes.
        format: `table`, `json`, `yaml` or another that was asked for.
        output: what it printed.
        mount_type: type of the engine at its path; empty if unknown.
    """

    words: tuple[str, ...]
    options: Mapping[str, str]
    format: str
    output: str
    mount_type: str = ""

    @classmethod
    def from_record(cls, record: Mapping[str, Any], mounts: Mapping[str, str]) -> Command:
        """Read the record of a command; `mounts` maps each mount's path to its type."""
        words, options = _split(record["arguments"])
        form = options.get("format") or record["format"] or "table"
        return cls(words, options, form, record["output"], _mount_type(words, mounts))

    @property
    def all_secret(self) -> bool:
        """Whether all data that it prints is secret: of KV, and what a wrapping token yields."""
        unwraps = self.words[:1] == ("unwrap",) or "sys/wrapping/unwrap" in self.words
        reads = self.words[:1] == ("read",) and self.mount_type in KV_TYPES
        return unwraps or self.words[:2] == ("kv", "get") or reads

    def hides(self, name: str) -> bool:
        """Tell whether a field of this name is a secret in this output."""
        more = SECRET_OF_TYPE.get(self.mount_type, frozenset())
        return is_secret(name) or name.strip() in more


def without_secrets(command: Command) -> tuple[str, list[str]]:
    """Return what a command printed without its secrets, and the secrets themselves."""
    text = command.output
    if not text.strip():
        return text, []
    if command.words[:2] in BARE_SECRETS and command.format == "table":
        return _without_bare_secret(command)
    if field := command.options.get("field"):
        return _without_field(command, field)
    tree = _parsed(command)
    if isinstance(tree, Mapping | list):
        return _without_fields(command, tree)
    return _without_rows(command)


def _without_bare_secret(command: Command) -> tuple[str, list[str]]:
    if "Key " in command.output or "Nonce" in command.output:
        return _without_rows(command)
    return f"{HIDDEN}\n", [command.output.strip()]


def _without_field(command: Command, field: str) -> tuple[str, list[str]]:
    public = field in PUBLIC or not (command.all_secret or command.hides(field))
    tree = _parsed(command)
    if public and isinstance(tree, Mapping | list):
        return _without_fields(command, tree)
    if public and not command.output.startswith("map["):
        return command.output, []
    if not holds_something(command.output.strip()):
        return command.output, []
    return f"{HIDDEN}\n", [command.output.strip(), *texts(tree)]


def _parsed(command: Command) -> Json:
    """Return the parsed output, None if it is a table."""
    if command.format == "table":
        return None
    try:
        return (yaml.safe_load if command.format in YAML else json.loads)(command.output)
    except (yaml.YAMLError, ValueError):
        return None


def _dumped(tree: Json, form: str) -> str:
    if form in YAML:
        return str(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True))
    return json.dumps(tree, indent=None if form == "raw" else 2, ensure_ascii=False) + "\n"


def _without_fields(command: Command, tree: Json) -> tuple[str, list[str]]:
    secrets: list[str] = []
    return _dumped(_hide_in(command, tree, secrets), command.format), secrets


def _hide_in(command: Command, tree: Json, secrets: list[str]) -> Json:
    """Return a tree with its secrets hidden, and add them to `secrets`."""
    if isinstance(tree, list):
        return [_hide_in(command, item, secrets) for item in tree]
    if not isinstance(tree, Mapping):
        return redact(tree)
    hidden: dict[Any, Any] = {}
    for name, value in tree.items():
        if name == "data" and command.all_secret and isinstance(value, Mapping):
            hidden[name] = _hide_data(command, value, secrets)
        elif command.hides(str(name)) and holds_something(value):
            hidden[name] = _all_hidden([value], secrets)
        else:
            hidden[name] = _hide_in(command, value, secrets)
    return hidden


def _hide_data(command: Command, data: Mapping[str, Any], secrets: list[str]) -> Json:
    if not is_kv_version_2(data):
        return _all_hidden(data, secrets)
    shown = _hide_in(command, data["metadata"], secrets)
    return {"data": _all_hidden(data["data"], secrets), "metadata": shown}


def _all_hidden(value: Json, secrets: list[str]) -> Json:
    if isinstance(value, Mapping):
        return {name: _all_hidden(item, secrets) for name, item in value.items()}
    secrets += texts(value)
    return value if value is None else HIDDEN


_ROW = re.compile(r"^(?P<name>\S[^\n]*?)(?P<gap>:? {2,}|: )(?P<value>\S.*)$")


def _without_rows(command: Command) -> tuple[str, list[str]]:
    """Hide the secret rows of a table; a value of several lines ends with the next row."""
    lines: list[str] = []
    secrets: list[str] = []
    section, column, hiding = "", 0, False
    for line in command.output.splitlines():
        if heading := re.fullmatch(r"=+ (.+) =+", line):
            section, column, hiding = heading[1], 0, False
        elif re.match(r"Key +Value$", line):
            column = line.index("Value")
        elif re.fullmatch(r"-+ +-+", line) or not line:
            hiding = hiding and not line
        elif row := _row(line, column):
            name, value = row[0].strip(), row[1]
            in_data = bool(column) and section != "Metadata"
            hiding = _row_is_secret(command, name, value, in_data=in_data)
            secrets += [value] if hiding else []
            line = f"{row[0]}{HIDDEN}" if hiding else line  # noqa: PLW2901 - the line shown
        elif hiding:
            secrets.append(line)
            continue
        lines.append(line)
    return "\n".join(lines) + "\n", secrets


def _row(line: str, column: int) -> tuple[str, str] | None:
    """Return a row's name with the space after it, and its value."""
    if column:
        fits = line[column - 4 : column] == "    " and line[column : column + 1].strip()
        return (line[:column], line[column:]) if fits else None
    found = _ROW.match(line)
    return (found["name"] + found["gap"], found["value"]) if found else None


def _row_is_secret(command: Command, name: str, value: str, *, in_data: bool) -> bool:
    if not holds_something(value):
        return False
    if command.all_secret and in_data:
        return name not in PUBLIC - {"accessor", "policies", "warnings"}
    fields = re.findall(r"([\w-]+):", value) if value.startswith("map[") else ()
    return any(map(command.hides, (name, *fields)))


def _split(arguments: list[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Split arguments into words and options; an option's value may stand after a space."""
    words: list[str] = []
    options: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-") or argument == "-":
            words.append(argument)
            continue
        name, has_value, value = argument.lstrip("-").partition("=")
        if not has_value and name in {"field", "format"}:
            value = next(rest, "")
        options[name] = value
    return tuple(words), options


def _mount_type(words: tuple[str, ...], mounts: Mapping[str, str]) -> str:
    if words[:1] == ("token",) or any(word.startswith("auth/token/") for word in words):
        return "token"
    paths = [word.strip("/") + "/" for word in words[1:3]]
    found = [mount for mount in mounts for path in paths if path.startswith(mount)]
    return mounts[max(found, key=len)] if found else ""
