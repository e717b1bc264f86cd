import pytest

from labkit.redact import HIDDEN, redact, redact_text, shorten_key_id

KEY_ID = "AKIA" + "ABCDEFGHIJKLMNOP"
SECRET_KEY = "abcdefghij" * 4


@pytest.mark.parametrize(
    "secret",
    [
        SECRET_KEY,
        "hvs." + "A" * 24,
        "hvb." + "A" * 100,
        "s." + "A" * 24,
        "b." + "A" * 40,
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    assert secret not in redact_text(f"tried with '{secret}', in vain")
    assert HIDDEN in redact_text(f"token={secret}")


def test_a_key_id_is_shortened_but_two_can_be_told_apart() -> None:
    assert shorten_key_id(KEY_ID) == "AKIAAB…OP"
    assert KEY_ID not in redact_text(f"key {KEY_ID}.")


def test_secret_fields_are_hidden_at_any_depth() -> None:
    answer = {"auth": {"client_token": "short", "policies": ["default"]}, "secret_id": "x-y"}

    assert redact(answer) == {
        "auth": {"client_token": HIDDEN, "policies": ["default"]},
        "secret_id": HIDDEN,
    }


@pytest.mark.parametrize(
    "text",
    ["aws/creds/my-ec2-role", "aws/creds/admin/" + "a" * 24, "CreateUser ok", "AKIA", "a" * 39],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text
