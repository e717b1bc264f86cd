"""Logging to the server: one JSON object a line on stderr, in the form of hclog."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from labkit.servers.plugin.errors import described

_LEVELS = {
    logging.DEBUG: "debug",
    logging.INFO: "info",
    logging.WARNING: "warn",
    logging.ERROR: "error",
    logging.CRITICAL: "error",
}


class HclogFormatter(logging.Formatter):
    """Formats a record for the server's log; of an exception it tells only what may be told."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line of JSON."""
        line = {
            "@level": _LEVELS.get(record.levelno, "info"),
            "@message": record.getMessage(),
            "@module": record.name,
            "@timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        }
        if record.exc_info and record.exc_info[1]:
            line["error"] = described(record.exc_info[1])
        return json.dumps(line)


def log_to_server() -> None:
    """Send this process's log to the server that started it."""
    logging.raiseExceptions = False  # a server that is gone reads no more
    handler = logging.StreamHandler()
    handler.setFormatter(HclogFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
