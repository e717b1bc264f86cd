"""Split Go's text templates into tokens.

Source: the documentation of Go's package text/template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_ACTION = re.compile(r'\{\{(-\s)?((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`])*?)(\s-)?\}\}', re.DOTALL)


_COMMENT = re.compile(r"/\*.*\*/", re.DOTALL)


_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<text>"(?:[^"\\\n]|\\.)*" | `[^`]*`)
    | (?P<number>[+-]?[0-9]\w*)(?![\w.])
    | (?P<rune>'(?:[^'\\\n]|\\.)[^'\n]*')
    | (?P<field>\.[A-Za-z_]\w*)(?![\w.])
    | (?P<word>[A-Za-z_]\w*)
    | (?P<sign>[()|])""",
    re.VERBOSE | re.ASCII,
)


_LONGEST_NUMBER = 18  # digits that an error text shows


_LONGEST_TEXT = 100  # characters of a number in any form


class TemplateSyntaxError(ValueError):
    """A template is not of the form that is understood here."""


def pieces(template: str) -> Iterator[tuple[str, str]]:
    """Split a template into text and actions, with the blanks gone that an action trims."""
    end, trims = 0, False
    for found in _ACTION.finditer(template):
        text = template[end : found.start()]
        text = text.lstrip() if trims else text
        yield "text", text.rstrip() if found[1] else text
        if not _COMMENT.fullmatch(found[2].strip()):
            yield "action", found[2].strip()
        end, trims = found.end(), bool(found[3])
    rest = template[end:]
    if "{{" in rest:
        raise TemplateSyntaxError("unclosed action")
    yield "text", rest.lstrip() if trims else rest


def tokens_of(action: str) -> Iterator[tuple[str, str]]:
    """Split an action into tokens, each with its kind."""
    place = 0
    while place < len(action):
        found = _TOKEN.match(action, place)
        if found is None:
            raise TemplateSyntaxError(f"unexpected {action[place]!r} in action")
        if found.lastgroup and found.lastgroup != "space":
            yield found.lastgroup, found[0]
        place = found.end()


def unquoted(text: str) -> str:
    """Return a string constant without its quotes."""
    if text.startswith("`"):
        return text[1:-1]
    try:
        return str(json.loads(text, strict=False))
    except ValueError as error:
        raise TemplateSyntaxError(f"bad string: {text}") from error


def number(text: str) -> int:
    """Return a whole number in any of Go's forms: `12`, `1_000`, `0x1f`, `0b11`, `0o17`, `017`."""
    if len(text) > _LONGEST_TEXT:
        raise TemplateSyntaxError(f"integer overflow: {text[:_LONGEST_NUMBER]}...")
    sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
    octal = len(digits) > 1 and re.fullmatch("0[0-7_]+", digits)
    try:
        number = int(f"{sign}0o{digits[1:]}" if octal else text, base=0)
    except ValueError as error:
        raise TemplateSyntaxError(f"bad number syntax: {text}") from error
    if not -(2**63) <= number < 2**63:
        raise TemplateSyntaxError(f"integer overflow: {text[:_LONGEST_NUMBER]}...")
    return number


def rune(text: str) -> int:
    """Return the number of a character constant."""
    inner = text[1:-1]
    character = inner if inner[0] != "\\" else unquoted('"' + inner.replace("\\'", "'") + '"')
    if len(character) != 1:
        raise TemplateSyntaxError(f"malformed character constant: {text}")
    return ord(character)
