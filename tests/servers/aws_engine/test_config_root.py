import json

import pytest

from labkit.servers.aws_engine.credentials.usernames import DEFAULT_TEMPLATE
from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.request import Operation, Request
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.memory import FixedSystemView

CONFIG = {
    "access_key": "AKIAEXAMPLE",
    "region": "us-west-2",
    "iam_endpoint": "https://iam.amazonaws.com",
    "sts_endpoint": "https://sts.us-west-2.amazonaws.com",
    "sts_region": "us-west-2",
    "sts_fallback_endpoints": ["https://sts.us-east-1.amazonaws.com"],
    "sts_fallback_regions": ["us-east-1"],
    "max_retries": 10,
    "username_template": DEFAULT_TEMPLATE,
}
SECRET = {"secret_key": "s3cret"}
NO_ENTERPRISE = {
    "role_arn": "",
    "identity_token_audience": "",
    "identity_token_ttl": 0,
    "rotation_schedule": "",
    "rotation_period": 0,
    "rotation_window": 0,
    "disable_automated_rotation": False,
    "rotation_policy": "",
}
AUDIENCE = {"identity_token_audience": "aud"}
UNSUPPORTED = (
    "error registering rotation job: "
    "rotation manager capabilities not supported in Vault community edition"
)


def test_backend_path_config_root(engine: EngineUnderTest) -> None:
    assert engine.write("config/root", **CONFIG, **SECRET) is None

    response = engine.read("config/root")

    assert response is not None
    assert response.data == CONFIG | NO_ENTERPRISE


def test_read_config_default_template(engine: EngineUnderTest) -> None:
    unknown = {"connection_uri": "https://example.com", "username": "u", "password": "p"}

    assert engine.write("config/root", username_template="", **unknown) is None

    assert stored(engine, "username_template") == (
        '{{ if (eq .Type "STS") }}{{ printf "vault-%s-%s"  (unix_time) (random 20) | truncate 32 }}'
        '{{ else }}{{ printf "vault-%s-%s-%s" (printf "%s-%s" (.DisplayName) (.PolicyName) '
        "| truncate 42) (unix_time) (random 20) | truncate 64 }}{{ end }}"
    )


def test_read_config_custom_template(engine: EngineUnderTest) -> None:
    engine.write("config/root", username_template="`foo-{{ .DisplayName }}`")

    assert stored(engine, "username_template") == "`foo-{{ .DisplayName }}`"


def test_config_root_is_absent_before_it_is_written(engine: EngineUnderTest) -> None:
    assert engine.read("config/root") is None


def test_first_write_creates_and_later_ones_update(engine: EngineUnderTest) -> None:
    path = engine.backend.paths[0]
    request = Request(Operation.UPDATE, "config/root", engine.storage, FixedSystemView())
    assert path.exists is not None

    before = path.exists(request)
    engine.write("config/root", region="eu-north-1")

    assert (before, path.exists(request)) == (False, True)


def test_write_merges_all_but_the_template(engine: EngineUnderTest) -> None:
    engine.write("config/root", **{**CONFIG, "username_template": "mine"}, **SECRET)

    engine.write("config/root", region="eu-north-1", sts_endpoint="")

    assert stored(engine, "access_key") == "AKIAEXAMPLE"
    assert stored(engine, "secret_key") == "s3cret"
    assert stored(engine, "region") == "eu-north-1"
    assert stored(engine, "sts_endpoint") == ""
    assert stored(engine, "username_template") == DEFAULT_TEMPLATE


def test_secret_key_is_wrapped_by_the_seal_and_stays_out_of_reprs(engine: EngineUnderTest) -> None:
    engine.write("config/root", access_key="AKIAEXAMPLE", **SECRET)

    assert engine.storage.seal_wrapped == {"config/root"}
    assert "s3cret" not in repr(engine.read("config/root"))


