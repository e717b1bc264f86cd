"""The condition operators, each comparing a value of the request with a value of the policy.

Source: "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator as compare
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from labkit.servers.aws.iam.wildcards import matches, matches_arn_parts

Test = Callable[[str, str], bool]
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
_EPOCH = re.compile(r"\d+(?:\.\d+)?")
_YEAR_AND_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True, slots=True)
class Operator:
    """A condition operator.

    Args:
        test: says whether a value of the request (first) fits a value of the policy.
        negated: whether the operator is met when no value fits.
        variables: whether policy variables are replaced in its values.
        wildcards: whether `*` and `?` are wildcards in its values.
    """

    test: Test
    negated: bool = False
    variables: bool = False
    wildcards: bool = False

    def matches(self, seen: str, wanted: Sequence[str | None]) -> bool:
        """Say whether one value of the request meets the operator.

        None stands for a value whose variable has no value: nothing equals it, so that a
        negated operator is met ("Policy variables with no value").
        """
        fits = any(value is not None and self.test(seen, value) for value in wanted)
        return fits is not self.negated


def operator(name: str) -> Operator | None:
    """Return the operator of this name, whatever its case; None if AWS has none."""
    return _OPERATORS.get(name.lower())


def _ordered(parse: Callable[[str], float | None], relation: Callable[..., bool]) -> Test:
    """Return a test of two numbers or dates; what cannot be read does not fit."""

    def test(seen: str, wanted: str) -> bool:
        left, right = parse(seen), parse(wanted)
        return left is not None and right is not None and relation(left, right)

    return test


@lru_cache(maxsize=4096)
def number(text: str) -> float | None:
    """Return a decimal number; None if the text is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def moment(text: str) -> float | None:
    """Return a date as seconds since the epoch (UTC), from ISO 8601 or from epoch seconds."""
    if _EPOCH.fullmatch(text):
        return float(text)
    try:
        read = datetime.fromisoformat(f"{text}-01" if _YEAR_AND_MONTH.fullmatch(text) else text)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


@lru_cache(maxsize=4096)
def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return an address or a range in CIDR notation; None if the text is neither."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _same_case_ignored(seen: str, wanted: str) -> bool:
    return seen.lower() == wanted.lower()


def _same_boolean(seen: str, wanted: str) -> bool:
    return seen.lower() == wanted.lower() and seen.lower() in ("true", "false")


def _same_bytes(seen: str, wanted: str) -> bool:
    try:
        return base64.b64decode(seen, validate=True) == base64.b64decode(wanted, validate=True)
    except binascii.Error:
        return False


def _like(seen: str, wanted: str) -> bool:
    return matches(wanted, seen)


def _arn_like(seen: str, wanted: str) -> bool:
    return matches_arn_parts(wanted, seen)


def _address_in(seen: str, wanted: str) -> bool:
    address, allowed = network(seen), network(wanted)
    if address is None or allowed is None or address.version != allowed.version:
        return False
    return bool(address.subnet_of(allowed))  # type: ignore[arg-type] # the versions are equal


def _string(test: Test, *, wildcards: bool = False) -> tuple[Operator, Operator]:
    return (
        Operator(test, variables=True, wildcards=wildcards),
        Operator(test, negated=True, variables=True, wildcards=wildcards),
    )


def _ordered_operators(kind: str, parse: Callable[[str], float | None]) -> dict[str, Operator]:
    return {
        f"{kind}equals": Operator(_ordered(parse, compare.eq)),
        f"{kind}notequals": Operator(_ordered(parse, compare.eq), negated=True),
        f"{kind}lessthan": Operator(_ordered(parse, compare.lt)),
        f"{kind}lessthanequals": Operator(_ordered(parse, compare.le)),
        f"{kind}greaterthan": Operator(_ordered(parse, compare.gt)),
        f"{kind}greaterthanequals": Operator(_ordered(parse, compare.ge)),
    }


_EQUAL, _NOT_EQUAL = _string(compare.eq)
_EQUAL_IGNORING, _NOT_EQUAL_IGNORING = _string(_same_case_ignored)
_LIKE, _NOT_LIKE = _string(_like, wildcards=True)
_ARN_LIKE, _ARN_NOT_LIKE = _string(_arn_like, wildcards=True)

_OPERATORS = {
    "stringequals": _EQUAL,
    "stringnotequals": _NOT_EQUAL,
    "stringequalsignorecase": _EQUAL_IGNORING,
    "stringnotequalsignorecase": _NOT_EQUAL_IGNORING,
    "stringlike": _LIKE,
    "stringnotlike": _NOT_LIKE,
    "arnequals": _ARN_LIKE,
    "arnlike": _ARN_LIKE,
    "arnnotequals": _ARN_NOT_LIKE,
    "arnnotlike": _ARN_NOT_LIKE,
    "bool": Operator(_same_boolean, variables=True),
    "binaryequals": Operator(_same_bytes),
    "ipaddress": Operator(_address_in),
    "notipaddress": Operator(_address_in, negated=True),
    **_ordered_operators("numeric", number),
    **_ordered_operators("date", moment),
}
