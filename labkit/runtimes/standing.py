"""The standing lab of `labkit up`, as other processes see it: its keeper answers on a Unix socket.

The keeper's answer holds keys and tokens. They are nowhere on disk, and end with the keeper.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from labkit.errors import LabError, WaitError
from labkit.runtimes import private_folder
from labkit.runtimes.endpoints import Endpoints
from labkit.servers.aws.api.interface import Identity

VARIABLE = "LABKIT_STANDING"  # names the socket; `labkit env` sets it
SOCKET = "keeper.sock"
STATE, STOP = b"state\n", b"stop\n"
ANSWER_SECONDS = 5.0
NONE_STANDS = "No lab stands. `labkit up` starts one."
NO_ANSWER = (
    f"The keeper of the lab did not answer in {ANSWER_SECONDS:.0f} s. `labkit down` ends it."
)


@dataclass(frozen=True)
class Standing:
    """What a keeper tells about its lab.

    Args:
        pid: process id of the keeper.
        lab: the lab in one line.
        runtime: name of the lab's runtime.
        reason: why this runtime was chosen.
        endpoints: where its servers answer, with the root token.
        operator: keys of the AWS operator.
        vault_root: keys for `config/root`.
        administrator_token: Vault token with the policies `aws-admin` and `lab-operator`.
        steps: names of the steps that were replayed.
        names: the lab's names on Vault, as fields of `labkit.flow.names.Names`.
    """

    pid: int
    lab: str
    runtime: str
    reason: str
    endpoints: Endpoints
    operator: Identity
    vault_root: Identity
    administrator_token: str = field(repr=False)
    steps: tuple[str, ...]
    names: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """Return the JSON that `from_json` reads."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, answer: bytes) -> Standing:
        """Return what a keeper answered."""
        fields: dict[str, Any] = json.loads(answer)
        fields["endpoints"] = Endpoints(**fields["endpoints"])
        for identity in ("operator", "vault_root"):
            fields[identity] = Identity(**fields[identity])
        return cls(**fields | {"steps": tuple(fields["steps"])})


class Attached:
    """The servers that a keeper holds; this process starts and stops none of them.

    Args:
        found: what the keeper tells about its lab.
    """

    shared = False
    outlives_lab = True
    shows_plugins = False

    def __init__(self, found: Standing) -> None:
        self.name = found.runtime
        self._endpoints = found.endpoints

    def start(self) -> Endpoints:
        """Return where the standing lab's servers answer."""
        return self._endpoints

    def stop(self) -> None:
        """Leave the servers to their keeper."""

    def audit_log(self) -> Path | None:
        """Return the file of Vault's audit log; None if this process cannot read it."""
        return Path(self._endpoints.audit_log) if self._endpoints.audit_log else None


def find(env: Mapping[str, str]) -> Standing:
    """Return the standing lab that LABKIT_STANDING names, else this user's.

    Raises:
        LabError: no lab stands there.
    """
    named = env.get(VARIABLE)
    return read(Path(named).parent if named else private_folder.default_path(env))


def read(folder: Path) -> Standing:
    """Return the lab that stands in this folder; raise LabError if none does."""
    with connected(folder) as keeper:
        answer = ask(keeper, STATE)
    if not answer:
        raise LabError(
            "A lab is being started. `labkit status` tells when it stands, `labkit down` ends it."
        )
    return Standing.from_json(answer)


@contextmanager
def connected(folder: Path) -> Iterator[socket.socket]:
    """Connect to the keeper of this folder; raise LabError if there is none."""
    with socket.socket(socket.AF_UNIX) as keeper:
        keeper.settimeout(ANSWER_SECONDS)
        try:
            with private_folder.opened(folder) as descriptor:
                keeper.connect(address(folder, descriptor))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise LabError(NONE_STANDS) from error
        except TimeoutError as error:
            raise WaitError(NO_ANSWER) from error
        _refuse_others(keeper)
        yield keeper


def ask(keeper: socket.socket, question: bytes) -> bytes:
    """Send a question and return the keeper's answer, up to the end of the connection.

    Raises:
        WaitError: the keeper lives, but did not answer in time.
        LabError: the keeper is gone.
    """
    parts: list[bytes] = []
    try:
        keeper.sendall(question)
        while part := keeper.recv(65536):
            parts.append(part)
    except TimeoutError as error:
        raise WaitError(NO_ANSWER) from error
    except ConnectionError as error:
        raise LabError(NONE_STANDS) from error
    return b"".join(parts)


def address(folder: Path, descriptor: int) -> str:
    """Return the socket's address: below the open folder, where Linux allows that.

    A socket's address has at most 107 characters, and a path may have more.
    """
    if sys.platform == "linux":
        return f"/proc/self/fd/{descriptor}/{SOCKET}"
    return str(folder / SOCKET)


def peer(connection: socket.socket) -> tuple[int, int] | None:
    """Return the process id and the user id at the other end; None where the system cannot tell."""
    if sys.platform != "linux":
        return None
    size = struct.calcsize("3i")
    found = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    pid, user, _ = struct.unpack("3i", found)
    return pid, user


def _refuse_others(keeper: socket.socket) -> None:
    if (found := peer(keeper)) and found[1] != os.getuid():
        raise LabError("The keeper of the lab belongs to another user, so nothing is asked of it.")
