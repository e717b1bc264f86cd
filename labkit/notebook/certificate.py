"""A certificate of the exercises that are done, signed by the lab's transit key."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from labkit.errors import LabError

if TYPE_CHECKING:
    import hvac

    from labkit.notebook.learning import Progress


@dataclass(frozen=True)
class CertifiedExercises:
    """What is certified.

    Args:
        name: of the learner.
        issued: when it was signed, ISO 8601 in UTC.
        of: how many exercises there are.
        done: when each was done, by notebook and check.
    """

    name: str
    issued: str
    of: int
    done: dict[str, str]


MOUNT, KEY = "labkit-certificates", "certificates"
DATA = re.compile(r'<script type="application/json" id="certificate">(.*?)</script>', re.DOTALL)


def issue(vault: hvac.Client, name: str, progress: Progress) -> str:
    """Return a certificate as an HTML page with the signed data in it.

    Args:
        vault: client that may enable a transit secrets engine.
        name: of the learner.
        progress: what is certified.

    Raises:
        LabError: no exercise is done yet.
    """
    if not progress.done:
        raise LabError("No exercise is done yet. lab.progress() shows which there are.")
    done = {
        f"{one.exercise.notebook} {one.exercise.name}": one.done
        for one in progress.achievements
        if one.done
    }
    now = datetime.now(UTC).isoformat(timespec="seconds")
    claim = CertifiedExercises(name, now, len(progress.achievements), done)
    text = json.dumps(asdict(claim), sort_keys=True)
    signed = {"claim": text, **_sign(vault, text)}
    return _page(claim, json.dumps(signed).replace("<", "\\u003c"))


def verify(page: str) -> str:
    """Check the signature of a certificate and return what it says.

    Raises:
        LabError: the page is no certificate, or its data was changed.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        signed = json.loads(DATA.findall(page)[0])
        key, signature = (base64.b64decode(signed[name]) for name in ("public_key", "signature"))
        claim = CertifiedExercises(**json.loads(signed["claim"]))
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed["claim"].encode())
    except InvalidSignature:
        raise LabError(
            "The signature does not fit the certificate: it was changed after it was signed."
        ) from None
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise LabError(f"This is no certificate of labkit ({type(error).__name__}).") from error
    return (
        f"Unchanged since {claim.issued}: {claim.name}, {len(claim.done)} of "
        f"{claim.of} exercises. Signed by the key {signed['public_key']} of that learner's lab; "
        "who used the lab, the signature does not tell."
    )


def _sign(vault: hvac.Client, text: str) -> dict[str, str]:
    """Sign with the lab's ed25519 key (`POST labkit-certificates/sign/certificates`)."""
    transit = vault.secrets.transit
    if f"{MOUNT}/" not in vault.sys.list_mounted_secrets_engines()["data"]:
        vault.sys.enable_secrets_engine("transit", path=MOUNT)
        transit.create_key(KEY, key_type="ed25519", mount_point=MOUNT)
    plain = base64.b64encode(text.encode()).decode()
    answer = transit.sign_data(KEY, hash_input=plain, mount_point=MOUNT)
    keys = transit.read_key(KEY, mount_point=MOUNT)["data"]["keys"]
    signature = answer["data"]["signature"].rpartition(":")[2]
    return {"signature": signature, "public_key": keys[max(keys, key=int)]["public_key"]}


def _page(claim: CertifiedExercises, data: str) -> str:
    rows = "".join(
        f"<tr><td>{escape(one)}</td><td>{escape(when)}</td></tr>"
        for one, when in claim.done.items()
    )
    page = Template(Path(__file__).with_name("certificate.html").read_text(encoding="utf-8"))
    return page.substitute(
        name=escape(claim.name),
        done=len(claim.done),
        of=claim.of,
        rows=rows,
        issued=escape(claim.issued),
        data=data,
    )
