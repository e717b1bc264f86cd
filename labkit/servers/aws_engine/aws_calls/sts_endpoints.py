"""Where STS is asked, and in which order; nothing here does I/O."""

from __future__ import annotations

from labkit.servers.aws_engine.stored.root_entry import RootConfig
from labkit.servers.plugin.errors import EngineError


def endpoints(
    config: RootConfig, default_region: str, default_url: str = ""
) -> list[tuple[str, str]]:
    """Return region and URL of each STS to try, the preferred STS first.

    Without an `sts_endpoint`, the config's other STS fields have no effect. With it, the regions
    are `sts_region` or else `region`, and then the fallback regions.

    Args:
        config: the root config.
        default_region: the region if the config names none.
        default_url: the URL if the config names none; empty is AWS's own for each region.

    Raises:
        EngineError: if the config names more regions than endpoints, or fewer.
    """
    regions = [config.region] if config.region else []
    urls = []
    if config.sts_endpoint:
        regions = [config.sts_region] if config.sts_region else regions
        regions += config.sts_fallback_regions or ()
        urls = [config.sts_endpoint, *(config.sts_fallback_endpoints or ())]
    regions = regions or [default_region]
    urls = urls or [default_url or f"https://sts.{region}.amazonaws.com" for region in regions]
    if len(regions) != len(urls):
        raise EngineError("number of regions does not match number of endpoints")
    return list(zip(regions, urls, strict=True))
