"""The subset of Go's text/template that `username_template` needs: from text to a tree.

Text with actions in double braces: pipelines of fields, literals and functions, in parentheses or
not, and `if` with `else if` and `else`. This is what Vault documents for username templates, with
all built-in functions of Go but `call`. PyPI has no maintained library that parses Go templates,
and the rest of the language (variables, range, with, define, fractions) is refused by name: the
engine offers three text fields, over which there is nothing to range.

Source: the documentation of Go's package text/template.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from dataclasses import dataclass
from typing import TypeAlias

from labkit.servers.aws_engine.username_template.template_tokens import (
    TemplateSyntaxError,
    number,
    pieces,
    rune,
    tokens_of,
    unquoted,
)

_UNSUPPORTED = frozenset(["range", "with", "define", "template", "block", "break", "continue"])
_TRUTH = {"true": True, "false": False}
_DEEPEST = 50  # parentheses, pipes, and conditions in each other


@dataclass(frozen=True)
class Literal:
    """A text, a whole number, or a truth value."""

    value: str | int | bool


@dataclass(frozen=True)
class FieldOf:
    """A field of what is rendered: `.Name`."""

    name: str


@dataclass(frozen=True)
class FunctionCall:
    """A function with its arguments; in a pipeline the value so far is the last of them."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class If:
    """One of two branches, by whether a value is empty."""

    condition: Expression
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


Expression: TypeAlias = "Literal | FieldOf | FunctionCall"
Node: TypeAlias = "str | Expression | If"
_Tokens: TypeAlias = "deque[tuple[str, str]]"


def parse(template: str, functions: Container[str]) -> tuple[Node, ...]:
    """Return a template as a tree; a plain string in it is text.

    Args:
        template: the text to parse.
        functions: the names of the functions that it may call.

    Raises:
        TemplateSyntaxError: with what is wrong, or not known here.
    """
    return _Parser(functions).template(template)


@dataclass(frozen=True)
class _Parser:
    """Each method takes from the front of its first argument what it parses."""

    functions: Container[str]

    def template(self, text: str) -> tuple[Node, ...]:
        nodes, closing = self._block(deque(pieces(text)), depth=0)
        if closing:
            raise TemplateSyntaxError(f"unexpected {{{{{closing}}}}}")
        return nodes

    def _block(self, pieces: _Tokens, depth: int) -> tuple[tuple[Node, ...], str]:
        """Return the nodes up to an `end` or `else` of somebody else's, and that."""
        nodes: list[Node] = []
        while pieces:
            kind, text = pieces.popleft()
            keyword = text.split(maxsplit=1)[0] if kind == "action" and text else ""
            if keyword in ("end", "else"):
                return tuple(nodes), text
            if keyword in _UNSUPPORTED:
                raise TemplateSyntaxError(f"{keyword} is not supported by this lab's engine")
            if keyword == "if":
                nodes.append(self._if(pieces, text.removeprefix("if"), depth + 1))
            elif kind == "action":
                nodes.append(self._action(text))
            elif text:
                nodes.append(text)
        return tuple(nodes), ""

    def _if(self, pieces: _Tokens, condition: str, depth: int) -> If:
        _refuse_too_deep(depth)
        test = self._action(condition)
        then, closing = self._block(pieces, depth)
        otherwise: tuple[Node, ...] = ()
        word, _, rest = closing.partition(" ")
        if word == "else" and rest.split(maxsplit=1)[:1] == ["if"]:
            nested = self._if(pieces, rest.strip().removeprefix("if"), depth + 1)
            return If(test, then, (nested,))
        if closing == "else":
            otherwise, closing = self._block(pieces, depth)
        if closing != "end":
            raise TemplateSyntaxError(
                f"unexpected {{{{{closing}}}}} in if" if closing else "if without end"
            )
        return If(test, then, otherwise)

    def _action(self, text: str) -> Expression:
        tokens: _Tokens = deque(tokens_of(text))
        value = self._pipeline(tokens, depth=0)
        if tokens:
            raise TemplateSyntaxError(f"unexpected {tokens[0][1]} in action")
        return value

    def _pipeline(self, tokens: _Tokens, depth: int) -> Expression:
        _refuse_too_deep(depth)
        value = self._command(tokens, (), depth)
        while tokens and tokens[0] == ("sign", "|"):
            depth += 1
            _refuse_too_deep(depth)
            tokens.popleft()
            value = self._command(tokens, (value,), depth)
        return value

    def _command(self, tokens: _Tokens, piped: tuple[Expression, ...], depth: int) -> Expression:
        function = ""
        if tokens and tokens[0][0] == "word" and tokens[0][1] not in _TRUTH:
            function = self._function(tokens.popleft()[1])
        operands: list[Expression] = []
        while tokens and tokens[0] not in (("sign", "|"), ("sign", ")")):
            operands.append(self._operand(tokens, depth))
        if function:
            return FunctionCall(function, (*operands, *piped))
        if len(operands) != 1 or piped:
            raise TemplateSyntaxError(
                "can't give argument to non-function" if operands else "missing value for command"
            )
        return operands[0]

    def _operand(self, tokens: _Tokens, depth: int) -> Expression:
        kind, text = tokens.popleft()
        if kind == "text":
            return Literal(unquoted(text))
        if kind == "number":
            return Literal(number(text))
        if kind == "rune":
            return Literal(rune(text))
        if kind == "field":
            return FieldOf(text[1:])
        if kind == "word":
            return (
                Literal(_TRUTH[text]) if text in _TRUTH else FunctionCall(self._function(text), ())
            )
        value = self._pipeline(tokens, depth + 1)  # the sign is an opening parenthesis
        if not tokens or tokens.popleft() != ("sign", ")"):
            raise TemplateSyntaxError("unclosed left paren")
        return value

    def _function(self, name: str) -> str:
        if name not in self.functions:
            raise TemplateSyntaxError(f'function "{name}" not defined')
        return name


def _refuse_too_deep(depth: int) -> None:
    if depth > _DEEPEST:
        raise TemplateSyntaxError(f"more than {_DEEPEST} levels in each other")
