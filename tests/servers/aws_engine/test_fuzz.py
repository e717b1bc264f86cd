"""Whatever is asked of the engine, it answers or refuses in words, and tells no secret."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labkit.servers.aws_engine.stored.role_entry import compacted, policy_arn_fault, quoted
from labkit.servers.plugin.durations import format_duration, parse_duration
from labkit.servers.plugin.errors import EngineError, UserError, described
from labkit.servers.plugin.fields import Field, Kind, parse_fields
from labkit.servers.plugin.request import Operation, Secret
from labkit.servers.plugin.wire.translation import failure, reply_to
from tests.servers.aws_engine.engine_under_test import EngineUnderTest

FEW = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SECRET_KEY = "the/secret+key/of/the/mount"  # noqa: S105 - it must not come out
ENDPOINT = "http://127.0.0.1:9"  # nobody listens there

PATHS = ["config/root", "config/rotate-root", "config/lease", "roles", "roles/r", "static-roles/"]
PATHS += ["static-roles/r", "static-creds/r", "creds/r", "sts/r", "nothing", "roles/-", ""]
NAMES = ["access_key", "region", "max_retries", "username_template", "lease"]
NAMES += ["lease_max", "credential_type", "role_arns", "policy_arns", "policy_document", "ttl"]
NAMES += ["iam_groups", "iam_tags", "session_tags", "default_sts_ttl", "max_sts_ttl", "user_path"]
NAMES += ["permissions_boundary_arn", "role_arn", "role_session_name", "mfa_code", "username"]
NAMES += ["rotation_period", "arn", "external_id", "sts_fallback_regions", "name"]
WORDS = [
    "iam_user",
    "assumed_role",
    "federation_token",
    "session_token",
    "1h",
    "-5",
    "30",
    "{}",
    "",
]
WORDS += [
    "{{ .Type }}",
    "{{",
    "arn:aws:iam::1:policy/p",
    "a=b",
    "a,b",
    "[",
    "/p/",
    "null",
    "\ud800",
]

SIMPLE = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text()
)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
DATA = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), VALUES, max_size=6)
REQUESTS = st.tuples(st.sampled_from(list(Operation)), st.sampled_from(PATHS) | st.text(), DATA)


@pytest.fixture
def away(engine: EngineUnderTest) -> EngineUnderTest:
    """Return an engine whose AWS is away, and which holds what may be asked for."""
    engine.write(
        "config/root",
        access_key="AKIAEXAMPLE",
        secret_key=SECRET_KEY,
        iam_endpoint=ENDPOINT,
        sts_endpoint=ENDPOINT,
        max_retries=0,
    )
    engine.write("roles/r", credential_type="iam_user")
    return engine


@FEW
@given(requests=st.lists(REQUESTS, max_size=4))
def test_no_request_crashes_the_engine_or_gets_a_secret_out_of_it(
    away: EngineUnderTest, requests: list[tuple[Operation, str, dict[str, Any]]]
) -> None:
    for operation, path, data in requests:
        try:
            response = away.ask(operation, path, **data)
        except EngineError as refused:
            assert failure(refused)  # noqa: PT017 - either is fine
            told = str(refused)
        else:
            told = json.dumps(response.data if response else None)
            reply_to(response)
        assert SECRET_KEY not in told
        assert "Traceback" not in told


@FEW
@given(internal=st.dictionaries(st.sampled_from(["username", "is_sts", "policy"]), VALUES))
def test_no_lease_data_crashes_a_renewal_or_revocation(
    away: EngineUnderTest, internal: dict[str, object]
) -> None:
    secret = Secret("access_keys", internal=internal)
    for act in (away.renew, away.revoke):
        try:
            act(secret)
        except EngineError as refused:
            assert SECRET_KEY not in str(refused)  # noqa: PT017 - either is fine


@FEW
@given(st.integers(0, 2**33))
def test_a_duration_is_read_as_it_is_written(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds
    assert parse_duration(str(seconds)) == seconds
    assert parse_duration(f"{seconds // 86_400}d") == seconds // 86_400 * 86_400


@FEW
@given(st.sampled_from(list(Kind)), VALUES)
def test_no_value_breaks_a_field(kind: Kind, value: object) -> None:
    try:
        fields, _ = parse_fields({"f": Field(kind)}, {"f": value}, {})
    except UserError as refused:
        assert 'error converting input for field "f"' in str(refused)  # noqa: PT017 - either
    else:
        wanted = {Kind.STRING: str, Kind.INT: int, Kind.BOOL: bool, Kind.DURATION: int}
        wanted |= {Kind.COMMA_LIST: list, Kind.KEY_VALUES: dict}
        assert fields["f"] is None or isinstance(fields["f"], wanted[kind])


@FEW
@given(
    st.lists(st.text(alphabet=st.characters(exclude_characters=",\x1c\x1d\x1e\x1f")), min_size=1)
)
def test_a_comma_list_is_the_same_as_a_text_or_a_list(items: list[str]) -> None:
    schema = {"f": Field(Kind.COMMA_LIST)}
    as_list, _ = parse_fields(schema, {"f": items}, {})
    as_text, _ = parse_fields(schema, {"f": ",".join(items)}, {})

    assert as_list["f"] == [item.strip() for item in items]
    assert as_text["f"] == (as_list["f"] if ",".join(items) else [])


@FEW
@given(st.dictionaries(st.text(min_size=1).filter(lambda key: "=" not in key), st.text()))
def test_key_value_pairs_are_the_same_as_a_list_or_a_map(pairs: dict[str, str]) -> None:
    schema = {"f": Field(Kind.KEY_VALUES)}
    as_list, _ = parse_fields(schema, {"f": [f"{k}={v}" for k, v in pairs.items()]}, {})
    as_map, _ = parse_fields(schema, {"f": pairs}, {})

    assert as_list["f"] == as_map["f"] == pairs


@FEW
@given(st.lists(st.text(alphabet=st.characters(exclude_characters=":")), max_size=8))
def test_an_arn_is_a_policys_only_with_its_six_sections(sections: list[str]) -> None:
    arn = ":".join(sections)
    fits = len(sections) >= 6 and (sections[0], sections[2]) == ("arn", "iam")

    assert policy_arn_fault(arn) == "" or not fits or sections[5].split("/")[0] != "policy"
    assert fits or policy_arn_fault(arn)
    assert policy_arn_fault(f"arn:aws:iam::1:policy/{arn}") == ""


@FEW
@given(VALUES)
def test_a_compacted_policy_says_the_same(value: object) -> None:
    try:
        text = json.dumps(value, indent=2, allow_nan=False)
    except ValueError:
        return
    assert json.loads(compacted(text)) == json.loads(text)
    assert compacted(compacted(text)) == compacted(text)


@FEW
@given(st.text())
def test_no_text_breaks_the_compacting(text: str) -> None:
    try:
        json.loads(compacted(text))
    except UserError as refused:
        expected = f"cannot parse policy document: {quoted(text)}"
        assert described(refused) == expected  # noqa: PT017 - either is fine
