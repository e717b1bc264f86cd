from typing import Any

from labkit import plots as plots
from labkit.aws.trying import attempt as attempt
from labkit.display.waiting import wait_until as wait_until
from labkit.errors import LabError as LabError
from labkit.flow import steps as steps
from labkit.lab import Lab as Lab
from labkit.servers.aws.api.fault import Fault as Fault
from labkit.vault import leases as leases
from labkit.vault.leases import Credentials as Credentials

def load_ipython_extension(shell: Any) -> None: ...  # noqa: ANN401
