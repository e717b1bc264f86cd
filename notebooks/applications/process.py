"""Process: an AWS profile whose `credential_process` is `labkit credentials`, with a cache."""

import os
import sys
from pathlib import Path

import boto3
from job import run

mount, _, role = os.environ["VAULT_CREDS_PATH"].partition("/creds/")
approle = os.environ["VAULT_APPROLE_MOUNT"]
command = f"{sys.executable} -P -m labkit credentials {role} --mount {mount} --approle {approle}"

config = Path("aws-config").resolve()
config.write_text(f"[default]\ncredential_process = {command}\n")
os.environ["AWS_CONFIG_FILE"] = str(config)

session = boto3.Session()
run(lambda: session)
