"""Turn the pattern of an API path into the paths that OpenAPI shows.

Source: `expandPattern` in `sdk/framework/openapi.go` of OpenBao.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\(\?P<(?P<name>\w+)>|(?P<open>\((?:\?:)?)|(?P<other>[\w/ -]|\\[^\w])", re.ASCII
)


class PatternError(ValueError):
    """A pattern has no counterpart in OpenAPI."""


def expanded(pattern: str) -> list[str]:
    """Return the paths that a pattern stands for: a choice gives several, a name `{name}`.

    An optional slash at the end is left out.

    Raises:
        PatternError: outside a named group there is more than text, choices and options.
    """
    paths, rest = _choices(pattern.removeprefix("^").removesuffix("$"))
    if rest:
        raise PatternError(f"cannot show {pattern!r} in OpenAPI: there is no group to close")
    return list(dict.fromkeys(path.removesuffix(_OPTIONAL_SLASH) for path in paths))


_OPTIONAL_SLASH = "\0"  # stands for a slash that may be absent


def _choices(rest: str) -> tuple[list[str], str]:
    """Read alternatives up to a closing parenthesis; return them, and what follows."""
    paths: list[str] = []
    while True:
        found, rest = _sequence(rest)
        paths += found
        if not rest.startswith("|"):
            return paths, rest
        rest = rest[1:]


def _sequence(rest: str) -> tuple[list[str], str]:
    paths = [""]
    while rest and rest[0] not in "|)":
        options, rest = _item(rest)
        if rest.startswith("?"):
            rest = rest[1:]
            options = [_OPTIONAL_SLASH] if options == ["/"] and not rest else [*options, ""]
        paths = [path + option for option in options for path in paths]
    return paths, rest


def _item(rest: str) -> tuple[list[str], str]:
    token = _TOKEN.match(rest)
    if token is None:
        raise PatternError(f"cannot show {rest!r} in OpenAPI: only names may vary there")
    if token["name"]:
        return [f"{{{token['name']}}}"], rest[_end_of_group(rest) :]
    if token["open"]:
        options, rest = _choices(rest[token.end() :])
        if not rest.startswith(")"):
            raise PatternError("cannot show a pattern in OpenAPI whose group does not end")
        return options, rest[1:]
    return [token["other"].removeprefix("\\")], rest[token.end() :]


def _end_of_group(rest: str) -> int:
    """Return the index after the group that a text starts with."""
    depth, brackets, index = 0, False, 0
    while index < len(rest):
        character = rest[index]
        index += 2 if character == "\\" else 1
        if character == "[":
            brackets = True
        elif character == "]":
            brackets = False
        elif not brackets:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth == 0:
                return index
    raise PatternError("cannot show a pattern in OpenAPI whose group does not end")
