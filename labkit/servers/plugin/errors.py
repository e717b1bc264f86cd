"""What an engine raises, and what of it a client gets to read."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path


class EngineError(Exception):
    """The engine failed: the client gets HTTP 500 with this text."""


class UserError(EngineError):
    """The request cannot be served as asked: HTTP 400 with this text."""


class RateLimitedError(UserError):
    """The upstream service throttles: HTTP 502 with this text."""


class UnsupportedPathError(EngineError):
    """No path of the engine matches: HTTP 404 with the server's own text."""


class UnsupportedOperationError(EngineError):
    """The path does not know the operation: HTTP 405 with the server's own text."""


def combined(errors: Sequence[str]) -> str:
    r"""Return several errors as one text, in the form of Go's multierror.

    With one error: `1 error occurred:\n\t* text\n\n`.
    """
    title = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    return f"{title} occurred:\n\t" + "\n\t".join(f"* {error}" for error in errors) + "\n\n"


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
