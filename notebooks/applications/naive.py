"""Naive: read a key once, and use it until it fails and after."""

import os

import boto3
from job import log_in, run

key = log_in().read(os.environ["VAULT_CREDS_PATH"])["data"]
session = boto3.Session(key["access_key"], key["secret_key"])
run(lambda: session)
