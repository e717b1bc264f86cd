"""The threads that answer connections."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from labkit.servers.aws.workers import Workers

MOST = 2
ENOUGH = 5.0  # seconds


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers(MOST)
    yield workers
    workers.stop()


def names_of(workers: Workers, times: int) -> list[str]:
    """Return the thread of each of several pieces of work, one after the other."""
    names = list[str]()
    for _ in range(times):
        done = threading.Event()

        def work(done: threading.Event = done) -> None:
            names.append(threading.current_thread().name)
            done.set()

        assert workers.start(work, ENOUGH)
        assert done.wait(ENOUGH)
    return names


def test_a_few_threads_do_all_the_work(workers: Workers) -> None:
    assert len(set(names_of(workers, 50))) <= MOST


def test_work_waits_for_a_free_thread(workers: Workers) -> None:
    end = threading.Event()

    def wait() -> None:
        end.wait(ENOUGH)

    for _ in range(MOST):
        assert workers.start(wait, ENOUGH)
    assert not workers.start(end.set, 0.1)
    end.set()

    assert names_of(workers, 1)


def test_work_that_fails_takes_no_place(workers: Workers) -> None:
    def fail() -> None:
        raise ValueError

    for _ in range(5 * MOST):
        assert workers.start(fail, ENOUGH)

    assert names_of(workers, 1)


def test_stopped_threads_end() -> None:
    before = set(threading.enumerate())
    workers = Workers(MOST)
    names_of(workers, 5)
    started = [thread for thread in threading.enumerate() if thread not in before]
    workers.stop()
    for thread in started:
        thread.join(ENOUGH)

    assert started
    assert not any(thread.is_alive() for thread in started)
