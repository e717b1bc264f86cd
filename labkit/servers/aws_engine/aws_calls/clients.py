"""How one mount reaches AWS: clients made from the root config, kept until the config changes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from labkit.servers.aws_engine.aws_calls.aws_errors import text
from labkit.servers.aws_engine.aws_calls.sts_endpoints import endpoints
from labkit.servers.aws_engine.stored.cached_value import CachedValue
from labkit.servers.aws_engine.stored.root_entry import RootConfig
from labkit.servers.plugin.errors import EngineError, UserError
from labkit.servers.plugin.request import Storage

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.session import Session

AwsClient: TypeAlias = Any
"""A botocore client; botocore makes its classes at run time, so they have no static type."""

ENDPOINT_VARIABLE = "LABKIT_AWS_ENDPOINT"  # set by a lab: the only endpoint to call
CONNECTIONS = 64  # issues run at the same time, each on a connection of its own
LOOPBACK = ("localhost", "127.0.0.1", "::1")
CONNECT_SECONDS = 5
BY_DEFAULT = -1  # the value of max_retries that leaves it to the AWS library
MOST_RETRIES = 10  # so that a worker is not held for ever
READ_SECONDS = 20  # with the SDK's three tries still within the server's own 90 seconds


class Clients:
    """The AWS clients of one mount."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._session: Session | None = None
        self._config: CachedValue[RootConfig] = CachedValue()
        self._iam: AwsClient | None = None
        self._probing = threading.Lock()
        self._sts: AwsClient | None = None
        self._dropped = 0

    def config(self, storage: Storage) -> RootConfig:
        """Return the root config in `storage`, an empty one if there is none."""
        return self._config.get(lambda: RootConfig.load(storage) or RootConfig())

    def iam(self, storage: Storage) -> AwsClient:
        """Return the IAM client of the root config in `storage`; clients are thread-safe.

        Raises:
            EngineError: if only one of access key and secret key is configured.
        """
        with self._lock:
            if self._iam is None:
                config = self.config(storage)
                self._iam = self._client("iam", config, config.iam_endpoint, region(config))
            return self._iam

    def sts(self, storage: Storage) -> AwsClient:
        """Return a client of the first STS of the root config that answers.

        Raises:
            EngineError: if none answers, or the config is not sound.
        """
        with self._probing:  # and not the other lock: IAM need not wait for an STS that is away
            if self._sts is not None:
                return self._sts
            before = self._dropped
            client = self._first_sts(self.config(storage))
            with self._lock:
                if self._dropped == before:  # else the config has changed since it was read
                    self._sts = client
            return client

    def drop(self) -> None:
        """Forget the clients and the root config; the next use reads the root config afresh."""
        with self._lock:
            self._config.drop()
            self._iam = self._sts = None
            self._dropped += 1

    def warm_up(self) -> threading.Thread:
        """Load the AWS library in the background (0.2 s), so that the first issue need not wait."""
        thread = threading.Thread(target=self._load, name="warm-up", daemon=True)
        thread.start()
        return thread

    def _load(self) -> None:
        # with keys, however wrong, for without them botocore would look for some on the network
        keys = RootConfig(access_key="-", secret_key="-")  # noqa: S106 - not a secret
        with self._lock:
            self._client("iam", keys, "", region(keys))

    def _first_sts(self, config: RootConfig) -> AwsClient:
        from botocore.exceptions import BotoCoreError, ClientError

        seen = []
        for where, url in endpoints(config, region(config), only_endpoint()):
            client = self._client("sts", config, url, where)
            try:
                client.get_caller_identity()
            except (BotoCoreError, ClientError) as error:
                seen.append(f"{url}: {text(error)}")
            else:
                return client
        raise EngineError(f"could not obtain sts client: {'; '.join(seen)}")

    def _client(self, service: str, config: RootConfig, endpoint: str, where: str) -> AwsClient:
        if bool(config.access_key) != bool(config.secret_key):
            raise EngineError(
                "static AWS client credentials haven't been properly configured "
                "(the access key or secret key were provided but not both)"
            )
        endpoint = permitted(endpoint, only_endpoint())
        wanted = {
            "region_name": where,
            "endpoint_url": endpoint or None,
            # without keys botocore looks in the environment, the shared profile, the metadata
            "aws_access_key_id": config.access_key or None,
            "aws_secret_access_key": config.secret_key or None,
            "config": _options(config.max_retries, endpoint),
        }
        try:
            with self._lock:  # botocore makes one client at a time
                return self._botocore().create_client(service, **wanted)
        except ValueError as error:  # also the parent of botocore's InvalidRegionError
            what = f"the {service} client for region {where!r} and endpoint {endpoint!r}"
            text = f"cannot make {what}: {error}; correct config/root"
            raise EngineError(text) from error

    def _botocore(self) -> Session:
        if self._session is None:
            from botocore.session import Session

            self._session = Session()
        return self._session


def client_for_issue(make: Callable[[Storage], AwsClient], storage: Storage) -> AwsClient:
    """Return a client to issue a credential with.

    Raises:
        UserError: if there is none; Vault answers 400 here, and 500 elsewhere.
    """
    try:
        return make(storage)
    except EngineError as error:
        raise UserError(str(error)) from error


def only_endpoint() -> str:
    """Return the only endpoint this process may call; empty if it may call any."""
    return os.environ.get(ENDPOINT_VARIABLE, "")


def permitted(endpoint: str, only: str) -> str:
    """Return the endpoint to call: the configured one, or the only one permitted.

    Args:
        endpoint: the configured endpoint; empty is AWS's own.
        only: the only endpoint that may be called; empty if any may be called.

    Raises:
        EngineError: if the configured endpoint is another than the only one permitted.
    """
    if not only or not endpoint:
        return endpoint or only
    # Compared as text: two parsers may disagree about the host of a contrived URL.
    if endpoint.rstrip("/") != only:
        raise EngineError(
            f"this lab's engine may call only {only}, but config/root names {endpoint}; "
            f"write {only} there, or start the lab with LABKIT_REAL_AWS=yes to call real AWS"
        )
    return only


def region(config: RootConfig) -> str:
    """Return the configured region, else the environment's, else us-east-1."""
    environment = (os.environ.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
    return next(filter(None, (config.region, *environment)), "us-east-1")


def _options(max_retries: int, endpoint: str) -> Config:
    from botocore.config import Config

    # a proxy of this machine is not asked for what is on this machine, as in Go's own rule
    local = urlsplit(endpoint).hostname in LOOPBACK

    retries: dict[str, Any] = {"mode": "standard"}
    if max_retries != BY_DEFAULT:
        retries["total_max_attempts"] = min(max(max_retries, 0), MOST_RETRIES) + 1
    return Config(
        max_pool_connections=CONNECTIONS,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries=retries,
        proxies={} if local else None,
        parameter_validation=False,  # AWS itself says better what is wrong, without quoting it
    )
