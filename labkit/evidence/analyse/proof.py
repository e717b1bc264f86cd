"""The proof table: at each moment, the lease, the IAM user and what AWS did with the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.aws.probes import ALLOWED
from labkit.errors import ProofError
from labkit.evidence.model.samples import Sample

if TYPE_CHECKING:
    from rich.table import Table

DENIED = "AccessDenied"
# How AWS refuses a key it does not know: EC2 has its own word, S3 another.
REFUSED_BY_EC2, REFUSED_BY_S3 = "AuthFailure", "InvalidAccessKeyId"
LIVE_MOMENTS = ("after issue", "while used")
ENDED_MOMENTS = ("after expiry", "after revocation")


@dataclass(frozen=True)
class Proof:
    """One row of the table: a moment and what was observed then."""

    moment: str
    sample: Sample

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """The observations of lease, IAM user, EC2 and S3 as words."""
        lease = "gone" if self.sample.ttl is None else f"ttl {self.sample.ttl} s"
        user = "present" if self.sample.user_present else "gone"
        return lease, user, self.sample.ec2, self.sample.s3


def prove(moment: str, sample: Sample) -> Proof:
    """Return the row for a moment, once every cell of it is as the flow claims.

    Args:
        moment: one of `LIVE_MOMENTS` or `ENDED_MOMENTS`.
        sample: what was observed.

    Raises:
        ProofError: an observation is not as it must be at that moment.
    """
    proof = Proof(moment, sample)
    wrong = [
        f"{name} was {seen!r}, not {wanted!r}"
        for name, seen, wanted in zip(_COLUMNS, proof.cells, _expected(moment, sample), strict=True)
        if seen != wanted
    ]
    if wrong:
        raise ProofError(f"{moment}: {'; '.join(wrong)}. The claim does not hold on this lab.")
    return proof


_COLUMNS = ("the lease", "the IAM user", "EC2 DescribeInstances", "S3 ListBuckets")


def _expected(moment: str, sample: Sample) -> tuple[str, str, str, str]:
    if moment in LIVE_MOMENTS:
        return f"ttl {_positive(sample.ttl)} s", "present", ALLOWED, DENIED
    if moment in ENDED_MOMENTS:
        return "gone", "gone", REFUSED_BY_EC2, REFUSED_BY_S3
    known = ", ".join((*LIVE_MOMENTS, *ENDED_MOMENTS))
    raise ProofError(f"There is no moment {moment!r}; the proof table knows: {known}.")


def _positive(ttl: int | None) -> str:
    return str(ttl) if ttl is not None and ttl > 0 else "above 0"


def table(proofs: Sequence[Proof]) -> Table:
    """Return the rows as a rich table, for a terminal and for a notebook."""
    from rich import box
    from rich.table import Table

    title = "Proof: what Vault said, what AWS did"
    result = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("moment", "lease", "IAM user", "EC2\nDescribeInstances", "S3\nListBuckets"):
        result.add_column(heading)
    for proof in proofs:
        result.add_row(proof.moment, *proof.cells)
    return result
