import pytest

from labkit.servers.plugin.errors import UserError
from tests.servers.aws_engine.engine_under_test import EngineUnderTest


@pytest.mark.parametrize("through", ["creds", "sts"])
def test_a_role_that_does_not_exist_is_named(engine: EngineUnderTest, through: str) -> None:
    with pytest.raises(UserError) as refused:
        engine.read(f"{through}/nobody")

    assert str(refused.value) == 'Role "nobody" not found'


def test_a_stored_role_without_type_is_unknown(engine: EngineUnderTest) -> None:
    engine.storage.put("role/test", b'{"default_sts_ttl": 0, "max_sts_ttl": 0}')

    with pytest.raises(UserError) as refused:
        engine.read("creds/test")

    assert str(refused.value) == 'unknown credential_type: ""'


def test_half_a_key_pair_is_refused_before_anything_is_made(engine: EngineUnderTest) -> None:
    engine.write("config/root", access_key="AKIAEXAMPLE")
    engine.write("roles/test", credential_type="iam_user")

    with pytest.raises(UserError) as refused:
        engine.read("creds/test")

    assert str(refused.value) == (
        "static AWS client credentials haven't been properly configured "
        "(the access key or secret key were provided but not both)"
    )
    assert engine.write_ahead_log == []
