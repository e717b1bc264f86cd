import json

import pytest

from labkit.servers.aws_engine.stored.lease_entry import LeaseConfig
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.request import Secret
from tests.servers.aws_engine.engine_under_test import EngineUnderTest


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("30m", "30m0s"),
        ("1h", "1h0m0s"),
        ("2d", "48h0m0s"),
        ("90", "1m30s"),
        (90, "1m30s"),
        ("1.5s", "1.5s"),
    ],
)
def test_config_lease_reads_back_as_go_writes_it(
    engine: EngineUnderTest, given: object, shown: str
) -> None:
    assert engine.write("config/lease", lease=given, lease_max="24h") is None

    response = engine.read("config/lease")

    assert response is not None
    assert response.data == {"lease": shown, "lease_max": "24h0m0s"}


def test_config_lease_is_absent_before_it_is_written(engine: EngineUnderTest) -> None:
    assert engine.read("config/lease") is None


def test_config_lease_is_stored_in_nanoseconds(engine: EngineUnderTest) -> None:
    engine.write("config/lease", lease="1.5s", lease_max="1m")

    entry = json.loads(engine.storage.entries["config/lease"])

    assert entry == {"Lease": 1_500_000_000, "LeaseMax": 60_000_000_000}


def test_lease_may_exceed_lease_max(engine: EngineUnderTest) -> None:
    assert engine.write("config/lease", lease="2h", lease_max="1h") is None


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "'lease' is a required parameter"),
        ({"lease_max": "1h"}, "'lease' is a required parameter"),
        ({"lease": "1h"}, "'lease_max' is a required parameter"),
        ({"lease": "abc", "lease_max": "1h"}, 'Invalid lease: time: invalid duration "abc"'),
        ({"lease": "1h", "lease_max": "abc"}, 'Invalid lease_max: time: invalid duration "abc"'),
    ],
)
def test_bad_config_lease_is_refused_and_nothing_stored(
    engine: EngineUnderTest, given: dict[str, object], text: str
) -> None:
    with pytest.raises(UserError) as refused:
        engine.write("config/lease", **given)

    assert str(refused.value) == text
    assert engine.read("config/lease") is None


def test_config_lease_is_kept_until_it_changes(engine: EngineUnderTest) -> None:
    engine.write("config/lease", lease="1m", lease_max="2m")
    secret = Secret("access_keys", internal={"is_sts": False})
    assert engine.renew(secret).ttl == 60
    engine.write("config/lease", lease="2m", lease_max="2m")
    assert engine.renew(secret).ttl == 120

    LeaseConfig(lease=180).store(engine.storage)
    assert engine.renew(secret).ttl == 120
    assert engine.backend.invalidate is not None
    engine.backend.invalidate("config/lease")
    assert engine.renew(secret).ttl == 180
