"""Samples: what Vault and AWS said of one lease at one time; gaps: which source did not answer."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.aws.probes import ALLOWED

UNKNOWN = "no answer"
VAULT, AWS = "Vault", "AWS"


@dataclass(frozen=True)
class Sample:
    """What Vault and AWS said of one credential at one time.

    Args:
        time: epoch seconds UTC, before the first question.
        lease_id: the lease looked at.
        ttl: seconds that Vault says remain; None when it knows no such lease, or was silent.
        user_present: whether AWS has the IAM user; None when it was silent.
        ec2: `allowed`, or the error code of EC2 DescribeInstances with the key.
        s3: the same of S3 ListBuckets.
        sts: the same of STS GetCallerIdentity, which every valid key may ask.
        keys: how many access keys the user has.
        expire_time: when Vault will end the lease, epoch seconds UTC.
        last_renewal: when it was last renewed, epoch seconds UTC.
        silent: which of Vault and AWS did not answer.
    """

    time: float
    lease_id: str
    ttl: int | None
    user_present: bool | None
    ec2: str
    s3: str
    sts: str
    keys: int | None = None
    expire_time: float | None = None
    last_renewal: float | None = None
    silent: tuple[str, ...] = ()

    @property
    def lease_present(self) -> bool | None:
        """Whether Vault knew the lease; None when it was silent."""
        return None if VAULT in self.silent else self.ttl is not None

    @property
    def key_works(self) -> bool | None:
        """Whether AWS accepted the key, whatever it may do; None when AWS was silent."""
        return None if AWS in self.silent else self.sts == ALLOWED

    @property
    def ended(self) -> bool:
        """Whether the lease, the user and the key were all gone, as both sides said."""
        return (self.lease_present, self.user_present, self.key_works) == (False, False, False)


@dataclass(frozen=True)
class Gap:
    """A source that did not answer when evidence was collected.

    Args:
        time: when it was asked, epoch seconds UTC.
        source: what was asked, such as "AWS's journal".
        reason: what happened.
    """

    time: float
    source: str
    reason: str

    def __str__(self) -> str:
        """Return the gap as a sentence."""
        return f"{self.source} is missing from here on: {self.reason}"
