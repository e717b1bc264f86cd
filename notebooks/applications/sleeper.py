"""Sleeper: read another key every four seconds, whether it is needed or not."""

import os
import time

import boto3
from job import log_in, run

SECONDS = 4
vault, session, due = log_in(), None, 0.0


def current():
    """Return a session with a key that is at most four seconds old."""
    global session, due
    if time.time() >= due:
        key = vault.read(os.environ["VAULT_CREDS_PATH"])["data"]
        session = boto3.Session(key["access_key"], key["secret_key"])
        due = time.time() + SECONDS
    return session


run(current)
