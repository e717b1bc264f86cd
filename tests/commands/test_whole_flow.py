"""The leases of the narrated run last long enough on a slow machine."""

import pytest

from labkit.commands.whole_flow import lease_seconds


@pytest.mark.parametrize(
    ("rehearsal", "lease"),
    [(0.0, 6), (0.05, 6), (0.25, 6), (0.3, 8), (0.5, 12), (1.0, 24), (9.0, 60)],
)
def test_leases_are_longer_on_a_slower_machine(rehearsal: float, lease: int) -> None:
    assert lease_seconds(rehearsal) == lease
