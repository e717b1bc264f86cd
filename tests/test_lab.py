"""The lab's own API against real servers; AWS is asked, not Vault, whether a user exists."""

from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from labkit import Lab, LabError
from labkit.flow import steps
from labkit.runtimes.embedded import Embedded
from labkit.servers.aws.api.fault import Fault
from labkit.vault.leases import Credentials, Lease

pytestmark = pytest.mark.integration


def user_names(lab: Lab) -> set[str]:
    return {user["UserName"] for user in lab.aws().client("iam").list_users()["Users"]}


def test_one_issue_makes_one_user_with_one_key(lab: Lab) -> None:
    before = user_names(lab)

    credentials, lease = lab.issue(vault=lab.application())

    assert user_names(lab) - before == {lease.user_name}
    keys = lab.aws().client("iam").list_access_keys(UserName=lease.user_name)
    assert [key["AccessKeyId"] for key in keys["AccessKeyMetadata"]] == [credentials.access_key]
    lab.revoke(lease)


def test_a_revoked_lease_leaves_no_user(lab: Lab) -> None:
    _, lease = lab.issue()
    lab.proof("after issue", lease)

    lab.revoke(lease)

    assert lease.user_name not in user_names(lab)
    lab.proof("after revocation", lease)


def test_a_renewal_gives_more_time(lab: Lab) -> None:
    _, lease = lab.issue()

    renewed = lab.renew(lease, increment=5400)

    assert renewed.expire_time > lease.expire_time
    assert renewed.lease_duration == 5400
    assert renewed.user_name == lease.user_name
    lab.revoke(lease)


def test_an_expired_lease_leaves_no_user(lab: Lab) -> None:
    steps.configure_lease(lab.setting, "2s", "4s")
    _, lease = lab.issue()
    steps.configure_lease(lab.setting, "1h", "2h")

    sample = lab.wait_for_expiry(lease)

    assert sample.ended
    assert lease.user_name not in user_names(lab)


def test_the_administrator_is_not_root(lab: Lab) -> None:
    token = lab.vault.lookup_token()["data"]

    assert sorted(token["policies"]) == ["aws-admin", "default", "lab-operator"]


@pytest.mark.parametrize(
    "other",
    [{"secret_key": "x" * 40}, {"security_token": "forged"}],
    ids=lambda one: next(iter(one)),
)
def test_aws_is_called_with_the_given_keys_also_if_a_key_id_was_seen_before(
    lab: Lab, other: dict[str, str]
) -> None:
    credentials, lease = lab.issue()
    lab.aws(credentials).client("sts").get_caller_identity()

    wrong = lab.aws(replace(credentials, **other)).client("sts")

    with pytest.raises(ClientError, match=r"SignatureDoesNotMatch|InvalidClientTokenId"):
        wrong.get_caller_identity()
    lab.revoke(lease)


def test_vault_root_may_do_only_what_vault_must(lab: Lab) -> None:
    own = lab.identities.vault_root
    aws = lab.aws(Credentials(own.access_key_id, own.secret_access_key))

    assert aws.client("iam").get_user()["User"]["UserName"] == "vault-root"
    for service, call in (("ec2", "describe_instances"), ("iam", "list_users")):
        with pytest.raises(ClientError, match=r"AccessDenied|UnauthorizedOperation"):
            getattr(aws.client(service), call)()


def test_a_second_lab_in_one_process_is_refused() -> None:
    with Lab.start(runtime="embedded"):
        with pytest.raises(LabError, match="has a lab already"):
            Lab.start(runtime="embedded")
        with Lab.start(runtime="embedded", alongside=True) as further:
            assert further.vault.lookup_token()

    with Lab.start(runtime="embedded"):
        pass


def test_through_replays_the_steps_before() -> None:
    with Lab.start(through="role", runtime="embedded", alongside=True) as lab:
        assert lab.vault.list("aws/roles")["data"]["keys"] == ["my-ec2-role"]
        assert "approle/" not in lab.vault.sys.list_auth_methods()["data"]


def test_an_unknown_step_is_refused_before_anything_starts() -> None:
    with pytest.raises(LabError, match="no step 'rolle'; there are: engine, list, root, role"):
        Lab.start(through="rolle", runtime="embedded", alongside=True)


