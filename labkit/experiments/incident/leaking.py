"""Incidents of a lab: started by the learner, and stopped with the lab at the latest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from labkit.errors import LabError
from labkit.experiments.incident.incident import Incident
from labkit.experiments.incident.scene import Scene
from labkit.parts.arguments import checked
from labkit.parts.connection import Connection

if TYPE_CHECKING:
    from labkit.evidence.analyse.orphans import Orphan


class Leaking:
    """The incidents of a lab.

    Args:
        connection: the servers.
        orphans: returns what has no counterpart.
    """

    def __init__(self, connection: Connection, orphans: Callable[[], list[Orphan]]) -> None:
        self._connection = connection
        self._orphans = orphans
        self._started: list[Incident] = []

    @checked(seed=int, level=int)
    def incident(self, *, seed: int = 1, level: int = 1) -> Incident:
        """Issue thirty leases to six applications, and let a thief use the key of one of them.

        The thief goes on until AWS refuses the key. `status()`, `hint()` and `report()` tell how
        it stands; `stop()`, or the end of a `with` block, restores Vault and AWS.

        Args:
            seed: chooses the application and the lease.
            level: 1, or 2 for a thief who makes himself a second key.

        Raises:
            LabError: an incident runs, the servers are shared, the AWS side is not the lab's, or
                the lab's leases are too short.
        """
        on = self._connection.running()
        if on.runtime.shared:
            raise LabError(
                "lab.incident makes applications under fixed names, so it needs servers that "
                "nobody else uses. Start a lab with Lab.start(runtime='embedded')."
            )
        scene = Scene(on.root, on.client, on.aws(), on.aws_admin.journal, on.access.names.mount)
        incident = Incident(scene, on.aws, self._orphans, seed, level)
        self._started.append(incident)
        return incident.start()

    def stop(self) -> None:
        """Stop each thief; on servers that outlive this lab, remove the incidents too."""
        for incident in self._started:
            incident.stop_thief()
            if self._connection.runtime.outlives_lab:
                incident.stop()
        self._started.clear()
