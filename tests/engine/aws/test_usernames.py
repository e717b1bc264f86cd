import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.engine.aws.usernames import DEFAULT_TEMPLATE, iam_username, normalize, sts_username
from labkit.engine.plugin.request import EngineError

NOW = 1_700_000_000.9


def test_gen_username_of_iam_users() -> None:
    name = iam_username(DEFAULT_TEMPLATE, "name1", "policy1", NOW)

    assert re.fullmatch(r"vault-name1-policy1-1700000000-[a-zA-Z0-9]{20}", name)


def test_gen_username_of_federation_tokens() -> None:
    assert re.fullmatch(r"vault-1700000000-[a-zA-Z0-9]{15}", sts_username(DEFAULT_TEMPLATE, NOW))


def test_who_asks_is_cut_at_42_characters() -> None:
    name = iam_username(DEFAULT_TEMPLATE, "d" * 30, "r" * 30, NOW)

    assert re.fullmatch(f"vault-{'d' * 30}-{'r' * 11}-1700000000-[a-zA-Z0-9]{{4}}", name)


@given(display_name=st.text(), role_name=st.text(max_size=80))
def test_every_iam_username_is_one_that_iam_accepts(display_name: str, role_name: str) -> None:
    name = iam_username(DEFAULT_TEMPLATE, display_name, role_name, NOW)

    assert re.fullmatch(r"[a-zA-Z0-9+=,.@_-]{1,64}", name)


def test_usernames_of_the_same_second_differ() -> None:
    names = {iam_username(DEFAULT_TEMPLATE, "d", "r", NOW) for _ in range(100)}

    assert len(names) == 100


@pytest.mark.parametrize("template", ["mine", "", '{{ printf "%s" (random 70) }}'])
def test_a_custom_template_fails_clearly(template: str) -> None:
    with pytest.raises(EngineError, match=r"^unable to initialize username template: .*default"):
        iam_username(template, "d", "r", NOW)
    with pytest.raises(EngineError, match=r"^unable to initialize username template: .*default"):
        sts_username(template, NOW)


@pytest.mark.parametrize(
    ("name", "normalized"),
    [
        ("^#$test name\nshould be normalized)(*", "___test_name_should_be_normalized___"),
        ("^#$test name1 should be normalized)(*", "___test_name1_should_be_normalized___"),
        ("^#$test name  should be normalized)(*", "___test_name__should_be_normalized___"),
        ("^#$test name__should be normalized)(*", "___test_name__should_be_normalized___"),
    ],
)
def test_normalize_display_name_norm_required(name: str, normalized: str) -> None:
    assert normalize(name) == normalized


@pytest.mark.parametrize(
    "name",
    [
        "test_name_should_normalize_to_itself@example.com",
        "test1_name.should-normalize,to=itself+",
        "UPPERlower0123456789",
    ],
)
def test_normalize_display_name_norm_not_required(name: str) -> None:
    assert normalize(name) == name
