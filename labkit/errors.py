"""What can go wrong in a lab; each message says what was tried, what was seen, what to do next."""

from labkit.redact import redact_text


class LabError(Exception):
    """The lab could not do what was asked of it."""

    def __str__(self) -> str:
        """Return the message with secrets hidden: it may quote a server or a command."""
        return redact_text(super().__str__())

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone in a notebook (IPython asks for this method)."""
        return [f"{type(self).__name__}: {self}"]


class StartError(LabError):
    """A server or a runtime of the lab could not be started."""


class WaitError(LabError):
    """Something that was waited for did not happen within its time."""


class ProofError(LabError):
    """An observation of Vault or AWS is not what the flow claims."""


class AwsSideError(LabError):
    """AWS could not be reached, or did not say what it was asked."""
