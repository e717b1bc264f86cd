"""boto3 sessions on the lab's AWS API; the only place where the lab's side imports boto3."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.configprovider import (
    BOTOCORE_DEFAUT_SESSION_VARIABLES,
    DEFAULT_PROXIES_CONFIG_VARS,
    DEFAULT_S3_CONFIG_VARS,
    ConstantProvider,
    SectionConfigProvider,
)

ATTEMPTS = 3
SECTIONS = {"s3": DEFAULT_S3_CONFIG_VARS, "proxies_config": DEFAULT_PROXIES_CONFIG_VARS}


class AWSKeys(Protocol):
    """AWS keys under the names that Vault gives them."""

    @property
    def access_key(self) -> str: ...  # noqa: D102 - Vault's field
    @property
    def secret_key(self) -> str: ...  # noqa: D102 - Vault's field
    @property
    def security_token(self) -> str | None: ...  # noqa: D102 - Vault's field


class LabSession(boto3.Session):  # type: ignore[misc] # boto3 has no types
    """A boto3 session whose clients and resources use one endpoint and few, short retries."""

    def __init__(self, *, endpoint_url: str | None, config: Config, **settings: Any) -> None:  # noqa: ANN401 - boto3's
        self._endpoint_url = endpoint_url
        self._config = config
        self._once: dict[str, Any] = {}
        super().__init__(**settings)

    def client(self, service_name: str, *positional: Any, **settings: Any) -> Any:  # noqa: ANN401 - boto3's
        """Return a client, as `boto3.Session.client` does; `resource` comes by here too."""
        own = settings.get("config")
        settings["config"] = self._config.merge(own) if own else self._config
        settings["endpoint_url"] = settings.get("endpoint_url") or self._endpoint_url
        return super().client(service_name, *positional, **settings)

    def client_without_retries(self, service_name: str) -> Any:  # noqa: ANN401 - boto3's
        """Return a client that tries each call once; it is kept, for building one is slow."""
        if service_name not in self._once:
            single = Config(retries={"total_max_attempts": 1})
            self._once[service_name] = self.client(service_name, config=single)
        return self._once[service_name]


def session(
    url: str | None, region: str, credentials: AWSKeys, *, attempts: int = ATTEMPTS
) -> LabSession:
    """Return a boto3 session that reaches the lab's AWS API with these keys.

    Args:
        url: the API's URL; None is AWS itself.
        region: such as "eu-north-1".
        credentials: the keys, under Vault's names.
        attempts: how often a call is tried at most; 1 shows every fault as it is.
    """
    core = isolated_session()
    return LabSession(
        endpoint_url=url,
        config=_config(url, attempts),
        botocore_session=core,
        region_name=region,
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.security_token,
    )


def isolated_session() -> botocore.session.Session:
    """Return a botocore session that reads no setting of the user's.

    Neither AWS_* variables nor `~/.aws` change what it does, whether valid or not.
    """
    core = botocore.session.Session(
        session_vars=_without_sources(BOTOCORE_DEFAUT_SESSION_VARIABLES)
    )
    store = core.get_component("config_store")
    store.set_config_variable("config_file", os.devnull)
    store.set_config_variable("credentials_file", os.devnull)
    store.set_config_variable("ignore_configured_endpoint_urls", value=True)
    for section, variables in SECTIONS.items():
        constants = {
            name: ConstantProvider(default) for name, (*_, default, _) in variables.items()
        }
        store.set_config_provider(section, SectionConfigProvider(section, core, constants))
    core.register_component("data_loader", _loader())
    return core


def _without_sources(variables: dict[str, Any]) -> dict[str, Any]:
    """Return session variables that have their default and no environment variable."""
    return {
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in variables.items()
    }


def _config(url: str | None, attempts: int) -> Config:
    return Config(
        connect_timeout=2,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": attempts},
        proxies={} if url else None,  # a lab's API is near; this machine's proxy may not reach it
        s3={"addressing_style": "path"} if url else None,  # bucket.127.0.0.1 is no host
    )


class _Loader(botocore.loaders.Loader):  # type: ignore[misc] # botocore has no types
    """Botocore's loader, fit to be shared: boto3 adds its folder to the paths for each session."""

    @property
    def search_paths(self) -> list[str]:
        return list(super().search_paths)


@cache
def _loader() -> _Loader:
    """Return the loader that all sessions share: EC2's description alone takes 0.1 s to parse."""
    return _Loader(extra_search_paths=[str(Path(boto3.__file__).parent / "data")])
