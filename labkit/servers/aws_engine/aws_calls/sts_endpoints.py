"""Where STS is asked, and in which order; nothing here does I/O."""

from __future__ import annotations

from labkit.servers.aws_engine.stored.root_entry import RootConfig
from labkit.servers.plugin.errors import EngineError


def endpoints(
    config: RootConfig, default_region: str, default_url: str = ""
) -> list[tuple[str, str]]:
    """Return region and URL of each STS to try, the preferred one first.

    Args:
        config: the root config; its `sts_region` counts only beside an `sts_endpoint`.
        default_region: the region if the config names none for STS.
        default_url: the URL if the config names none; empty is AWS's own for each region.

    Raises:
        EngineError: if the config names more regions than endpoints, or the other way round.
    """
    preferred_region = config.sts_region if config.sts_endpoint else ""
    regions = [*filter(None, [preferred_region, *(config.sts_fallback_regions or ())])]
    urls = [*filter(None, [config.sts_endpoint, *(config.sts_fallback_endpoints or ())])]
    regions = regions or [default_region]
    urls = urls or [default_url or f"https://sts.{region}.amazonaws.com" for region in regions]
    if len(regions) != len(urls):
        raise EngineError("number of regions does not match number of endpoints")
    return list(zip(regions, urls, strict=True))
