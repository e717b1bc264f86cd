"""What moto keeps of IAM's objects when they are deleted."""

import gc
import time
import weakref

import pytest
from moto.core.model_instances import model_data
from moto.iam.models import IAMBackend

from labkit.servers.aws.door.caller.pending_key_changes import PendingKeyChanges
from labkit.servers.aws.door.caller.sessions import Sessions
from labkit.servers.aws.patches import State, instances


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> None:
    for model in model_data["iam"].values():
        monkeypatch.setattr(model, "instances_tracked", [])  # put back at the end
    instances.patch(State(Sessions(), PendingKeyChanges(), time.time))


@pytest.mark.usefixtures("patched")
def test_a_deleted_user_and_its_deleted_key_leave_no_object() -> None:
    iam = IAMBackend("us-east-1", "123456789012")
    user = iam.create_user("us-east-1", "vault-a")
    key = iam.create_access_key("vault-a")
    kept = [weakref.ref(one) for one in (user, key)]

    iam.delete_access_key(key.access_key_id, "vault-a")
    iam.delete_user("vault-a")
    del user, key
    gc.collect()

    assert [one() for one in kept] == [None, None]
