"""Quotas of Vault for a block (`sys/quotas`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from labkit.machine.restoring import restoring

if TYPE_CHECKING:
    import hvac

NAME = "labkit-storm"


@contextmanager
def rate_limit(vault: hvac.Client, path: str, rate: float) -> Iterator[None]:
    """Let Vault answer only so many requests a second below a path; 429 to the others.

    Args:
        vault: client whose token may write quotas.
        path: a mount or a path below it, such as `aws/creds/my-ec2-role`.
        rate: requests in a second.
    """
    quota = f"sys/quotas/rate-limit/{NAME}"
    with restoring(lambda: vault.delete(quota)):
        vault.write_data(quota, data={"path": path, "rate": rate})
        yield
