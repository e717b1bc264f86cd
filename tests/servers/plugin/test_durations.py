import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.servers.plugin.durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("0", 0),
        ("90", 90),
        ("-5", -5),
        ("2d", 172_800),
        ("90m", 5400),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("1.s", 1),
        ("-1.5h", -5400),
        ("+1m", 60),
        ("250ms", 0.25),
        ("1us", 1e-6),
        ("1\u00b5s", 1e-6),
        ("1\u03bcs", 1e-6),
    ],
)
def test_a_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    assert seconds == parse_duration(text)


def test_whole_seconds_come_as_int() -> None:
    assert isinstance(parse_duration("1.5h"), int)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("abc", 'time: invalid duration "abc"'),
        (".s", 'time: invalid duration ".s"'),
        ("-", 'time: invalid duration "-"'),
        ("1h--5m", 'time: unknown unit "h--" in duration "1h--5m"'),
        ("1.5", 'time: missing unit in duration "1.5"'),
        ("1h5", 'time: missing unit in duration "1h5"'),
        ("5 m", 'time: unknown unit " m" in duration "5 m"'),
        ("5y", 'time: unknown unit "y" in duration "5y"'),
        ("1.5d", 'strconv.ParseInt: parsing "1.5": invalid syntax'),
        ("9999999999h", 'time: invalid duration "9999999999h"'),
        ("\u0665s", r'time: invalid duration "\xd9\xa5s"'),
    ],
)
def test_what_is_no_duration_is_refused_in_gos_words(text: str, error: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        parse_duration(text)

    assert error == str(caught.value)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (90, "1m30s"),
        (1800, "30m0s"),
        (3600, "1h0m0s"),
        (86_400, "24h0m0s"),
        (3601.5, "1h0m1.5s"),
        (-90, "-1m30s"),
        (0.2, "200ms"),
        (1e-6, "1\u00b5s"),
        (1.5e-6, "1.5\u00b5s"),
        (1e-9, "1ns"),
    ],
)
def test_a_duration_is_written_as_go_writes_it(seconds: float, text: str) -> None:
    assert text == format_duration(seconds)


@given(st.integers(min_value=-(2**62), max_value=2**62).map(lambda n: n // 10**9))
def test_what_is_written_reads_back_the_same(seconds: float) -> None:
    assert seconds == parse_duration(format_duration(seconds))
