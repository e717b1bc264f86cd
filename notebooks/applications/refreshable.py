"""Refreshable: let botocore fetch another key before the lease ends, and after a refusal."""

import os
import time
from datetime import UTC, datetime, timedelta

import boto3
import botocore.session
from botocore.credentials import RefreshableCredentials
from job import log_in, run

vault = log_in()


def fetch():
    """Read a key, and return it as soon as AWS knows it."""
    global seconds
    lease = vault.read(os.environ["VAULT_CREDS_PATH"])
    key, seconds = lease["data"], lease["lease_duration"]
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    sts = boto3.Session(key["access_key"], key["secret_key"]).client("sts")
    while datetime.now(UTC) < end:
        try:
            sts.get_caller_identity()
            break
        except sts.exceptions.ClientError:
            time.sleep(0.25)
    return {**key, "token": None, "expiry_time": end.isoformat()}


def connect():
    global session
    core, key, of = botocore.session.get_session(), fetch(), RefreshableCredentials
    times = {"advisory_timeout": seconds / 3, "mandatory_timeout": 1}  # not botocore's 15 minutes
    core._credentials = of.create_from_metadata(key, fetch, "vault", **times)  # noqa: SLF001
    session = boto3.Session(botocore_session=core)


connect()
run(lambda: session, refused=connect)  # refused: an administrator revoked the lease
