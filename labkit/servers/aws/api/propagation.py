"""How long the news of an access key takes to reach all of AWS's servers."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.servers.aws.api.checked import check, check_type

LONGEST = 60  # seconds; nobody waits longer in a lab


@dataclass(frozen=True)
class Propagation:
    """How long it takes until AWS knows that a key was created or deleted; by default no time.

    This is of the keys of IAM users. Those of STS sessions work at once, as in AWS.

    Args:
        new_keys: seconds for which a new key is refused as unknown.
        deleted_keys: seconds for which a deleted key works on, with the rights it had.

    Source:
        AWS, IAM User Guide, "Troubleshoot IAM: Changes that I make are not always immediately
        visible": IAM is eventually consistent.
    """

    new_keys: float = 0.0
    deleted_keys: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no time to wait in a lab.

        Raises:
            TypeError: a value is no number.
            ValueError: a value is out of its range.
        """
        for name, seconds in vars(self).items():
            check_type(name, seconds, int, float)
            check(0 <= seconds <= LONGEST, f"{name} must be from 0 to {LONGEST} seconds")
