"""Read credentials with many clients at once, as an application in a crash loop does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from labkit.display.progress import progress_bar
from labkit.machine.polling import happens_within

if TYPE_CHECKING:
    import hvac

BAR = "{desc}: {bar:20}| {n_fmt} of {total_fmt}"
LONGEST_ERROR = 200  # characters


@dataclass(frozen=True)
class Read:
    """One read of `<mount>/creds/<role>`; its keys are not kept.

    Args:
        asked: when Vault was asked, epoch seconds UTC.
        seconds: until Vault answered.
        lease_id: the lease; empty if Vault refused.
        lease_duration: seconds that Vault granted.
        access_key: the access key id.
        error: what Vault answered instead, empty if it issued.
    """

    asked: float
    seconds: float
    lease_id: str = ""
    lease_duration: int = 0
    access_key: str = field(repr=False, default="")
    error: str = ""


def read_at_once(
    clients: Sequence[hvac.Client],
    path: str,
    reads: int,
    *,
    seconds: float,
    done: list[Read],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Read a path again and again from a thread for each client, with a progress bar.

    An interrupt stops the clients after their present read; `done` holds what they got.

    Args:
        clients: clients of Vault, one for each thread.
        path: such as `aws/creds/my-ec2-role`.
        reads: how many in all.
        seconds: after which no read begins any more.
        done: takes each read when Vault has answered.
        clock: monotonic seconds.
    """
    numbers, over = count(), threading.Event()

    def read_on(vault: hvac.Client) -> None:
        while not over.is_set() and next(numbers) < reads:
            done.append(read_once(vault, path))

    threads = [threading.Thread(target=read_on, args=(one,), daemon=True) for one in clients]
    with _running(threads, over), progress_bar("reads", BAR, total=reads) as bar:

        def is_over() -> bool:
            bar.update(len(done) - bar.n)
            return not any(thread.is_alive() for thread in threads)

        happens_within(seconds, is_over, clock=clock)
        is_over()


@contextmanager
def _running(threads: Sequence[threading.Thread], over: threading.Event) -> Iterator[None]:
    """Start threads; at the end of the block, tell them that it is over, and wait for each."""
    try:
        for thread in threads:
            thread.start()
        yield
    finally:
        over.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()


def read_once(vault: hvac.Client, path: str) -> Read:
    """Read a path once; a refusal is a result, not an error."""
    from hvac.exceptions import VaultError
    from requests import RequestException

    asked, start = time.time(), time.perf_counter()
    try:
        answer = vault.read(path)
    except (VaultError, RequestException) as error:
        text = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
        return Read(asked, time.perf_counter() - start, error=text)
    took = time.perf_counter() - start
    if not answer:
        return Read(asked, took, error=f"nothing at {path}")
    key = answer["data"]["access_key"]
    return Read(asked, took, answer["lease_id"], answer["lease_duration"], key)


def revoke_each(clients: Sequence[hvac.Client], reads: Sequence[Read]) -> None:
    """Revoke the lease of each read, with all clients at once. Idempotent."""
    leases = [read.lease_id for read in reads if read.lease_id]
    shares = [leases[start :: len(clients)] for start in range(len(clients))]

    def revoke(vault: hvac.Client, share: Sequence[str]) -> None:
        for lease_id in share:
            vault.write_data("sys/leases/revoke", data={"lease_id": lease_id, "sync": True})

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(revoke, clients, shares))
