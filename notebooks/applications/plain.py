"""Plain: knows nothing of Vault; its key is in environment variables for as long as it runs."""

import boto3
from job import run

session = boto3.Session()
run(lambda: session)
