"""Go durations, as Vault writes them; expected values from Go's time.ParseDuration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.errors import LabError
from labkit.vault.leases import seconds

UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("0s", 0),
        ("30s", 30),
        ("15m", 900),
        ("1h0m0s", 3600),
        ("1h30m15s", 5415),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("1.s", 1),
        ("500ms", 0.5),
        ("250us", 0.00025),
        ("250µs", 0.00025),
        ("1m500ms", 60.5),
        ("1s250ms", 1.25),
        ("2562047h", 2562047 * 3600),
        ("-30s", -30),
        ("+30s", 30),
    ],
)
def test_go_durations_are_read(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        *("", "s", "30", "30 s", " 30s", "30s\n", "1h garbage 1m", "1x", "1d", "1y"),
        *("1..5s", ".s", "--1s", "1e3s", "1h-30m", "٣s", "99999999999999999999h"),
    ],
)
def test_anything_else_is_refused_with_what_to_write_instead(text: str) -> None:
    with pytest.raises(LabError, match="such as 30s"):
        seconds(text)


@given(st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(list(UNITS))), min_size=1))
def test_parts_add_up(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in parts)
    expected = sum(number * UNITS[unit] for number, unit in parts)
    assert seconds(text) == pytest.approx(expected, rel=1e-9, abs=1e-5)
