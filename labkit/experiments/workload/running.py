"""Run the clients of a workload side by side, and make events happen to them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import chain
from sched import scheduler

from labkit.display.waiting import wait_until
from labkit.evidence.analyse.workload import END, START
from labkit.evidence.model.uses import Happening, Use
from labkit.experiments.workload import clients
from labkit.experiments.workload.events import Servers, WorkloadEvent
from labkit.experiments.workload.preparing import WorkloadEnvironment
from labkit.runtimes.process import ServerProcess

FIRST_CALL_SECONDS = 60.0
SLACK_SECONDS = 60.0  # a loaded machine


def run(
    commands: Mapping[str, Sequence[str]],
    events: Sequence[WorkloadEvent],
    seconds: float,
    where: WorkloadEnvironment,
    servers: Servers,
) -> tuple[list[Use], list[Happening]]:
    """Run clients for some seconds, and return their calls and what happened.

    Args:
        commands: the command line of each client, by its name.
        events: what happens to them.
        seconds: how long, after each client has made its first call.
        where: where the clients' roles are.
        servers: what events work with.

    Raises:
        StartError: a client ended without a call, or made none for a minute.
    """
    seen = [Happening(time.time(), START)]
    with ExitStack() as stack:
        for event in events:
            if event.at < 0:
                stack.enter_context(_happening(event, servers, seen))
        running = stack.enter_context(_running(commands, where))
        _play(_schedule(events, servers, seen, stack, seconds), seconds)
        seen.append(Happening(time.time(), END))
        logs = [clients.read(name, process.log) for name, process in running.items()]
        return list(chain.from_iterable(logs)), seen


@contextmanager
def _running(
    commands: Mapping[str, Sequence[str]], where: WorkloadEnvironment
) -> Iterator[dict[str, ServerProcess]]:
    running: dict[str, ServerProcess] = {}
    with ExitStack() as stack:
        home = stack.enter_context(clients.home())
        for name, command in commands.items():
            running[name] = clients.start(name, command, where, home)
            stack.callback(running[name].stop)
        for process in running.values():
            process.wait_until(partial(_has_called, process), timeout=FIRST_CALL_SECONDS)
        yield running


def _has_called(process: ServerProcess) -> bool:
    return any(clients.read("", process.log))


@contextmanager
def _happening(event: WorkloadEvent, servers: Servers, seen: list[Happening]) -> Iterator[None]:
    seen.append(Happening(time.time(), event.name, event.seconds or 0.0))
    with event.make(servers):
        yield


def _schedule(
    events: Sequence[WorkloadEvent],
    servers: Servers,
    seen: list[Happening],
    stack: ExitStack,
    seconds: float,
) -> scheduler:
    """Return a schedule of the beginning and the end of each event, from now on."""
    planned = scheduler(time.monotonic)
    for event in events:
        if 0 <= event.at < seconds:
            own = stack.enter_context(ExitStack())
            begin = partial(own.enter_context, _happening(event, servers, seen))
            planned.enter(event.at, 0, begin)
            if event.seconds is not None:
                planned.enter(event.at + event.seconds, 0, own.close)
    return planned


def _play(planned: scheduler, seconds: float) -> None:
    """Do each action in its time, with a progress bar."""
    start = time.monotonic()

    def is_over() -> bool:
        planned.run(blocking=False)
        return planned.empty() and time.monotonic() - start >= seconds

    wait_until(
        is_over, expected=seconds, at_most=seconds + SLACK_SECONDS, description="workload to end"
    )
