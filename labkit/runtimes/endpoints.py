"""Where the servers of a lab answer, and what every runtime offers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Endpoints:
    """The servers of a running lab.

    Args:
        vault_url: Vault as this process sees it.
        root_token: Vault's root token, or the token the user gave (external runtime).
        aws_url: the AWS API as this process sees it; None is real AWS.
        aws_url_for_vault: the same API as Vault sees it.
        aws_token: opens the lab's own paths on the AWS side; empty where it is not ours.
        region: AWS region of the lab.
        audit_log: path of Vault's audit log; empty where the lab cannot read it.
        namespace: Vault namespace of the lab, such as "team/labkit-1a2b3c4d"; empty is the root.
    """

    vault_url: str
    root_token: str = field(repr=False)
    aws_url: str | None
    aws_url_for_vault: str | None
    aws_token: str = field(repr=False, default="")
    region: str = "eu-north-1"
    audit_log: str = ""
    namespace: str = ""


class Runtime(Protocol):
    """Something that can start the servers of a lab and stop them again.

    `shared` says that others may use these servers too: a lab then undoes its own steps at its end.
    `outlives_lab` says that the servers run on when the lab stops.
    `shows_plugins` says that an engine is a process among those that the lab started.
    """

    name: str
    shared: bool
    outlives_lab: bool
    shows_plugins: bool

    def start(self) -> Endpoints:
        """Start the servers and return where they answer, once they do; raise StartError."""

    def stop(self) -> None:
        """Stop what was started; stopping twice is no error."""

    def audit_log(self) -> Path | None:
        """Return a file with Vault's audit log as it stands now; None where we cannot read it."""
