import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.servers.plugin.errors import UserError
from labkit.servers.plugin.fields import Field, Kind, parse_fields

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def read(kind: Kind, value: object, default: object = None) -> Any:
    fields, _ = parse_fields({"it": Field(kind, default)}, {"it": value}, {})
    return fields["it"]


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        (Kind.STRING, "text", "text"),
        (Kind.STRING, 5, "5"),
        (Kind.STRING, True, "1"),
        (Kind.STRING, None, ""),
        (Kind.INT, 5, 5),
        (Kind.INT, "-1", -1),
        (Kind.INT, "", 0),
        (Kind.INT, None, 0),
        (Kind.BOOL, True, True),
        (Kind.BOOL, "false", False),
        (Kind.BOOL, "t", True),
        (Kind.BOOL, 1, True),
        (Kind.BOOL, 0, False),
        (Kind.BOOL, None, False),
        (Kind.DURATION, 90, 90),
        (Kind.DURATION, "90", 90),
        (Kind.DURATION, "1h30m", 5400),
        (Kind.DURATION, "1.5s", 1),
        (Kind.DURATION, "2d", 172_800),
        (Kind.DURATION, "", 0),
        (Kind.COMMA_LIST, "a, b ,c", ["a", "b", "c"]),
        (Kind.COMMA_LIST, [" a ", 5], ["a", "5"]),
        (Kind.COMMA_LIST, "", []),
        (Kind.COMMA_LIST, [], []),
        (Kind.COMMA_LIST, None, []),
        (Kind.KEY_VALUES, {"a": 1}, {"a": "1"}),
        (Kind.KEY_VALUES, ["a=b=c", "d="], {"a": "b=c", "d": ""}),
        (Kind.KEY_VALUES, "a=b", {"a": "b"}),
        (Kind.KEY_VALUES, None, None),
    ],
)
def test_a_parameter_is_read_by_the_kind_of_its_field(
    kind: Kind, sent: object, value: object
) -> None:
    read_value = read(kind, sent, default="the default")

    assert value == read_value
    assert type(value) is type(read_value)


def test_null_counts_as_not_given_for_a_duration() -> None:
    fields, _ = parse_fields({"ttl": Field(Kind.DURATION, 3600)}, {"ttl": None}, {})

    assert fields["ttl"] == 3600
    assert dict(fields.given) == {}


def test_an_omitted_parameter_reads_as_its_default_and_is_not_given() -> None:
    fields, warnings = parse_fields({"n": Field(Kind.INT, -1)}, {}, {})

    assert fields["n"] == -1
    assert dict(fields.given) == {}
    assert warnings == ()


def test_parameters_of_no_field_are_named_sorted_in_a_warning() -> None:
    _, warnings = parse_fields({}, {"b": 1, "a": None}, {})

    assert warnings == ("Endpoint ignored these unrecognized parameters: [a b]",)


def test_the_path_beats_the_data_and_says_so() -> None:
    fields, warnings = parse_fields({}, {"name": "mallory"}, {"name": "alice"})

    assert fields["name"] == "alice"
    assert warnings == (
        "Endpoint replaced the value of these parameters with the values captured from the "
        "endpoint's path: [name]",
    )


def test_a_null_is_no_value_that_the_path_replaces() -> None:
    _, warnings = parse_fields({}, {"name": None}, {"name": "alice"})

    assert warnings == ()


@given(st.sampled_from(Kind), JSON)
def test_any_json_is_either_read_or_refused_as_the_clients_mistake(
    kind: Kind, value: object
) -> None:
    try:
        json.dumps(read(kind, value))
    except UserError as error:
        assert str(error).startswith("error converting input for field ")  # noqa: PT017 - either is right
