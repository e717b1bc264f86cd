"""What may be told about an exception."""

from __future__ import annotations

import traceback
from pathlib import Path

from labkit.engine.plugin.request import EngineError


def described(error: BaseException) -> str:
    """Return an engine error's own text; of any other only its class and place.

    An engine's author words an EngineError for the client. The text of any other exception may
    quote a secret, so it is never passed on.
    """
    if isinstance(error, EngineError):
        return str(error)
    return f"internal error in the secrets engine: {type(error).__name__}{_place(error)}"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    return "".join(f" at {Path(f.filename).name}:{f.lineno} in {f.name}" for f in frames)
