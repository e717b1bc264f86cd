"""A lease and the secret that it stands for: how long each of the two lived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.plots.style import AWS, AWS_WORDS, VAULT, mark_moments, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HALF, HEIGHT = 0.17, 0.3


@dataclass(frozen=True)
class Pair:
    """How long a lease and its secret lived, in seconds since the issue.

    Args:
        lease: until when Vault had the lease.
        secret: until when the secret worked.
        note: what to write at the end of the secret's bar.
    """

    lease: float
    secret: float
    note: str = ""


def lease_and_secret(
    pairs: Mapping[str, Pair],
    ax: Axes,
    *,
    title: str,
    below: str,
    moments: Mapping[str, float] | None = None,
) -> Axes:
    """Draw two bars a row: above the lease, below its secret.

    Args:
        pairs: by the row's name.
        ax: where to draw.
        title: the finding.
        below: what the lower bars are.
        moments: what happened, and when; each is a dotted line.
    """
    for row, pair in enumerate(pairs.values()):
        ax.barh(row - HALF, pair.lease, height=HEIGHT, color=VAULT)
        ax.barh(row + HALF, pair.secret, height=HEIGHT, color=AWS)
        ax.text(pair.secret, row + HALF, f" {pair.note}", va="center", fontsize="small")
    mark_moments(ax, moments or {}, -0.6)
    longest = max(max(pair.lease, pair.secret) for pair in pairs.values())
    for offset, words, color in ((-HALF, "lease, kept by Vault", VAULT), (HALF, below, AWS_WORDS)):
        ax.text(1.15 * longest, offset, words, va="center", color=color, fontsize="small")
    ax.set_yticks(range(len(pairs)), list(pairs))
    ax.set_ylim(len(pairs) - 0.5, -0.95)
    ax.set_xlim(0, 1.5 * longest)
    ax.set_xlabel("seconds since the issue")
    return titled(ax, title)
