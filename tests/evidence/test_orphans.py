from labkit.evidence.analyse.orphans import (
    COMPLETE_ISSUE,
    DELETE_KEY,
    DELETE_USER,
    KEY,
    LEASE,
    REVOKE,
    USER,
    Orphan,
    find,
    table,
)
from labkit.evidence.analyse.timeline import Lifetime, lifetimes
from labkit.evidence.model.lease_events import Event
from labkit.evidence.model.requests import AuditedRequest
from tests.evidence.pieces import call, issue, lease, request

A = "aws/creds/my-ec2-role/a"
HASHED = "hmac-sha256:x"


def lives(*requests: AuditedRequest) -> list[Lifetime]:
    return lifetimes([Event(0, "issue", lease())], [], [MADE], [issue(), *requests])


MADE = call("CreateUser")


def test_a_lease_with_its_user_and_key_is_no_orphan() -> None:
    assert find([A], {"user-a": ["AKIA1"], "operator": ["AKIA2"]}, lives(), [MADE]) == []


def test_vaults_own_user_is_no_orphan() -> None:
    assert find([], {"vault-root": ["AKIA1"]}, lives(), [MADE]) == []


def test_a_user_without_a_lease_is_named_with_what_aws_refused() -> None:
    refused = call("DeleteUser", error="DeleteConflict")

    [orphan] = find([], {"user-a": ["AKIA1"]}, lives(), [MADE, refused, refused])

    assert orphan == Orphan(
        USER, "user-a", "AWS refused DeleteUser (DeleteConflict) 2 times", DELETE_USER
    )


def test_force_is_named_as_the_reason() -> None:
    forced = request("sys/leases/revoke-force/aws/creds", time=2)

    [orphan] = find([], {"user-a": []}, lives(forced), [MADE])

    assert "revoked by force" in orphan.reason


def test_a_user_that_vault_made_for_an_issue_that_broke_off_is_named() -> None:
    broken = [call("CreateUser", "b"), call("CreateAccessKey", "b", error="LimitExceeded")]

    [orphan] = find([A], {"user-a": ["AKIA1"], "user-b": []}, lives(), [MADE, *broken])

    assert (orphan.kind, orphan.name) == (USER, "user-b")
    assert "no lease was ever seen for it" in orphan.reason
    assert "CreateAccessKey (LimitExceeded) once" in orphan.reason
    assert COMPLETE_ISSUE not in orphan.reason


def test_a_user_of_unknown_origin_counts_by_its_name() -> None:
    [orphan] = find([], {"vault-token-x": [], "somebody": []}, [], [])

    assert orphan == Orphan(USER, "vault-token-x", "no lease was ever seen for it")


def test_a_lease_whose_user_somebody_deleted_names_the_culprit() -> None:
    deleted = call("DeleteUser", by="operator", about="user-a")

    [orphan] = find([A], {}, lives(), [MADE, deleted])

    assert orphan == Orphan(LEASE, A, "operator deleted its user user-a", REVOKE)


def test_a_lease_whose_key_is_gone_is_named() -> None:
    [orphan] = find([A], {"user-a": []}, lives(), [MADE])

    assert (orphan.kind, orphan.reason) == (LEASE, "its user user-a has no access key any more")


def test_a_lease_that_nobody_saw_issued_is_named_as_such() -> None:
    [orphan] = find(["aws/creds/my-ec2-role/z"], {}, lives(), [MADE])

    assert orphan.reason == "nobody saw its issue: its user is not known"


def test_a_second_key_is_named_with_who_made_it() -> None:
    keys = ["AKIAIOSFODNN7EXAMPL1", "AKIAIOSFODNN7EXAMPL2"]
    first = call("CreateAccessKey", key=keys[0])
    second = call("CreateAccessKey", key=keys[1], by="operator", about="user-a")

    [orphan] = find([A], {"user-a": keys}, lives(), [MADE, first, second])

    assert (orphan.kind, orphan.name) == (KEY, "AKIAIO…L2 of user-a")
    assert (orphan.reason, orphan.remedy) == ("operator created it", DELETE_KEY)


def test_orphans_stand_in_a_table() -> None:
    shown = table([Orphan(KEY, "<b>", "somebody's")])

    assert "&lt;b&gt;" in shown._repr_html_()
    assert shown.title == "1 without a counterpart on the other side"


def test_what_this_vault_may_not_have_made_has_no_remedy() -> None:
    found = find(["aws/creds/my-ec2-role/z"], {"vault-token-x": []}, [], [])

    assert [one.remedy for one in found] == [None, None]
    assert all("find out whose it is" in one.advice for one in found)


def test_a_user_whose_request_vault_never_answered_names_this_as_the_reason() -> None:
    cut = request("aws/creds/my-ec2-role", time=5, duration=None, mount_type="aws")
    made = [call("CreateUser", "b", time=5.1), call("CreateAccessKey", "b", time=5.2)]

    [orphan] = find([A], {"user-a": ["AKIA1"], "user-b": ["AKIA2"]}, lives(), [MADE, *made], [cut])

    assert "Vault never answered" in orphan.reason
    assert orphan.remedy == DELETE_USER


def test_a_user_whose_issue_aws_completed_is_named_as_one_no_rollback_may_delete() -> None:
    made = [call("CreateUser", "b", time=5.1), call("CreateAccessKey", "b", time=5.2)]

    [orphan] = find([A], {"user-a": ["AKIA1"], "user-b": ["AKIA2"]}, lives(), [MADE, *made])

    assert orphan.reason == f"no lease was ever seen for it; {COMPLETE_ISSUE}"
    assert orphan.remedy == DELETE_USER


def test_a_credential_behind_a_wrapping_token_is_no_orphan() -> None:
    wrapped = request(
        "aws/creds/my-ec2-role", time=5, duration=1, mount_type="aws", wrap_token=HASHED
    )
    made = [call("CreateUser", "w", time=5.1)]
    leases = [A, "aws/creds/my-ec2-role/w"]
    keys = {"user-a": ["AKIA1"], "user-w": ["AKIA2"]}

    assert find(leases, keys, lives(), [MADE, *made], [wrapped]) == []
    assert len(find(leases, keys, lives(), [MADE, *made], [])) == 2
