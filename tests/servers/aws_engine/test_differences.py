"""Where the engine differs from Vault's own, line by line as `servers.aws_engine` lists it."""

from __future__ import annotations

import re
from pathlib import Path

import labkit.servers.aws_engine

HERE = Path(__file__).parent
TESTS = {
    "A `rotation_schedule` is not": ["test_a_schedule_is_not_parsed"],
    "A `username_template` knows": [
        "test_a_template_is_rendered_as_go_does",
        "test_what_is_no_template_is_said",
        "test_a_wrong_username_template_fails_before_any_aws_call",
    ],
    "If the engine's process is killed": [
        "test_a_user_whose_issue_was_killed_after_its_entry_was_deleted_stays",
    ],
    "The AWS library is botocore": [
        "test_backend_throttled",
        "test_a_failed_rollback_is_told_and_tried_again",
        "test_what_cannot_be_issued_is_said_in_vaults_words",
    ],
    "The errors of fields are those": [
        "test_a_value_is_read_as_the_framework_reads_it",
        "test_combine_malformed_policy_documents",
    ],
    "An STS that does not answer": ["test_an_sts_that_does_not_answer_is_named"],
    "The library retries twice": [
        "test_by_default_a_call_is_retried_twice",
        "test_max_retries_are_bounded",
        "test_client_has_room_for_64_calls_at_once_and_bounded_waits",
        "test_ttl_is_the_one_asked_for_else_the_roles_within_its_limit",
    ],
    "Leases last whole seconds": [
        "test_leases_follow_config_lease_as_it_is_at_issue_and_at_renewal",
        "test_a_session_that_is_over_at_once_has_not_the_mounts_ttl",
    ],
    "After a failed CreateUser the write": [
        "test_an_open_outcome_keeps_the_entry_and_rolling_back_no_user_is_fine",
        "test_user_whose_creation_was_answered_to_nobody_is_deleted",
    ],
    "`config/rotate-root` and the rotation": [
        "test_nothing_is_lost_whatever_fails",
        "test_rotate_root_leaves_a_key_from_before",
        "test_a_static_role_leaves_a_key_from_after_the_call",
        "test_after_rotating_only_the_new_key_works",
    ],
    "A user whose name is not random": [
        "test_an_issue_leaves_a_user_of_the_same_name_from_before",
        "test_an_issue_that_broke_off_leaves_no_user_of_a_fixed_name",
    ],
    "Deleting a static role": ["test_a_failed_deletion_can_be_repeated"],
    "The time of the next rotation": [
        "test_rotation_goes_on_after_a_restart",
        "test_a_failed_rotation_is_told_and_tried_again_and_keeps_no_other",
        "test_static_roles_write_of_the_period_only",
    ],
}


def test_each_difference_names_the_tests_that_show_it() -> None:
    lines = re.findall(r"^\* (.+)$", labkit.servers.aws_engine.__doc__ or "", re.MULTILINE)
    written = "".join(path.read_text() for path in HERE.parent.glob("*/test_*.py"))

    for line in lines:
        [tests] = [tests for start, tests in TESTS.items() if line.startswith(start)]
        for test in tests:
            assert f"def {test}(" in written, test
