"""What every runtime must do alike; AWS is asked, not Vault, whether a user exists."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from hvac.exceptions import Forbidden

from labkit import Lab, LabError
from labkit.commands.environment import exports
from labkit.commands.keeper import describe
from labkit.flow import steps
from tests.docker import image_variables

pytestmark = pytest.mark.integration
RUNTIMES = ("embedded", "containers", "external")
FLOW = {"aws/", "approle/"}


@contextmanager
def environment(runtime: str) -> Iterator[None]:
    """Set what a runtime needs: images, or servers that stand already."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("VAULT_", "AWS_")):
                patch.delenv(name)
        if runtime == "containers":
            _set(patch, image_variables())
            yield
        elif runtime == "external":
            with Lab.start(runtime="embedded", alongside=True) as host:
                _set(patch, exports(describe(host, None)))
                yield
        else:
            yield


def _set(patch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        patch.setenv(name, value)


@pytest.fixture(scope="module", params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> Iterator[str]:
    with environment(request.param):
        yield request.param


@pytest.fixture(scope="module")
def lab(runtime: str) -> Iterator[Lab]:
    with Lab.start(through="approle", runtime=runtime, alongside=True) as running:
        steps.configure_lease(running.setting, "1h", "2h")
        yield running


def user_names(lab: Lab) -> set[str]:
    return {user["UserName"] for user in lab.aws().client("iam").list_users()["Users"]}


def mounts(lab: Lab) -> set[str]:
    engines = lab.root.sys.list_mounted_secrets_engines()["data"]
    return FLOW & {*engines, *lab.root.sys.list_auth_methods()["data"]}


def test_the_application_is_issued_a_key_that_may_what_its_role_says(lab: Lab) -> None:
    _, lease = lab.issue(vault=lab.application())

    assert lease.user_name in user_names(lab)
    assert lab.proof("after issue", lease).cells[2:] == ("allowed", "AccessDenied")
    lab.revoke(lease)


def test_a_renewed_lease_lives_longer(lab: Lab) -> None:
    _, lease = lab.issue()

    renewed = lab.renew(lease, increment=5400)

    assert renewed.expire_time > lease.expire_time
    assert renewed.lease_duration == 5400
    lab.revoke(lease)


def test_a_revoked_lease_takes_its_user_and_key_along(lab: Lab) -> None:
    _, lease = lab.issue()

    lab.revoke(lease)

    assert lease.user_name not in user_names(lab)
    lab.proof("after revocation", lease)


def test_an_expired_lease_takes_its_user_and_key_along(lab: Lab) -> None:
    steps.configure_lease(lab.setting, "2s", "4s")
    _, lease = lab.issue()
    steps.configure_lease(lab.setting, "1h", "2h")

    assert lab.wait_for_expiry(lease).ended
    assert lease.user_name not in user_names(lab)


def test_the_journal_shows_who_asked_aws_for_what(lab: Lab) -> None:
    before = len(lab.journal)
    _, lease = lab.issue()
    lab.revoke(lease)

    calls = [(entry.principal, entry.action) for entry in lab.journal[before:]]
    by_vault = {action for who, action in calls if (who or "").endswith("vault-root")}

    assert {"CreateUser", "PutUserPolicy", "CreateAccessKey", "DeleteUser"} <= by_vault


def test_the_audit_log_tells_of_an_issue_and_keeps_its_secrets(lab: Lab) -> None:
    credentials, lease = lab.issue()
    lab.revoke(lease)

    log = lab.runtime.audit_log()

    assert log is not None
    text = log.read_text()
    assert '"path":"aws/creds/my-ec2-role"' in text
    assert credentials.secret_key not in text
    assert lab.endpoints.root_token not in text


def test_vault_finds_aws_where_the_runtime_says(lab: Lab) -> None:
    root = lab.vault.read("aws/config/root")["data"]

    assert root["iam_endpoint"] == lab.endpoints.aws_url_for_vault


def test_the_application_may_not_read_the_root_config(lab: Lab) -> None:
    with pytest.raises(Forbidden):
        lab.application().read("aws/config/root")


def test_everything_is_reached_on_loopback(lab: Lab) -> None:
    for url in (lab.endpoints.vault_url, lab.endpoints.aws_url):
        assert str(url).startswith("http://127.0.0.1:")


def test_a_wrong_role_is_refused_by_name(lab: Lab) -> None:
    with pytest.raises(LabError, match='Role "absent" not found'):
        lab.issue("absent")


def test_through_replays_the_steps_before_and_stop_leaves_nothing(runtime: str) -> None:
    if runtime == "external":
        with environment("external"):
            _through_and_stop("external")
    else:
        _through_and_stop(runtime)


def _through_and_stop(runtime: str) -> None:
    lab = Lab.start(through="role", runtime=runtime, alongside=True)
    assert mounts(lab) == {"aws/"}
    assert lab.vault.list("aws/roles")["data"]["keys"] == ["my-ec2-role"]

    lab.stop()
    lab.stop()

    if not lab.runtime.shared:
        for url in (lab.endpoints.vault_url, lab.endpoints.aws_url):
            with pytest.raises(requests.ConnectionError):
                requests.get(str(url), timeout=2)
