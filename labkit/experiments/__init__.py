"""Experiments with a lab, each imported when it is used."""

from typing import TYPE_CHECKING

from labkit.later import Later

if TYPE_CHECKING:
    from labkit.experiments.drills.drills import Drills
    from labkit.experiments.incident.leaking import Leaking
    from labkit.experiments.observing import Observing
    from labkit.experiments.predicting import Predicting
    from labkit.experiments.storm.storming import Storming
    from labkit.experiments.workload.programs import Programs
else:
    Drills = Later("labkit.experiments.drills.drills:Drills")
    Leaking = Later("labkit.experiments.incident.leaking:Leaking")
    Observing = Later("labkit.experiments.observing:Observing")
    Predicting = Later("labkit.experiments.predicting:Predicting")
    Storming = Later("labkit.experiments.storm.storming:Storming")
    Programs = Later("labkit.experiments.workload.programs:Programs")

__all__ = ["Drills", "Leaking", "Observing", "Predicting", "Programs", "Storming"]
