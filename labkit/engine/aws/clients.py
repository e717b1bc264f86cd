"""How one mount reaches AWS: a client made from the root config, kept until the config changes."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from labkit.engine.aws.root_entry import RootConfig
from labkit.engine.plugin.request import EngineError, Storage

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session

AwsClient: TypeAlias = Any
"""A botocore client; botocore makes its classes at run time, so they have no static type."""

CONNECTIONS = 64  # issues run at the same time, each on a connection of its own
LOOPBACK = ("localhost", "127.0.0.1", "::1")
CONNECT_SECONDS = 5
READ_SECONDS = 20  # with the SDK's three tries still within the server's own 90 seconds


class Clients:
    """The AWS clients of one mount."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._session: Session | None = None
        self._iam: AwsClient | None = None

    def iam(self, storage: Storage) -> AwsClient:
        """Return the IAM client of the root config in `storage`; clients are thread-safe.

        Raises:
            EngineError: if only one of access key and secret key is configured.
        """
        with self._lock:
            if self._iam is None:
                config = RootConfig.load(storage) or RootConfig()
                self._iam = self._client("iam", config, config.iam_endpoint)
            return self._iam

    def drop(self) -> None:
        """Forget the clients; the next use reads the root config afresh."""
        with self._lock:
            self._iam = None

    def warm_up(self) -> threading.Thread:
        """Load the AWS library in the background (0.2 s), so that the first issue need not wait."""
        thread = threading.Thread(target=self._load, name="warm-up", daemon=True)
        thread.start()
        return thread

    def _load(self) -> None:
        # with keys, however wrong, for without them botocore would look for some on the network
        keys = RootConfig(access_key="-", secret_key="-")  # noqa: S106 - not a secret
        with self._lock:
            self._client("iam", keys, "")

    def _client(self, service: str, config: RootConfig, endpoint: str) -> AwsClient:
        if bool(config.access_key) != bool(config.secret_key):
            raise EngineError(
                "static AWS client credentials haven't been properly configured "
                "(the access key or secret key were provided but not both)"
            )
        return self._botocore().create_client(
            service,
            region_name=region(config),
            endpoint_url=endpoint or None,
            # without keys botocore looks in the environment, the shared profile, the metadata
            aws_access_key_id=config.access_key or None,
            aws_secret_access_key=config.secret_key or None,
            config=_options(config.max_retries, endpoint),
        )

    def _botocore(self) -> Session:
        if self._session is None:
            from botocore.session import Session

            self._session = Session()
        return self._session


def region(config: RootConfig) -> str:
    """Return the configured region, else the environment's, else us-east-1."""
    environment = (os.environ.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
    return next(filter(None, (config.region, *environment)), "us-east-1")


def _options(max_retries: int, endpoint: str) -> Config:
    from botocore.config import Config

    # a proxy of this machine is not asked for what is on this machine, as in Go's own rule
    local = urlsplit(endpoint).hostname in LOOPBACK

    retries: dict[str, Any] = {"mode": "standard"}
    if max_retries >= 0:
        retries["total_max_attempts"] = max_retries + 1
    return Config(
        max_pool_connections=CONNECTIONS,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries=retries,
        proxies={} if local else None,
    )
