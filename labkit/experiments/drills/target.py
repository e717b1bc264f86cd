"""What drills work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from labkit.flow.names import Names
from labkit.runtimes.endpoints import Runtime

if TYPE_CHECKING:
    import hvac

    from labkit.aws.admin import AwsAdmin
    from labkit.aws.sessions import LabSession
    from labkit.parts.leasing import Leasing
    from labkit.vault.leases import Lease


@dataclass(frozen=True)
class DrillTarget:
    """The servers that a drill breaks.

    Args:
        vault: client with the root token.
        operator: boto3 session of the operator.
        admin: returns the admin API of the AWS side; raises LabError where AWS is not the lab's.
        runtime: where the servers come from.
        names: the lab's names on Vault.
        find: returns a lease by itself or by its lease_id.
    """

    vault: hvac.Client = field(repr=False)
    operator: LabSession = field(repr=False)
    admin: Callable[[], AwsAdmin] = field(repr=False)
    runtime: Runtime
    names: Names
    find: Callable[[Lease | str], Lease] = field(repr=False)


def make_target(leasing: Leasing) -> DrillTarget:
    """Return the servers of a lab, to be broken; raise LabError if the lab is stopped."""
    on = leasing.connection.running()
    names = on.access.names
    return DrillTarget(on.root, on.aws(), lambda: on.aws_admin, on.runtime, names, leasing.find)
