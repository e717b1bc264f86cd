"""Hide secrets: by value if the lab knows them, by field name, and by shape.

A value is known once the lab has issued it or seen it in an answer of Vault (`known.remember`).
"""

from labkit.redact.known import remember
from labkit.redact.secret_fields import learn, redact
from labkit.redact.shapes import HIDDEN
from labkit.redact.text import redact_output, redact_text, shorten_key_id

__all__ = [
    "HIDDEN",
    "learn",
    "redact",
    "redact_output",
    "redact_text",
    "remember",
    "shorten_key_id",
]
