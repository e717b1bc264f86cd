"""All checks of the exercises, as `lab.check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.later import Later
from labkit.notebook.checks.look import Look
from labkit.notebook.exercise import Check, ExercisedLab

if TYPE_CHECKING:
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
    from labkit.parts.leasing import Leasing
else:  # each is imported when a check of it is used
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


class Checks(ExercisedLab):
    """The checks: call one for a verdict; its `hint()` and `solution()` help.

    Args:
        leasing: the leases of the lab to look at.
    """

    def __init__(self, leasing: Leasing) -> None:
        super().__init__(Look(leasing))

    revoked_at_once = Check(leases.revoked_at_once)
    key_without_role = Check(leases.key_without_role)
    second_mount = Check(engines.second_mount)
    engines_disabled = Check(engines.engines_disabled)
    root_key_rotated = Check(root_config.root_key_rotated)
    wrong_secret_noticed = Check(root_config.wrong_secret_noticed)
    s3_role = Check(roles.s3_role)
    role_deleted = Check(roles.role_deleted)
    leases_and_users_agree = Check(leases.leases_and_users_agree)
    creation_times = Check(leases.creation_times)
    read_only_role = Check(roles.read_only_role)
    misleading_probe = Check(roles.misleading_probe)
    at_the_ceiling = Check(leases.at_the_ceiling)
    token_ends_lease = Check(leases.token_ends_lease)
    nothing_left = Check(leases.nothing_left)
    disabled_without_orphans = Check(leases.disabled_without_orphans)
    secret_id_works_once = Check(applications.secret_id_works_once)
    revoking_policy = Check(applications.revoking_policy)
    short_lease = Check(applications.short_lease)
    stolen_token_ended = Check(applications.stolen_token_ended)
    session_stopped = Check(roles.session_stopped)
    session_limited = Check(roles.session_limited)
    coupons_live_longer = Check(engines.coupons_live_longer)
    coupons_end_with_the_engine = Check(engines.coupons_end_with_the_engine)
    one_key_per_token = Check(jobs.one_key_per_token)
    job_ended_its_key = Check(jobs.job_ended_its_key)
    exec_replaced_its_key = Check(jobs.exec_replaced_its_key)
    halves_refused = Check(jobs.halves_refused)
    long_lease_ended = Check(jobs.long_lease_ended)
    throttled_issue = Check(outages.throttled_issue)
    revoked_after_throttling = Check(outages.revoked_after_throttling)
    storm_refused = Check(quotas.storm_refused)
    refusals_recorded = Check(quotas.refusals_recorded)
    leak_traced = Check(leaks.leak_traced)
    thief_stopped = Check(leaks.thief_stopped)
    key_outlives_lease = Check(restores.key_outlives_lease)
    restore_reconciled = Check(restores.restore_reconciled)
