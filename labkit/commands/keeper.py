"""The keeper: the background process that holds a standing lab and answers on its socket."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from labkit.lab import Lab
from labkit.machine.hardening import forbid_core_dumps
from labkit.runtimes import private_folder, standing
from labkit.runtimes.standing import Standing

CHECK_SECONDS = 2.0
QUESTION_SECONDS = 5.0


def keep(folder: Path, lock: int, through: str | None = None) -> None:
    """Hold a lab until SIGTERM, or until a client asks for its end.

    The keeper also ends the lab when its socket is gone: nobody could reach the lab any more.

    Args:
        folder: where the socket is.
        lock: file descriptor of the lock that `labkit up` took for this process.
        through: name of the last step to replay; None replays none.
    """
    forbid_core_dumps()
    os.set_inheritable(lock, False)  # noqa: FBT003 - os has no name for it
    signal.pthread_sigmask(signal.SIG_SETMASK, [])  # a parent may have blocked SIGTERM
    signal.signal(signal.SIGTERM, _exit_once)
    with _listening(folder) as listener:
        answers = Answers()
        threading.Thread(target=answers.serve, args=(listener,), daemon=True).start()
        with Lab.start(through=through) as lab:
            answers.standing = describe(lab, through)
            while (folder / standing.SOCKET).exists():
                threading.Event().wait(CHECK_SECONDS)
            print("The socket was removed, so the lab ends.")  # noqa: T201 - the keeper's log


def _exit_once(*_: object) -> None:
    """Leave the `with` blocks; a second SIGTERM must not interrupt the lab's stop."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit()


def describe(lab: Lab, through: str | None) -> Standing:
    """Return what the keeper tells about its lab."""
    from labkit.flow import steps

    return Standing(
        pid=os.getpid(),
        lab=repr(lab),
        runtime=lab.runtime.name,
        reason=lab.reason,
        endpoints=lab.endpoints,
        operator=lab.identities.operator,
        vault_root=lab.identities.vault_root,
        administrator_token=str(lab.vault.token),
        steps=tuple(step.name for step in steps.through(through)) if through else (),
        names=asdict(lab.names),
    )


@contextmanager
def _listening(folder: Path) -> Iterator[socket.socket]:
    """Listen on the folder's socket; whoever holds the lock may replace a dead keeper's socket."""
    with private_folder.opened(folder) as descriptor, socket.socket(socket.AF_UNIX) as listener:
        with suppress(FileNotFoundError):
            os.unlink(standing.SOCKET, dir_fd=descriptor)
        listener.bind(standing.address(folder, descriptor))
        listener.listen()
        try:
            yield listener
        finally:
            with suppress(FileNotFoundError):
                os.unlink(standing.SOCKET, dir_fd=descriptor)


class Answers:
    """What the keeper answers; `standing` is None until the lab has started."""

    def __init__(self) -> None:
        self.standing: Standing | None = None
        self._until_exit: list[socket.socket] = []

    def serve(self, listener: socket.socket) -> None:
        """Answer each client in turn, until the process ends."""
        while True:
            client, _ = listener.accept()
            client.settimeout(QUESTION_SECONDS)
            with suppress(OSError):  # a client that hangs up or stays silent is not served
                self._answer(client)

    def _answer(self, client: socket.socket) -> None:
        found = standing.peer(client)
        question = client.recv(16) if found is None or found[1] == os.getuid() else b""
        if question == standing.STOP:
            self._until_exit.append(client)  # it closes with the process: the client waits for it
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            return
        with client:
            if question == standing.STATE and self.standing:
                client.sendall(self.standing.as_json())
