"""Vault's audit log: each request and its response, read as one, without secrets.

Vault writes HMACs in place of tokens, keys and most values. A lease_id stands in the answers to its
issue and to its renewals as it is, and everywhere else as an HMAC. `AuditedRequest.named` undoes
it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from labkit.evidence.model.requests import LOOKUP, UNWRAP, AuditedRequest

LEASE_SETTINGS = ("/config/lease", "/tune")


@dataclass
class AuditLog:
    """Reads the log of a file audit device, each time from where it stopped.

    Args:
        path: the file; a missing one holds nothing.
        namespace: path of the namespace whose requests are read; None reads those of all.
        unreadable: how many lines were no audit entries.
        lease_settings: how often somebody wrote what decides how long leases may live.
    """

    path: Path
    namespace: str | None = None
    unreadable: int = 0
    lease_settings: int = 0
    _requests: dict[str, AuditedRequest] = field(default_factory=dict, repr=False)
    _accessors: dict[str, str] = field(default_factory=dict, repr=False)
    _wrapped: dict[str, str] = field(default_factory=dict, repr=False)
    _offset: int = 0

    @property
    def requests(self) -> list[AuditedRequest]:
        """All requests read so far, in the order in which Vault took them up."""
        return list(self._requests.values())

    def read(self) -> None:
        """Take in what was written since; a half-written last line is left for the next time."""
        if self.path.is_file():
            with self.path.open("rb") as log:
                log.seek(self._offset)
                whole, end, _ = log.read().rpartition(b"\n")
            self._offset += len(whole) + len(end)
            self.add(whole.decode(errors="replace").splitlines())

    def skip(self) -> None:
        """Pass over what is written so far."""
        if self.path.is_file():
            self._offset = self.path.stat().st_size

    def add(self, lines: Iterable[str]) -> None:
        """Take in lines of the log."""
        for line in lines:
            try:
                self._add(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                self.unreadable += 1

    def _add(self, entry: Mapping[str, Any]) -> None:
        if self.namespace not in (None, _namespace(entry)):
            return
        token, accessor = _part(entry, "auth").get("client_token"), _accessor(entry)
        if token and accessor:
            self._accessors[token] = accessor
        number = entry["request"]["id"]
        asked = self._requests.get(number) or _asked(entry, self._accessors)
        if entry["type"] == "response":
            asked = self._unwrapped(_answered(asked, entry), entry)
        self._requests[number] = asked
        if asked.wrap_token:
            self._wrapped[asked.wrap_token] = number
        self.lease_settings += asked.operation != "read" and asked.path.endswith(LEASE_SETTINGS)

    def _unwrapped(self, answered: AuditedRequest, entry: Mapping[str, Any]) -> AuditedRequest:
        """Give the request that issued a wrapped credential its lease and key; return the other.

        The answer to `sys/wrapping/unwrap` holds what the answer to the issue had kept back.
        """
        if answered.path != UNWRAP:
            return answered
        asked = entry["request"]
        token = _part(asked, "data").get("token") or asked.get("client_token")
        if issue := self._requests.get(self._wrapped.get(token, "")):
            self._requests[self._wrapped[token]] = replace(
                issue, lease_id=answered.lease_id, access_key=answered.access_key
            )
        return replace(answered, access_key=None)


def _asked(entry: Mapping[str, Any], accessors: Mapping[str, str]) -> AuditedRequest:
    request, auth = entry["request"], _part(entry, "auth")
    return AuditedRequest(
        time=_seconds(entry["time"]),
        operation=request["operation"],
        path=request["path"],
        display_name=auth.get("display_name", ""),
        accessor=_accessor(entry),
        lease_id=_lease_named_in(request),
        token_expires=_expiry(auth),
        ended_accessor=_ended(request, _accessor(entry), accessors),
        mount_type=request.get("mount_type", ""),
        error=_reason(entry),
    )


def _answered(asked: AuditedRequest, entry: Mapping[str, Any]) -> AuditedRequest:
    response = _part(entry, "response")
    data = _part(response, "data")
    told = data.get("expire_time")
    return replace(
        asked,
        duration=_seconds(entry["time"]) - asked.time,
        display_name=asked.display_name or _part(entry, "auth").get("display_name", ""),
        accessor=asked.accessor or _accessor(entry),
        lease_id=_part(response, "secret").get("lease_id") or asked.lease_id,
        access_key=data.get("access_key"),
        expire_time=_seconds(told) if asked.path == LOOKUP and told else None,
        wrap_token=_part(response, "wrap_info").get("token"),
        made_accessor=_part(response, "auth").get("accessor"),
        error=_reason(entry) or asked.error,
    )


def _part(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a part of an entry; it may be missing, or null."""
    return of.get(name) or {}


def _namespace(entry: Mapping[str, Any]) -> str:
    return str(_part(entry["request"], "namespace").get("path", "")).strip("/")


def _accessor(entry: Mapping[str, Any]) -> str:
    return str(_part(entry, "auth").get("accessor", ""))


def _lease_named_in(request: Mapping[str, Any]) -> str | None:
    """Return the lease that a request is about: it stands in its data or at its path's end."""
    for path in ("sys/leases/renew/", "sys/leases/revoke/"):
        if request["path"].startswith(path):
            return str(request["path"]).removeprefix(path)
    return _part(request, "data").get("lease_id")


def _ended(request: Mapping[str, Any], accessor: str, accessors: Mapping[str, str]) -> str | None:
    data = _part(request, "data")
    match request["path"].rstrip("/"):
        case "auth/token/revoke-self":
            return accessor
        case "auth/token/revoke" | "auth/token/revoke-orphan":
            return accessors.get(data.get("token", ""))
        case "auth/token/revoke-accessor":
            return data.get("accessor")
    return None


def _expiry(auth: Mapping[str, Any]) -> float | None:
    if not auth.get("token_ttl") or "token_issue_time" not in auth:
        return None
    return _seconds(auth["token_issue_time"]) + float(auth["token_ttl"])


def _reason(entry: Mapping[str, Any]) -> str | None:
    """Return the last line of Vault's error, which says what was wrong."""
    lines = str(entry.get("error") or "").split("\n")
    texts = [line.strip(" \t*") for line in lines if line.strip()]
    return texts[-1] if texts else None


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
