"""The plugin protocol of Vault-compatible servers; it carries any engine and knows none.

An engine's author needs the names below and `labkit.engine.plugin.wal`; the program that runs the
engine needs `labkit.engine.plugin.serve`. Nothing heavy is imported here, for a server starts each
plugin several times only to ask what it is.
"""

from labkit.engine.plugin.backend import Backend, Handler, Path, SecretType
from labkit.engine.plugin.fields import Field, Fields, Kind
from labkit.engine.plugin.request import (
    EngineError,
    Operation,
    RateLimitedError,
    Request,
    Response,
    Secret,
    Storage,
    SystemView,
    UserError,
)

__all__ = [
    "Backend",
    "EngineError",
    "Field",
    "Fields",
    "Handler",
    "Kind",
    "Operation",
    "Path",
    "RateLimitedError",
    "Request",
    "Response",
    "Secret",
    "SecretType",
    "Storage",
    "SystemView",
    "UserError",
]
