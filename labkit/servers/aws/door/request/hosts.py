"""The names under which the server may be addressed.

A web page whose domain name resolves to this machine (DNS rebinding) sends its own name.
"""

from __future__ import annotations

import ipaddress
import re

LOCAL = frozenset({"localhost"})
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]/@,\s]+)(?::\d{1,5})?")


def is_known(host: str, names: frozenset[str] = frozenset()) -> bool:
    """Say whether a Host header names this server.

    Args:
        host: the header's value.
        names: further names, in lower case.
    """
    found = _HOST.fullmatch(host)
    if not found:
        return False
    name = found[1].strip("[]").lower()
    return name in LOCAL or name in names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
