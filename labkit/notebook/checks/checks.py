"""All checks of the exercises, as `lab.check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.notebook.checks.look import Look
from labkit.notebook.exercise import ExercisedLab
from labkit.later import Later

if TYPE_CHECKING:
    from labkit.parts.leasing import Leasing

if not TYPE_CHECKING:  # each is imported when a check of it is used
    applications = Later("labkit.notebook.checks.applications")
    engines = Later("labkit.notebook.checks.engines")
    jobs = Later("labkit.notebook.checks.jobs")
    leaks = Later("labkit.notebook.checks.leaks")
    leases = Later("labkit.notebook.checks.leases")
    outages = Later("labkit.notebook.checks.outages")
    quotas = Later("labkit.notebook.checks.quotas")
    restores = Later("labkit.notebook.checks.restores")
    roles = Later("labkit.notebook.checks.roles")
    root_config = Later("labkit.notebook.checks.root_config")
else:  # mypy reads these before the class; it reads those below `if TYPE_CHECKING` after it
    from labkit.notebook.checks import (
        applications,
        engines,
        jobs,
        leaks,
        leases,
        outages,
        quotas,
        restores,
        roles,
        root_config,
    )


class Checks(ExercisedLab):
    """The checks: call one for a verdict; its `hint()` and `solution()` help.

    Args:
        leasing: the leases of the lab to look at.
    """

    def __init__(self, leasing: Leasing) -> None:
        super().__init__(Look(leasing))

    revoked_at_once = leases.revoked_at_once
    key_without_role = leases.key_without_role
    second_mount = engines.second_mount
    engines_disabled = engines.engines_disabled
    root_key_rotated = root_config.root_key_rotated
    wrong_secret_noticed = root_config.wrong_secret_noticed
    s3_role = roles.s3_role
    role_deleted = roles.role_deleted
    leases_and_users_agree = leases.leases_and_users_agree
    creation_times = leases.creation_times
    read_only_role = roles.read_only_role
    misleading_probe = roles.misleading_probe
    at_the_ceiling = leases.at_the_ceiling
    token_ends_lease = leases.token_ends_lease
    nothing_left = leases.nothing_left
    disabled_without_orphans = leases.disabled_without_orphans
    secret_id_works_once = applications.secret_id_works_once
    revoking_policy = applications.revoking_policy
    short_lease = applications.short_lease
    stolen_token_ended = applications.stolen_token_ended
    session_stopped = roles.session_stopped
    session_limited = roles.session_limited
    coupons_live_longer = engines.coupons_live_longer
    coupons_end_with_the_engine = engines.coupons_end_with_the_engine
    one_key_per_token = jobs.one_key_per_token
    job_ended_its_key = jobs.job_ended_its_key
    exec_replaced_its_key = jobs.exec_replaced_its_key
    halves_refused = jobs.halves_refused
    long_lease_ended = jobs.long_lease_ended
    throttled_issue = outages.throttled_issue
    revoked_after_throttling = outages.revoked_after_throttling
    storm_refused = quotas.storm_refused
    refusals_recorded = quotas.refusals_recorded
    leak_traced = leaks.leak_traced
    thief_stopped = leaks.thief_stopped
    key_outlives_lease = restores.key_outlives_lease
    restore_reconciled = restores.restore_reconciled
