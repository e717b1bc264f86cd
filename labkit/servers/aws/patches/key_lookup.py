"""Moto's search for the access key that signed a request: most mends change its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from moto.iam import access_control

from labkit.servers.aws.patches.wrapping import wrap


@dataclass(frozen=True)
class Asked:
    """What moto looks for; the fields are the parameters of its `create_access_key`."""

    account_id: str
    partition: str
    access_key_id: str
    headers: Mapping[str, str] = field(repr=False)


def wrap_key_lookup(around: Callable[[Callable[[], Any], Asked], Any]) -> None:
    """Let `around(find, asked)` be called wherever moto looks for a key; `find()` does so."""

    def look(create: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - moto's
        return around(partial(create, *arguments, **named), Asked(*arguments, **named))

    wrap(access_control, "create_access_key", look)
