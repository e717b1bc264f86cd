"""Renewer: renew the lease at two thirds of its time; read another key at the ceiling."""

import os
import time

import boto3
import hvac
import requests
from job import log_in, run

vault, session, lease, due = log_in(), None, None, 0.0


def read():
    global session, lease
    lease = vault.read(os.environ["VAULT_CREDS_PATH"])
    session = boto3.Session(*[lease["data"][name] for name in ("access_key", "secret_key")])
    return lease["lease_duration"]


def renew():
    """Renew the lease; read another key if Vault grants less, or the lease is gone."""
    try:
        granted = vault.sys.renew_lease(lease["lease_id"])["lease_duration"]
    except hvac.exceptions.InvalidRequest:
        granted = 0
    return granted if granted >= lease["lease_duration"] else read()


def current():
    global due
    if time.time() >= due:
        try:
            due = time.time() + (renew() if lease else read()) * 2 / 3
        except requests.ConnectionError:
            due = time.time() + 0.5  # keep the key, ask again soon
    return session


run(current)
