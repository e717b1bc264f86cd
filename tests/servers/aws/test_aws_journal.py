"""The journal of real calls, made with boto3."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from labkit.aws.admin import AwsAdmin
from labkit.aws.probes import probe
from labkit.aws.sessions import LabSession
from labkit.servers.aws.api.entry import Entry
from tests.servers.aws.people import MAY_EC2, delete, person
from tests.servers.aws.running import REGION, Keys, session_of, session_with

pytestmark = pytest.mark.integration

LIVES = 32
ARN = "arn:aws:iam::123456789012:user"


@pytest.fixture
def known(cloud: AwsAdmin) -> int:
    return max((entry.seq for entry in cloud.journal()), default=0)


@pytest.fixture
def bucket(cloud: AwsAdmin) -> Iterator[str]:
    s3 = session_of(cloud).resource("s3")
    s3.create_bucket(Bucket="lab", CreateBucketConfiguration={"LocationConstraint": REGION})
    yield "lab"
    s3.Bucket("lab").objects.delete()
    s3.Bucket("lab").delete()


def facts(entry: Entry) -> tuple[object, ...]:
    return (
        *(entry.service, entry.action, entry.access_key_id, entry.principal),
        *(entry.target_user, entry.target_key_id, entry.status, entry.error),
    )


def test_a_users_life_is_noted_call_by_call(cloud: AwsAdmin, known: int) -> None:
    root = cloud.identities()["vault-root"].access_key_id
    iam = session_of(cloud, "vault-root").client("iam")
    before = time.time()

    iam.create_user(UserName="vault-life", Path="/vault-lab/")
    iam.put_user_policy(UserName="vault-life", PolicyName="p", PolicyDocument=json.dumps(MAY_EC2))
    key = iam.create_access_key(UserName="vault-life")["AccessKey"]
    theirs = session_with(cloud, Keys(key["AccessKeyId"], key["SecretAccessKey"]))
    probe(theirs)
    iam.delete_access_key(UserName="vault-life", AccessKeyId=key["AccessKeyId"])
    probe(theirs)
    delete(cloud, "vault-life")

    entries = cloud.journal(after=known)
    by_root, by_user = (
        (root, f"{ARN}/vault-root"),
        (key["AccessKeyId"], f"{ARN}/vault-lab/vault-life"),
    )
    user, key_id, nothing = "vault-life", key["AccessKeyId"], (None, None)
    assert [facts(entry) for entry in entries] == [
        ("iam", "CreateUser", *by_root, user, None, 200, None),
        ("iam", "PutUserPolicy", *by_root, user, None, 200, None),
        ("iam", "CreateAccessKey", *by_root, user, key_id, 200, None),
        ("ec2", "DescribeInstances", *by_user, *nothing, 200, None),
        ("s3", "ListBuckets", *by_user, *nothing, 403, "AccessDenied"),
        ("sts", "GetCallerIdentity", *by_user, *nothing, 200, None),
        ("iam", "DeleteAccessKey", *by_root, user, key_id, 200, None),
        ("ec2", "DescribeInstances", *by_user, *nothing, 401, "AuthFailure"),
        ("s3", "ListBuckets", *by_user, *nothing, 403, "InvalidAccessKeyId"),
        ("sts", "GetCallerIdentity", *by_user, *nothing, 403, "InvalidClientTokenId"),
        ("iam", "ListAccessKeys", *by_root, user, None, 200, None),
        ("iam", "DeleteUserPolicy", *by_root, user, None, 200, None),
        ("iam", "DeleteUser", *by_root, user, None, 200, None),
    ]
    assert [entry.seq for entry in entries] == list(range(known + 1, known + 14))
    assert {entry.region for entry in entries} == {REGION}
    times = [entry.time for entry in entries]
    assert times == sorted(times)
    assert before <= times[0] <= times[-1] + entries[-1].duration <= time.time()
    assert all(0 < entry.duration < 5 for entry in entries)


def test_a_key_that_was_never_used_has_an_owner_after_it_is_deleted(
    cloud: AwsAdmin, known: int
) -> None:
    with person(cloud) as someone:
        pass
    probe(someone.session)

    refused = cloud.journal(after=known)[-1]
    assert refused.principal == f"{ARN}/{someone.name}"


def test_an_unknown_key_has_no_owner(cloud: AwsAdmin, known: int) -> None:
    probe(session_with(cloud, Keys("AKIAUNKNOWN", "secret")))

    entries = cloud.journal(after=known)
    assert {(entry.access_key_id, entry.principal) for entry in entries} == {
        ("AKIAUNKNOWN", "unverified")
    }


def test_no_secret_is_in_the_journal(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        probe(someone.session)
        url = someone.session.client("s3").generate_presigned_url("list_buckets")
        requests.get(url, timeout=10)
        secrets = [someone.keys.secret_key, url.rpartition("Signature=")[2]]
    secrets += [identity.secret_access_key for identity in cloud.identities().values()]

    told = requests.get(
        f"{cloud.url}/_lab/journal", headers={"X-Labkit-Token": cloud.token}, timeout=10
    ).text

    assert someone.keys.access_key in told
    assert not [secret for secret in secrets if secret in told]
    assert "Signature=" not in told


def send_chunked(cloud: AwsAdmin, request: AWSRequest) -> int:
    address = urlsplit(cloud.url)
    body: bytes = request.body
    pieces = iter([body[:5], body[5:]])
    headers = dict(request.headers.items()) | {"Transfer-Encoding": "chunked"}
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    path = urlsplit(request.url).path or "/"
    connection.request(request.method, path, body=pieces, headers=headers, encode_chunked=True)
    status = connection.getresponse().status
    connection.close()
    return status


def signed(session: LabSession, request: AWSRequest, service: str) -> AWSRequest:
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    kind(session.get_credentials(), service, REGION).add_auth(request)
    return request


def test_a_chunked_form_reaches_aws_and_the_journal(cloud: AwsAdmin, known: int) -> None:
    operator = session_of(cloud)
    form = b"Action=CreateUser&UserName=vault-chunked&Version=2010-05-08"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", f"{cloud.url}/", data=form, headers=headers)

    status = send_chunked(cloud, signed(operator, request, "iam"))

    iam = operator.client("iam")
    assert (status, iam.get_user(UserName="vault-chunked")["User"]["Path"]) == (200, "/")
    iam.delete_user(UserName="vault-chunked")
    entry = cloud.journal(after=known)[0]
    assert (entry.action, entry.target_user) == ("CreateUser", "vault-chunked")


def test_a_chunked_upload_is_stored_whole(cloud: AwsAdmin, bucket: str) -> None:
    operator = session_of(cloud)
    request = AWSRequest("PUT", f"{cloud.url}/{bucket}/k", data=b"what was sent in pieces")

    status = send_chunked(cloud, signed(operator, request, "s3"))

    stored = operator.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read()
    assert (status, stored) == (200, b"what was sent in pieces")


def test_concurrent_calls_are_all_noted_with_their_own_caller(cloud: AwsAdmin, known: int) -> None:
    def life(_: int) -> tuple[str, str]:
        with person(cloud) as someone:
            caller = someone.session.client_without_retries("sts").get_caller_identity()["Arn"]
        return someone.keys.access_key, caller

    with ThreadPoolExecutor(LIVES) as threads:
        callers = dict(threads.map(life, range(LIVES)))

    entries = cloud.journal(after=known)
    seen = {
        entry.access_key_id: entry.principal
        for entry in entries
        if entry.action == "GetCallerIdentity"
    }
    assert len(callers) == LIVES
    assert seen == callers
    assert len(entries) == LIVES * 8
    assert [entry.seq for entry in entries] == list(range(known + 1, known + 1 + len(entries)))


def test_a_failure_inside_moto_is_an_aws_error_and_is_noted(cloud: AwsAdmin, known: int) -> None:
    iam = session_of(cloud).client("iam")
    with pytest.raises(ClientError) as failed:
        iam.get_context_keys_for_custom_policy(PolicyInputList=["{}"])

    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert cloud.journal(after=known)[-1].status == 500
