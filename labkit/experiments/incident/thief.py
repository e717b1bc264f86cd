"""The thief: a thread that uses a leaked key, again and again, until it is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from labkit.vault.leases import Credentials

if TYPE_CHECKING:
    from labkit.aws.sessions import LabSession

EVERY = 0.25  # seconds between two rounds
STOP_SECONDS = 30.0  # a call under way may take as long as boto3's timeout


class Thief:
    """Uses a key of somebody else.

    Args:
        key: the leaked key.
        session: returns a boto3 session with a key.
        makes_second_key: whether the thief creates another key for the same IAM user.
    """

    def __init__(
        self,
        key: Credentials,
        session: Callable[[Credentials], LabSession],
        *,
        makes_second_key: bool,
    ) -> None:
        self._session = session
        self._sessions = [session(key)]
        self._wants_key = makes_second_key
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="thief", daemon=True)

    def start(self) -> None:
        """Begin in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Make no further call. Idempotent."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    @property
    def running(self) -> bool:
        """Whether the thief still tries."""
        return self._thread.is_alive()

    def _run(self) -> None:
        for number in count():
            for session in tuple(self._sessions):
                self._try(partial(_use, session, number))
            if self._wants_key:
                self._try(self._make_second_key)
            if self._stopped.wait(EVERY):
                return

    def _try(self, call: Callable[[], object]) -> None:
        """Make a call; what AWS answered is in the journal."""
        from botocore.exceptions import BotoCoreError, ClientError

        with suppress(BotoCoreError, ClientError):
            call()

    def _make_second_key(self) -> None:
        """Create another key for the user of the leaked key (`iam:CreateAccessKey`)."""
        first = self._sessions[0]
        arn = first.client_without_retries("sts").get_caller_identity()["Arn"]
        user = arn.rpartition("/")[2]
        made = first.client_without_retries("iam").create_access_key(UserName=user)["AccessKey"]
        self._wants_key = False
        key = Credentials(made["AccessKeyId"], made["SecretAccessKey"])
        self._sessions.append(self._session(key))


def _use(session: LabSession, number: int) -> object:
    if number % 2:
        return session.client_without_retries("ec2").describe_instances()
    return session.client_without_retries("sts").get_caller_identity()
