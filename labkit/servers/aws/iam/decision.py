"""A decision, and what it says: AWS's sentence, and a table for a learner."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from labkit.servers.aws.iam.layers import Layer, StatementResult, layers_of, rows_of
from labkit.servers.aws.iam.model import Call, Policies


class Reason(Enum):
    """Why a call is allowed or denied."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"


@dataclass(frozen=True)
class Decision:
    """The decision on one call.

    Args:
        call: what was decided on.
        policies: what was in force.
        reason: allowed, or the kind of denial.
        layer: the layer that denies; None if the call is allowed.
    """

    call: Call
    policies: Policies
    reason: Reason
    layer: Layer | None = None

    @property
    def allowed(self) -> bool:
        """Whether the call is allowed."""
        return self.reason is Reason.ALLOWED

    @cached_property
    def trace(self) -> tuple[StatementResult, ...]:
        """Every statement of every layer, with whether and why it applied."""
        return tuple(
            row
            for layer, policies in layers_of(self.call, self.policies)
            for row in rows_of(self.call, layer, policies)
        )

    @cached_property
    def decisive(self) -> tuple[StatementResult, ...]:
        """The rows that decided: the Deny statements that applied, else the Allow statements."""
        effect = "Deny" if self.reason is Reason.EXPLICIT_DENY else "Allow"
        return tuple(row for row in self.trace if row.applied and row.effect == effect)

    def sentence(self) -> str:
        """Return AWS's message for a denial.

        Source: "Troubleshoot access denied error messages" (IAM User Guide). Its messages about
        role trust policies name no resource.
        """
        if self.layer is None:
            return f"{self._who} is authorized to perform: {self.call.action}{self._on_resource}"
        return f"{self._who} is not authorized to perform: {self._what} {self._why(self.layer)}"

    @property
    def _who(self) -> str:
        anonymous = self.call.principal.type == "Anonymous"
        return "User: anonymous" if anonymous else f"User: {self.call.principal.arn}"

    @property
    def _what(self) -> str:
        return f"{self.call.action}{self._on_resource}"

    @property
    def _on_resource(self) -> str:
        unnamed = self.call.resource == "*" or self.layer is Layer.TRUST
        return "" if unnamed else f" on resource: {self.call.resource}"

    def _why(self, layer: Layer) -> str:
        if self.reason is Reason.EXPLICIT_DENY:
            return f"with an explicit deny in {layer.article} {layer.value}"
        return f"because no {layer.value} allows the {self.call.action} action"
