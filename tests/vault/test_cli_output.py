import json

from labkit.redact import HIDDEN
from labkit.vault.cli_output import Command, without_secrets


def test_a_secret_that_is_hidden_deep_in_an_answer_is_returned_too() -> None:
    answer = {"data": {"keys": [{"code": "314159", "period": 30}]}}
    command = Command(("read", "totp/x"), {}, "json", json.dumps(answer), "totp")

    shown, secrets = without_secrets(command)

    assert json.loads(shown) == {"data": {"keys": [{"code": HIDDEN, "period": 30}]}}
    assert secrets == ["314159"]


def test_a_secret_in_the_metadata_of_a_kv_secret_is_hidden() -> None:
    metadata = {"version": 1, "custom_metadata": {"password": "correct horse", "owner": "ann"}}
    answer = {"data": {"data": {"city": "Oslo"}, "metadata": metadata}}
    command = Command(("kv", "get", "secret/x"), {}, "json", json.dumps(answer), "kv")

    shown, secrets = without_secrets(command)

    hidden = {"version": 1, "custom_metadata": {"password": HIDDEN, "owner": "ann"}}
    assert json.loads(shown)["data"] == {"data": {"city": HIDDEN}, "metadata": hidden}
    assert sorted(secrets) == ["Oslo", "correct horse"]
