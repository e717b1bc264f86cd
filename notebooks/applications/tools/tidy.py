"""Tidy: hvac reads the key, boto3 uses it; at the end the token is revoked, with its lease."""

import os
import time
from pathlib import Path

import boto3
import hvac

files = ("VAULT_ROLE_ID_FILE", "VAULT_WRAPPED_SECRET_ID_FILE")
role_id, wrapped = (Path(os.environ[name]).read_text().strip() for name in files)
vault = hvac.Client(os.environ["VAULT_ADDR"], token=wrapped)
secret_id = vault.sys.unwrap()["data"]["secret_id"]
vault.auth.approle.login(role_id, secret_id, mount_point=os.environ["VAULT_APPROLE_MOUNT"])
try:
    key = vault.read(os.environ["VAULT_CREDS_PATH"])["data"]
    ec2 = boto3.Session(key["access_key"], key["secret_key"]).client("ec2")
    for _ in range(40):  # until AWS knows the key
        try:
            ec2.describe_instances()
            break
        except ec2.exceptions.ClientError:
            time.sleep(0.25)
    for _ in range(3):
        ec2.describe_instances()
finally:
    vault.auth.token.revoke_self()
