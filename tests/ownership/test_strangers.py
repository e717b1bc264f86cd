"""What others create on the same Vault while a lab runs is theirs."""

from __future__ import annotations

import os
import stat

import pytest

from labkit import Credentials, Lab, LabError, attempt
from labkit.experiments.drills.servers import console_password
from labkit.ownership import kinds, record, removal
from labkit.ownership.record import Place, Thing
from labkit.ownership.server_clients import ServerClients
from tests.ownership.conftest import Host

pytestmark = pytest.mark.integration


def test_a_mount_that_a_stranger_made_anew_at_the_labs_path_stays(host: Host) -> None:
    lab = Lab.start(through="approle", alongside=True, names="own")
    root, mount, method = host.lab.root, lab.names.mount, lab.names.approle_mount
    root.sys.disable_secrets_engine(mount)
    root.sys.enable_secrets_engine("kv", path=mount, description="a stranger's")
    root.sys.disable_auth_method(method)
    root.sys.enable_auth_method("approle", path=method)
    root.auth.approle.create_or_update_approle("theirs", mount_point=method)

    lab.stop()

    assert root.sys.list_mounted_secrets_engines()["data"][f"{mount}/"]["type"] == "kv"
    assert root.auth.approle.list_roles(mount_point=method)["data"]["keys"] == ["theirs"]
    root.sys.disable_secrets_engine(mount)
    root.sys.disable_auth_method(method)


def test_a_namespace_that_a_stranger_made_anew_under_the_labs_name_stays(host: Host) -> None:
    lab = Lab.start(through="approle", alongside=True, names="namespace")
    own, servers = (
        lab.endpoints.namespace,
        ServerClients(host.lab.root, host.lab.aws().client("iam")),
    )
    kinds.KINDS[kinds.NAMESPACE].remove(servers, own)
    host.lab.root.write_data(f"sys/namespaces/{own}", data={})

    lab.stop()

    assert host.lab.root.read(f"sys/namespaces/{own}")
    kinds.KINDS[kinds.NAMESPACE].remove(servers, own)


@pytest.mark.parametrize("alone", [False, True])
def test_the_tutorials_names_are_refused_on_a_vault_that_has_them(
    host: Host, *, alone: bool
) -> None:
    before = host.inventory()

    with pytest.raises(LabError, match=r"has already: policy aws-dynamic-read, .*LABKIT_NAMES="):
        Lab.start(alongside=True, names="tutorial", alone=alone)

    assert host.inventory() == before
    assert host.record_files() == []


def test_unknown_names_are_refused(host: Host) -> None:
    with pytest.raises(LabError, match=r"no names 'mine'\. LABKIT_NAMES takes one of: namespace"):
        Lab.start(alongside=True, names="mine")
    assert host.record_files() == []


def test_the_administrator_of_own_names_may_not_touch_what_others_made(host: Host) -> None:
    foreign = host.lab.root.write_data("auth/token/create", data={"ttl": "1h"})["auth"]
    with Lab.start(through="approle", alongside=True, names="own") as lab:
        attempts = {
            "policy": lambda: lab.vault.sys.create_or_update_acl_policy("aws-admin", policy="#"),
            "engine": lambda: lab.vault.sys.disable_secrets_engine("aws"),
            "auth method": lambda: lab.vault.sys.disable_auth_method("approle"),
            "role": lambda: lab.vault.read("auth/approle/role/aws-app/role-id"),
            "lease": lambda: lab.vault.sys.revoke_lease("auth/approle/login/0"),
            "token": lambda: lab.vault.auth.token.revoke_accessor(foreign["accessor"]),
        }
        assert [name for name, act in attempts.items() if attempt(act) == "allowed"] == []
        _, lease = lab.issue()
        lab.revoke(lab.renew(lease))
    host.lab.root.auth.token.revoke_accessor(foreign["accessor"])


def test_the_administrators_token_ends_by_itself_within_a_day(host: Host) -> None:
    assert host
    for names in ("namespace", "own"):
        with Lab.start(alongside=True, names=names) as lab:
            assert 0 < lab.vault.lookup_token()["data"]["ttl"] <= 12 * 3600


def test_the_record_is_private_and_holds_no_secret(host: Host) -> None:
    with Lab.start(through="approle", alongside=True, names="own") as lab:
        [path] = host.records.iterdir()
        text = path.read_text()
        secrets = (lab.vault.token, lab.root.token, lab.setting.secret_key, lab.setting.access_key)

        assert stat.S_IMODE(host.records.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not [secret for secret in secrets if secret in text]
        assert lab.names.mount in text


def test_a_folder_of_records_that_others_can_read_is_refused(host: Host) -> None:
    before = host.inventory()
    host.records.mkdir(mode=0o755)
    host.records.chmod(0o755)

    with pytest.raises(LabError, match="is open to other users"):
        Lab.start(alongside=True)

    assert host.inventory() == before


def test_a_sweep_with_other_servers_says_which_are_meant(host: Host) -> None:
    place = Place("0a1b2c3d", "http://127.0.0.1:9", "", None)
    left = record.create(place, host.records)
    left.add([Thing(kinds.POLICY, "aws-admin-0a1b2c3d")])
    left.close()

    [swept] = removal.sweep(os.environ)

    assert not swept.is_done
    assert "It left things on http://127.0.0.1:9 and AWS. Set VAULT_ADDR" in str(swept)
    assert host.record_files() == ["0a1b2c3d.jsonl"]


def test_the_labs_journal_begins_with_the_lab(host: Host) -> None:
    host.lab.aws().client("iam").list_users()
    with Lab.start(through="approle", alongside=True, names="namespace") as lab:
        assert lab.journal == []
        _, lease = lab.issue()
        made = [call.principal for call in lab.journal if call.action == "CreateUser"]
        lab.revoke(lease)

    assert [str(who).rpartition("/")[2] for who in made] == [lab.identities.vault_root.user_name]


def test_the_labs_vault_touches_no_iam_user_of_others(host: Host) -> None:
    iam = host.lab.aws().client("iam")
    iam.create_user(UserName="theirs")
    lab = Lab.start(through="approle", alongside=True, names="namespace")
    try:
        known = lab.identities.vault_root
        key = Credentials(known.access_key_id, known.secret_access_key)
        as_vault = lab.aws(key).client("iam")

        assert attempt(as_vault.delete_user, UserName="theirs") == "AccessDenied"
        assert attempt(as_vault.create_access_key, UserName="theirs") == "AccessDenied"
        assert attempt(lab.issue) == "allowed"
        lab.vault.secrets.aws.rotate_root_iam_credentials()
        assert attempt(as_vault.get_user) == "InvalidClientTokenId"
    finally:
        lab.stop()
        iam.delete_user(UserName="theirs")


def test_the_labs_iam_user_goes_with_whatever_others_gave_it(host: Host) -> None:
    iam = host.lab.aws().client("iam")
    iam.create_group(GroupName="theirs")
    lab = Lab.start(through="approle", alongside=True, names="namespace")
    name = lab.identities.vault_root.user_name
    iam.add_user_to_group(GroupName="theirs", UserName=name)
    iam.create_login_profile(UserName=name, Password=console_password())

    lab.stop()

    assert attempt(iam.get_user, UserName=name) == "NoSuchEntity"
    assert iam.get_group(GroupName="theirs")["Users"] == []
    iam.delete_group(GroupName="theirs")
