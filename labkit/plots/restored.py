"""Leases and their IAM users before and after Vault was restored from a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labkit.evidence.model.lease_ids import shorten
from labkit.plots.style import AWS, BAD, INK, VAULT, bars, plural, say, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from labkit.evidence.analyse.timeline import Lifetime
    from labkit.evidence.model.samples import Sample

HEIGHT = 0.3


def across_restore(
    lives: Sequence[Lifetime], samples: Sequence[Sample], restored: tuple[float, float], ax: Axes
) -> Axes:
    """Draw a row for each lease: above as Vault has it, below its IAM user as AWS has it.

    Args:
        lives: the leases, one row for each.
        samples: looks at them; the first after the restore tells what Vault has then.
        restored: when the snapshot was taken, and when Vault served it; epoch seconds UTC.
        ax: where to draw, in seconds since the snapshot.
    """
    taken, back = restored
    after = {one.lease_id: one for one in reversed(samples) if one.time >= back}
    end = max(one.time for one in after.values()) + 1.0
    for row, life in enumerate(lives):
        _draw_row(ax, row, life, after[life.lease_id], (taken, back, end))
    for time, words in ((taken, "snapshot"), (back, "restored")):
        ax.axvline(time - taken, color=INK, ls=":", lw=1.2)
        say(ax, words, (time - taken, -0.75), right=4)
    ax.set_yticks(range(len(lives)), [f"lease {shorten(life.lease_id)}" for life in lives])
    ax.set_ylim(len(lives) - 0.4, -1.1)
    start = min(life.issued for life in lives) - taken
    ax.set_xlim(start - 0.3, (end - taken) + 0.3 * (end - taken - start))
    ax.set_xlabel("seconds since the snapshot (blue: lease in Vault, orange: IAM user in AWS)")
    return titled(ax, finding(list(after.values())))


def _draw_row(
    ax: Axes, row: int, life: Lifetime, sample: Sample, times: tuple[float, float, float]
) -> None:
    taken, back, end = times
    until = min(life.revoked or back, back)
    in_vault = [(life.issued - taken, until - taken, row - HEIGHT)]
    if sample.lease_present:
        in_vault.append((back - taken, end - taken, row - HEIGHT))
    bars(ax, in_vault, HEIGHT, VAULT)
    gone = end if sample.user_present else (life.user_deleted or back)
    created = life.user_created or life.issued
    bars(ax, [(created - taken, gone - taken, row + 0.03)], HEIGHT, AWS)
    words = _verdict(sample)
    say(ax, words, (end - taken, row), right=5, color=INK if words == "agree" else BAD)


def finding(samples: Sequence[Sample]) -> str:
    """Return the sentence that the picture shows."""
    apart = sum(_verdict(one) != "agree" for one in samples)
    of_all = f"{apart} of {plural(len(samples), 'lease')}"
    return f"After the restore, Vault and AWS disagree about {of_all}"


def _verdict(sample: Sample) -> str:
    if sample.lease_present == sample.user_present:
        return "agree"
    return "lease without user" if sample.lease_present else "live key that Vault forgot"
