"""Match IAM's wildcards: `*` for any characters, `?` for one; everything else is literal.

A pattern is *marked*: its wildcards are replaced by characters that no policy contains, so that
a `*` in the value of a policy variable stays literal. See "IAM JSON policy elements: Resource".
"""

from __future__ import annotations

import re
from functools import lru_cache

ANY, ONE = "\x00", "\x01"
_MARKS = str.maketrans({"*": ANY, "?": ONE})
_FIRST_WILDCARD = re.compile(f"[{ANY}{ONE}]")
_PARTS = 6  # arn:partition:service:region:account:resource


def mark(text: str) -> str:
    """Return a pattern whose wildcards are told apart from literal characters."""
    return text.translate(_MARKS)


def literal_prefix(marked: str) -> str:
    """Return the characters before the first wildcard."""
    return _FIRST_WILDCARD.split(marked, maxsplit=1)[0]


@lru_cache(maxsize=8192)
def glob(marked: str) -> re.Pattern[str]:
    """Return a regular expression for a whole text; matching takes time linear in each `*`.

    A `*` takes the least that lets the literal after it match and is never tried again (an
    atomic group), so that no pattern can make the match take exponential time.
    """
    first, *rest = (_literal(part) for part in re.split(f"{ANY}+", marked))
    if not rest:
        return re.compile(first, re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in rest[:-1])
    return re.compile(f"{first}{middle}.*{rest[-1]}", re.DOTALL)


def _literal(part: str) -> str:
    return ".".join(re.escape(text) for text in part.split(ONE))


def matches(marked: str, text: str) -> bool:
    """Say whether a marked pattern matches a whole text; case-sensitive."""
    return glob(marked).fullmatch(text) is not None


def matches_arn(marked: str, arn: str) -> bool:
    """Say whether a marked pattern of a `Resource` element matches a resource.

    An ARN with fewer than six parts is completed with `*`. A `*` stays within its part, but the
    last character of a part may match beyond the colon. "*" alone matches every resource.
    Source: "IAM JSON policy elements: Resource", wildcards in resource ARNs.
    """
    if not marked.strip(ANY):
        return bool(marked)
    parts, whole = _read_arn(marked)
    if whole is not None:
        return whole.fullmatch(arn) is not None
    pieces = arn.split(":")
    starts = {0}
    for part in parts[:-1]:
        starts = _starts_after(part, pieces, starts)
    return any(matches(parts[-1], ":".join(pieces[start:])) for start in starts)


@lru_cache(maxsize=8192)
def _read_arn(marked: str) -> tuple[list[str], re.Pattern[str] | None]:
    """Return the six parts of a pattern, and one expression for all of it if that is enough.

    It is not enough if a wildcard in one of the first five parts must not match a colon.
    """
    parts = marked.split(":", _PARTS - 1)
    parts += [ANY] * (_PARTS - len(parts))
    inner = "".join(part.removesuffix(ANY) for part in parts[:-1])
    return parts, None if _FIRST_WILDCARD.search(inner) else glob(":".join(parts))


def _starts_after(part: str, pieces: list[str], starts: set[int]) -> set[int]:
    """Return where the next part may start, if this part starts at one of the given pieces."""
    found: set[int] = set()
    for start in starts:
        if start < len(pieces) - 1 and matches(part, pieces[start]):
            ends = range(start + 1, len(pieces)) if part.endswith(ANY) else [start + 1]
            found.update(ends)
    return found


@lru_cache(maxsize=4096)
def matches_arn_parts(marked: str, arn: str) -> bool:
    """Say whether an ARN matches part by part, as `ArnLike` and `ArnEquals` compare.

    Source: "IAM JSON policy elements: Condition operators", ARN condition operators.
    """
    wanted, seen = marked.split(":", _PARTS - 1), arn.split(":", _PARTS - 1)
    if len(wanted) != _PARTS or len(seen) != _PARTS:
        return False
    return all(matches(part, piece) for part, piece in zip(wanted, seen, strict=True))
