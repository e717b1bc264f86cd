"""Hide known secrets in what a notebook shows: results of cells, and tracebacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.redact import redact_text

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def hide_secrets_in(shell: InteractiveShell) -> None:
    """Redact the results of cells and the tracebacks of a notebook.

    What a cell prints is left as it is: printing a secret is a decision of the learner's.
    """
    _redact_tracebacks(shell)
    _redact_results(shell)


def _redact_results(shell: InteractiveShell) -> None:
    """Redact each text, plain or HTML, that a result or `display()` shows."""
    formatter: Any = shell.display_formatter
    show = formatter.format

    def redacted(*positional: Any, **named: Any) -> Any:  # noqa: ANN401 - IPython's
        data, metadata = show(*positional, **named)
        return {kind: _redact_text_of(kind, text) for kind, text in data.items()}, metadata

    formatter.format = redacted


def _redact_text_of(kind: str, content: Any) -> Any:  # noqa: ANN401 - a mime bundle's
    is_text = kind.startswith("text/") and isinstance(content, str)
    return redact_text(content) if is_text else content


def _redact_tracebacks(shell: InteractiveShell) -> None:
    """Redact each traceback before IPython sends it to the notebook."""
    send = shell._showtraceback  # noqa: SLF001 - IPython's hook for where a traceback goes

    def redacted(kind: type[BaseException], error: BaseException, lines: list[str]) -> None:
        send(kind, redact_text(str(error)), [redact_text(line) for line in lines])

    shell._showtraceback = redacted  # type: ignore[assignment,method-assign] # noqa: SLF001 - as above
