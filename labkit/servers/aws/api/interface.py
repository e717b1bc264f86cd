"""What the AWS server and its clients agree on."""

from __future__ import annotations

from dataclasses import dataclass, field

PREFIX = "/_lab/"  # no bucket can have this name
TOKEN_HEADER = "X-Labkit-Token"  # noqa: S105 - a header's name


@dataclass(frozen=True)
class Identity:
    """An IAM user with an access key."""

    user_name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)

    def __repr__(self) -> str:
        """Show which key it is, but not the whole access key id."""
        key = f"{self.access_key_id[:6]}…{self.access_key_id[-2:]}"
        return f"Identity(user_name={self.user_name!r}, access_key_id={key!r})"
