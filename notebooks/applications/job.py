"""The job of every client here: list instances and put an object, four times a second."""

import os
import time
from pathlib import Path

import hvac
from botocore.exceptions import ClientError

REFUSED = {"AuthFailure", "InvalidAccessKeyId", "InvalidClientTokenId"}


def log_in():
    """Log in to Vault by AppRole, with a role-id from a file and a wrapped secret-id."""
    files = ("VAULT_ROLE_ID_FILE", "VAULT_WRAPPED_SECRET_ID_FILE")
    role_id, wrapped = (Path(os.environ[name]).read_text().strip() for name in files)
    vault = hvac.Client(os.environ["VAULT_ADDR"], token=wrapped)
    secret_id = vault.sys.unwrap()["data"]["secret_id"]
    vault.auth.approle.login(role_id, secret_id, mount_point=os.environ["VAULT_APPROLE_MOUNT"])
    return vault


def run(session, refused=lambda: None):
    """Do the job with what `session()` returns, and print the time and outcome of each call."""
    used = None
    while True:
        start, outcome = time.time(), "ok"
        try:
            if (now := session()) is not used:
                used, ec2, s3 = now, now.client("ec2"), now.client("s3")
            ec2.describe_instances()
            s3.put_object(Bucket=os.environ["BUCKET"], Key="report", Body=b"done")
        except ClientError as error:
            outcome = error.response["Error"]["Code"]
        except Exception as error:  # the job goes on, whatever happens
            outcome = type(error).__name__
        print(f"{start:.3f} {outcome}", flush=True)
        if outcome in REFUSED:
            refused()
        time.sleep(max(0.0, start + 0.25 - time.time()))
