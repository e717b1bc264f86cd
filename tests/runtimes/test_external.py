import pytest

from labkit.errors import StartError
from labkit.machine.ports import free_port
from labkit.runtimes.external import External

VAULT = {"VAULT_ADDR": "http://127.0.0.1:8200", "VAULT_TOKEN": "t"}


@pytest.mark.parametrize("missing", ["VAULT_ADDR", "VAULT_TOKEN"])
def test_an_incomplete_environment_is_refused_by_variable(missing: str) -> None:
    env = {name: value for name, value in VAULT.items() if name != missing}

    with pytest.raises(StartError, match=f"{missing} is not set"):
        External(env).start()


def test_real_aws_needs_an_explicit_word() -> None:
    with pytest.raises(StartError, match="LABKIT_REAL_AWS=yes means real AWS"):
        External(VAULT).start()


def test_a_vault_that_does_not_answer_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(StartError, match=f"Tried VAULT_ADDR={url}: nothing answered"):
        External(VAULT | {"VAULT_ADDR": url, "AWS_ENDPOINT_URL": url}).start()
