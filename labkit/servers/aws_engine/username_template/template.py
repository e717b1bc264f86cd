"""A `username_template` rendered: Go's text/template, as far as naming users needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from labkit.servers.aws_engine.username_template.go_builtins import BUILTINS, builtin
from labkit.servers.aws_engine.username_template.go_format import TemplateValue, kind, shown
from labkit.servers.aws_engine.username_template.template_functions import Function, functions
from labkit.servers.aws_engine.username_template.template_syntax import (
    Expression,
    FieldOf,
    FunctionCall,
    If,
    Literal,
    Node,
    parse,
)


class TemplateError(ValueError):
    """A template cannot be rendered with these fields."""


@lru_cache(maxsize=64)
def parsed(template: str) -> tuple[Node, ...]:
    """Return a template as a tree.

    Raises:
        TemplateSyntaxError: if it is none.
    """
    return parse(template, BUILTINS.keys() | functions(0).keys())


def render(template: str, fields: Mapping[str, str], now: float) -> str:
    """Return what a template says about some fields.

    Args:
        template: the template.
        fields: what it may name as `.Name`.
        now: the time it tells, in seconds since 1970 (UTC).

    Raises:
        TemplateSyntaxError: if it is no template.
        TemplateError: if it names an unknown field, or a function refuses its arguments.
    """
    return _Renderer(fields, functions(now)).text(parsed(template))


@dataclass(frozen=True)
class _Renderer:
    fields: Mapping[str, str]
    functions: Mapping[str, Function]

    def text(self, nodes: tuple[Node, ...]) -> str:
        return "".join(map(self._node, nodes))

    def _node(self, node: Node) -> str:
        if isinstance(node, str):
            return node
        if isinstance(node, If):
            return self.text(node.then if self._value(node.condition) else node.otherwise)
        return shown(self._value(node))

    def _value(self, expression: Expression) -> TemplateValue:
        match expression:
            case Literal(value):
                return value
            case FieldOf(name):
                if name not in self.fields:
                    raise TemplateError(f"can't evaluate field {name}")
                return self.fields[name]
            case FunctionCall(name, arguments):
                return self._called(name, [self._value(each) for each in arguments])

    def _called(self, name: str, values: list[TemplateValue]) -> TemplateValue:
        try:
            if name in BUILTINS:
                return builtin(name, values)
            function = self.functions[name]
            _check_arguments(function, values)
            return function.call(*values)
        except ValueError as error:
            raise TemplateError(f"error calling {name}: {error}") from error


def _check_arguments(function: Function, values: list[TemplateValue]) -> None:
    if len(values) != len(function.takes):
        raise ValueError(f"wrong number of args: want {len(function.takes)} got {len(values)}")
    for wanted, value in zip(function.takes, values, strict=True):
        if type(value) is not wanted:
            raise ValueError(f"wrong type: expected {kind(wanted())}; got {kind(value)}")