def test_fallback_lists_of_different_length_are_refused(engine: EngineUnderTest) -> None:
    with pytest.raises(UserError) as refused:
        engine.write("config/root", sts_fallback_regions="us-east-1,us-east-2")

    assert str(refused.value) == ("fallback endpoints and fallback regions must be the same length")
    assert engine.read("config/root") is None


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {**AUDIENCE, "access_key": "AKIA"},
            "only one of 'access_key' or 'identity_token_audience' can be set",
        ),
        (AUDIENCE, "missing required 'role_arn' when 'identity_token_audience' is set"),
        (
            {**AUDIENCE, "role_arn": "arn:aws:iam::1:role/r"},
            "plugin workload identity not supported in Vault community edition",
        ),
        ({"rotation_period": "1h"}, UNSUPPORTED),
        ({"rotation_schedule": "0 0 * * *"}, UNSUPPORTED),
        ({"rotation_schedule": "0 0 * * *", "rotation_window": "1h"}, UNSUPPORTED),
        ({"rotation_window": "1h"}, "cannot use rotation_window without rotation_schedule"),
        (
            {"rotation_window": "1h", "rotation_period": "1h"},
            "rotation_window does not apply to period",
        ),
        (
            {"rotation_schedule": "0 0 * * *", "rotation_period": "1h"},
            "mutually exclusive fields rotation_schedule and rotation_period were both specified; "
            "only one of them can be provided",
        ),
    ],
)
def test_enterprise_functions_are_refused_in_vaults_words(
    engine: EngineUnderTest, given: dict[str, object], text: str
) -> None:
    with pytest.raises(UserError) as refused:
        engine.write("config/root", **given)

    assert str(refused.value) == text
    assert engine.read("config/root") is None


@pytest.mark.parametrize(
    "given",
    [
        {"role_arn": "arn:aws:iam::1:role/r"},
        {"identity_token_ttl": 60},
        {"rotation_policy": "p"},
        {"disable_automated_rotation": True},
        {"disable_automated_rotation": True, "rotation_period": 60},
        {"disable_automated_rotation": True, "rotation_schedule": "0 0 * * *"},
        NO_ENTERPRISE,
    ],
)
def test_fields_of_enterprise_functions_that_are_off_are_stored(
    engine: EngineUnderTest, given: dict[str, object]
) -> None:
    engine.write("config/root", **given)

    response = engine.read("config/root")

    assert response is not None
    assert response.data is not None
    assert {name: response.data[name] for name in NO_ENTERPRISE} == NO_ENTERPRISE | given


def test_a_schedule_is_not_parsed(engine: EngineUnderTest) -> None:
    with pytest.raises(UserError) as refused:
        engine.write("config/root", rotation_schedule="now and then")

    assert str(refused.value) == UNSUPPORTED


def test_lists_that_were_never_given_are_empty(engine: EngineUnderTest) -> None:
    engine.write("config/root", region="eu-north-1")

    response = engine.read("config/root")

    assert response is not None
    assert response.data is not None
    assert response.data["sts_fallback_endpoints"] == []
    assert response.data["sts_fallback_regions"] == []


def test_a_config_of_another_version_is_loaded(engine: EngineUnderTest) -> None:
    entry = {"region": "eu-north-1", "max_retries": 2, "from_the_future": [1]}
    engine.storage.put("config/root", json.dumps(entry).encode())

    response = engine.read("config/root")
    engine.write("config/root", access_key="AKIA")

    assert response is not None
    assert response.data is not None
    assert response.data["max_retries"] == 2
    assert stored(engine, "region") == "eu-north-1"


def test_a_root_config_that_another_version_stored_is_loaded(engine: EngineUnderTest) -> None:
    engine.write("config/root", region="eu-north-1")
    entry = json.loads(engine.storage.entries["config/root"]) | {"a_later_field": [1]}
    del entry["sts_region"]
    engine.storage.entries["config/root"] = json.dumps(entry).encode()
    engine.mount.clients.drop()

    shown = engine.read("config/root")
    assert shown is not None
    assert shown.data is not None
    assert shown.data["region"] == engine.mount.clients.config(engine.storage).region
    assert "a_later_field" not in shown.data


def stored(engine: EngineUnderTest, field: str) -> object:
    return json.loads(engine.storage.entries["config/root"])[field]
