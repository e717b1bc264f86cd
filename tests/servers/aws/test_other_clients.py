"""Clients that are not boto3: the AWS CLI, and the AWS SDK for JavaScript, for each protocol.

Both are programs of their own in pytest's cache: pip and npm install them at the first run.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.npm import cache_folder, cannot, installed
from tests.servers.aws.people import Person, person
from tests.servers.aws.roles import ALLOWED, permit
from tests.servers.aws.running import REGION, Keys, session_of

pytestmark = pytest.mark.integration
CLI = "awscli==1.46.3"
PACKAGES = (
    "@aws-sdk/client-sts@3.1174.0",
    "@aws-sdk/client-iam@3.1169.0",
    "@aws-sdk/client-ec2@3.1169.0",
    "@aws-sdk/client-s3@3.1175.0",
    "@aws-sdk/client-dynamodb@3.1169.0",
    "@aws-sdk/client-lambda@3.1164.0",
)
SCRIPT = Path(__file__).with_name("sdk.mjs")
CALLS = {
    "sts": "get-caller-identity",
    "iam": "list-users",
    "ec2": "describe-vpcs",
    "s3": "list-buckets",
    "dynamodb": "list-tables",
    "lambda": "list-functions",
}
Outcomes = dict[str, str]
ALL_ALLOWED: Outcomes = dict.fromkeys(CALLS, ALLOWED)
DENIED: Outcomes = {
    "sts": ALLOWED,  # GetCallerIdentity needs no permission
    "iam": "AccessDenied",
    "ec2": "UnauthorizedOperation",
    "s3": "AccessDenied",
    "dynamodb": "AccessDeniedException",
    "lambda": "AccessDeniedException",
}
DEAD: Outcomes = {
    "sts": "InvalidClientTokenId",
    "iam": "InvalidClientTokenId",
    "ec2": "AuthFailure",
    "s3": "InvalidAccessKeyId",
    "dynamodb": "UnrecognizedClientException",
    "lambda": "UnrecognizedClientException",
}


Client = Callable[[AwsAdmin, Keys], Outcomes]


def environment(**more: str) -> dict[str, str]:
    """Return an environment without AWS settings."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    return kept | more


@pytest.fixture(scope="session")
def cli(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = cache_folder(request, tmp_path_factory, "awscli")
    program = folder / "bin" / "aws"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        command = [str(folder / "bin" / "pip"), "install", "--quiet", CLI]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            cannot(f"the AWS CLI: pip failed: {done.stderr}")

    def call(cloud: AwsAdmin, keys: Keys, service: str) -> str:
        variables = environment(
            AWS_ACCESS_KEY_ID=keys.access_key,
            AWS_SECRET_ACCESS_KEY=keys.secret_key,
            AWS_ENDPOINT_URL=cloud.url,
            AWS_DEFAULT_REGION=REGION,
            AWS_MAX_ATTEMPTS="1",
            AWS_CONFIG_FILE=os.devnull,
            AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        )
        name = "s3api" if service == "s3" else service
        command = [str(program), name, CALLS[service]]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return ALLOWED
        found = re.search(r"An error occurred \((\w+)\)", done.stderr)
        return found[1] if found else done.stderr

    def calls(cloud: AwsAdmin, keys: Keys) -> Outcomes:
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(lambda service: call(cloud, keys, service), CALLS)
            return dict(zip(CALLS, found, strict=True))

    return calls


@pytest.fixture(scope="session")
def javascript(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = installed(request, tmp_path_factory, "aws-sdk", PACKAGES)

    def calls(cloud: AwsAdmin, keys: Keys) -> Outcomes:
        command = ["node", str(SCRIPT), str(folder), cloud.url, REGION]
        variables = environment(KEY_ID=keys.access_key, SECRET=keys.secret_key)
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: Outcomes = json.loads(done.stdout)
        return found

    return calls


@pytest.fixture(params=["cli", "javascript"])
def client(request: pytest.FixtureRequest) -> Client:
    made: Client = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def someone(cloud: AwsAdmin) -> Iterator[Person]:
    with person(cloud) as made:
        permit(cloud, made, "sqs:*")
        yield made


def test_another_client_sees_allowed_denied_and_a_dead_key(
    cloud: AwsAdmin, client: Client, someone: Person
) -> None:
    identity = cloud.identities()["operator"]
    operator = Keys(identity.access_key_id, identity.secret_access_key)
    allowed = client(cloud, operator)
    denied = client(cloud, someone.keys)
    session_of(cloud).client("iam").delete_access_key(
        UserName=someone.name, AccessKeyId=someone.keys.access_key
    )
    dead = client(cloud, someone.keys)

    assert (allowed, denied, dead) == (ALL_ALLOWED, DENIED, DEAD)
