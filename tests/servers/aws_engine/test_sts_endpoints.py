from typing import Any

import pytest

from labkit.servers.aws_engine.aws_calls.sts_endpoints import endpoints
from labkit.servers.aws_engine.stored.root_entry import RootConfig
from labkit.servers.plugin.errors import EngineError


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, [("here", "https://sts.here.amazonaws.com")]),
        ({"sts_region": "there"}, [("here", "https://sts.here.amazonaws.com")]),
        ({"sts_endpoint": "http://a"}, [("here", "http://a")]),
        ({"sts_endpoint": "http://a", "sts_region": "there"}, [("there", "http://a")]),
        (
            {
                "sts_endpoint": "http://a",
                "sts_region": "there",
                "sts_fallback_endpoints": ["http://b", "http://c"],
                "sts_fallback_regions": ["b", "c"],
            },
            [("there", "http://a"), ("b", "http://b"), ("c", "http://c")],
        ),
        (
            {"sts_fallback_endpoints": ["http://b"], "sts_fallback_regions": ["b"]},
            [("here", "https://sts.here.amazonaws.com")],
        ),
        (
            {
                "region": "near",
                "sts_fallback_endpoints": ["http://b"],
                "sts_fallback_regions": ["b"],
            },
            [("near", "https://sts.near.amazonaws.com")],
        ),
        ({"region": "near"}, [("near", "https://sts.near.amazonaws.com")]),
        ({"region": "near", "sts_region": "x"}, [("near", "https://sts.near.amazonaws.com")]),
        ({"region": "near", "sts_endpoint": "http://a"}, [("near", "http://a")]),
        (
            {"region": "near", "sts_endpoint": "http://a", "sts_region": "there"},
            [("there", "http://a")],
        ),
        (
            {
                "region": "near",
                "sts_endpoint": "http://a",
                "sts_fallback_endpoints": ["http://b", "http://c"],
                "sts_fallback_regions": ["b", "c"],
            },
            [("near", "http://a"), ("b", "http://b"), ("c", "http://c")],
        ),
    ],
)
def test_sts_is_asked_in_the_configured_order(
    config: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert endpoints(RootConfig(**config), "here") == expected


def test_sts_fallback_of_mismatched_lengths() -> None:
    config = RootConfig(
        sts_endpoint="http://a", sts_fallback_endpoints=["http://b"], sts_fallback_regions=["b"]
    )

    with pytest.raises(EngineError, match="number of regions does not match number of endpoints"):
        endpoints(config, "here")
