"""Which application asks for which lease, and which lease leaks: chosen by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

WEB, BATCH = "incident-web", "incident-batch"
ROLE_NAMES = (WEB, BATCH)
LEASES_OF_EACH = 5
LEVELS = (1, 2)


@dataclass(frozen=True)
class Application:
    """An application that logs in by AppRole.

    Args:
        name: its AppRole role; its policy is named after it.
        team: who runs it, as metadata of its secret_id.
        role_name: the Vault role that it reads credentials of.
    """

    name: str
    team: str
    role_name: str

    @property
    def policy(self) -> str:
        """The name of its policy on Vault."""
        return f"incident-{self.name}"


APPLICATIONS = (
    Application("billing", "finance", WEB),
    Application("checkout", "shop", WEB),
    Application("search", "shop", WEB),
    Application("nightly-report", "finance", BATCH),
    Application("thumbnails", "media", BATCH),
    Application("backup", "platform", BATCH),
)


@dataclass(frozen=True)
class Plan:
    """What an incident consists of.

    Args:
        order: the application of each lease, in the order of issue.
        leaked: the index of the lease whose key leaks.
    """

    order: tuple[Application, ...]
    leaked: int


def plan(seed: int) -> Plan:
    """Return the plan of a seed; equal seeds give equal plans."""
    chosen = random.Random(seed)  # noqa: S311 - a game, which has to be repeatable
    order = list(APPLICATIONS * LEASES_OF_EACH)
    chosen.shuffle(order)
    return Plan(tuple(order), chosen.randrange(len(order)))


def policy_document(level: int) -> dict[str, object]:
    """Return the AWS policy of the Vault roles; from level 2 on a user may make himself keys."""
    allowed = [{"Effect": "Allow", "Action": ["ec2:Describe*"], "Resource": ["*"]}]
    if level > 1:
        own = ["arn:aws:iam::*:user/${aws:username}"]
        allowed.append({"Effect": "Allow", "Action": ["iam:CreateAccessKey"], "Resource": own})
    return {"Version": "2012-10-17", "Statement": allowed}