def test_a_role_that_does_not_exist_is_named(lab: Lab) -> None:
    with pytest.raises(LabError, match=r'read aws/creds/absent; .*Role "absent" not found'):
        lab.issue("absent")


def test_a_malformed_policy_document_is_refused_by_vault(lab: Lab) -> None:
    from hvac.exceptions import InvalidRequest

    with pytest.raises(InvalidRequest, match="cannot parse policy document"):
        lab.vault.write_data(
            "aws/roles/broken", data={"credential_type": "iam_user", "policy_document": "-EOF"}
        )
    assert lab.vault.list("aws/roles")["data"]["keys"] == ["my-ec2-role"]


@pytest.mark.parametrize("secret_id", ["wrong", ""])
def test_a_wrong_or_missing_secret_id_is_refused(lab: Lab, secret_id: str) -> None:
    with pytest.raises(LabError, match="Tried to log in by AppRole; Vault answered InvalidRequest"):
        lab.login(steps.role_id(lab.setting), secret_id)


def test_the_application_may_read_its_credentials_and_nothing_else(lab: Lab) -> None:
    from hvac.exceptions import Forbidden

    application = lab.application()

    for path in ("aws/config/root", "aws/roles/my-ec2-role", "aws/creds/other"):
        with pytest.raises(Forbidden):
            application.read(path)


def test_aws_down_at_issue_is_an_error_and_leaves_no_user(lab: Lab) -> None:
    before = user_names(lab)

    with (
        lab.aws_admin.faults(Fault("*", "ServiceUnavailable", 503)),
        pytest.raises(LabError, match="Error creating IAM user: ServiceUnavailable"),
    ):
        lab.issue()

    assert user_names(lab) == before


def test_aws_down_at_expiry_delays_the_users_end_but_does_not_lose_it(lab: Lab) -> None:
    steps.configure_lease(lab.setting, "2s", "4s")
    with lab.aws_admin.faults(Fault("ListGroupsForUser", "ServiceUnavailable", 503)):
        _, lease = lab.issue()  # does not list groups, so that the fault is there in time
        steps.configure_lease(lab.setting, "1h", "2h")
        wait_until_the_engine_gave_up(lab, lease)
    assert lease.user_name in user_names(lab)

    assert lab.wait_for_expiry(lease).ended
    assert lease.user_name not in user_names(lab)


def wait_until_the_engine_gave_up(lab: Lab, lease: Lease, attempts: int = 3) -> None:
    """Wait for the last attempt of the AWS SDK: what comes later is Vault, trying again."""
    from labkit.display.waiting import wait_until

    def given_up() -> bool:
        refused = [
            entry
            for entry in lab.journal
            if entry.target_user == lease.user_name and entry.error == "ServiceUnavailable"
        ]
        return len(refused) >= attempts

    wait_until(given_up, expected=4, at_most=20, description="the engine to give up")


def test_a_sealed_vault_is_told_apart() -> None:
    with Lab.start(through="role", runtime="embedded", alongside=True) as lab:
        lab.root.sys.seal()

        with pytest.raises(LabError, match=r"VaultDown: Vault is sealed\. .*unseal"):
            lab.issue()


def test_leases_survive_a_restart_of_vault() -> None:
    with Lab.start(through="role", runtime="embedded", persistent=True, alongside=True) as lab:
        _, lease = lab.issue()

        assert isinstance(lab.runtime, Embedded)
        lab.runtime.stop_vault()
        lab.runtime.start_vault()
        lab.revoke(lease)

        assert lease.user_name not in user_names(lab)


def test_nothing_secret_stands_in_what_the_lab_shows(lab: Lab) -> None:
    credentials, lease = lab.issue()
    shown = repr((lab, lab.endpoints, lab.setting, lab.identities, credentials, lease, lab.journal))
    lab.revoke(lease)

    for secret in (
        credentials.secret_key,
        lab.endpoints.root_token,
        lab.endpoints.aws_token,
        lab.setting.secret_key,
        lab.identities.operator.secret_access_key,
        lab.vault.token,
    ):
        assert secret not in shown


def test_a_lab_behind_a_proxy_still_reaches_its_own_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")

    with Lab.start(through="role", runtime="embedded", alongside=True) as lab:
        _, lease = lab.issue()
        assert lab.look(lease).key_works
