"""Replace policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.

Source: "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from labkit.servers.aws.iam.wildcards import literal_prefix, mark

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_NAME_AND_DEFAULT = re.compile(r"\s*([^,]+?)\s*(?:,\s*'(.*)'\s*)?")
_ESCAPES = {"*", "?", "$"}

ContextValue = str | tuple[str, ...]
ContextKeys = Mapping[str, ContextValue]  # condition keys of the request context


@dataclass(frozen=True, slots=True)
class Template:
    """A value of a policy, in which variables may have to be replaced.

    Args:
        literal: the marked text if it has no variables, else None.
        pieces: marked texts and variables alternately, text first.
        prefix: the literal characters that every matching text begins with.
    """

    literal: str | None
    pieces: tuple[str, ...]
    prefix: str

    def keys(self) -> Iterator[str]:
        """Yield the names of the condition keys that the variables stand for."""
        return _names(self.pieces)

    def resolve(self, keys: ContextKeys) -> str | None:
        """Return the marked text; None if a variable has neither a value nor a default.

        "There is no equal or like value" to such a text, so nothing matches it.
        """
        if self.literal is not None:
            return self.literal
        replaced = list(self.pieces)
        for position in range(1, len(replaced), 2):
            value = _replace(replaced[position], keys)
            if value is None:
                return None
            replaced[position] = value
        return "".join(replaced)


def _names(pieces: tuple[str, ...]) -> Iterator[str]:
    for variable in pieces[1::2]:
        found = _NAME_AND_DEFAULT.fullmatch(variable)
        if found and variable not in _ESCAPES:
            yield found[1]


def template(text: str, *, variables: bool, wildcards: bool = True) -> Template:
    """Read a value of a policy.

    Args:
        text: as the policy has it.
        variables: whether the policy's version has variables (2012-10-17).
        wildcards: whether `*` and `?` are wildcards here.
    """
    pieces = _VARIABLE.split(text) if variables else [text]
    if wildcards:
        pieces[::2] = [mark(piece) for piece in pieces[::2]]
    literal = pieces[0] if len(pieces) == 1 else None
    return Template(literal, tuple(pieces), prefix=literal_prefix(pieces[0]))


def _replace(variable: str, keys: ContextKeys) -> str | None:
    """Return a variable's value; a multivalued key has none."""
    if variable in _ESCAPES:
        return variable
    found = _NAME_AND_DEFAULT.fullmatch(variable)
    if found is None:
        return None
    value = keys.get(found[1].lower())
    if isinstance(value, str) and value:
        return value
    default: str | None = found[2]
    return default
