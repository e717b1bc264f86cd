"""Attacks on the front door: each is one change to a request that AWS accepts."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.people import Person, person
from tests.servers.aws.raw import FORM, Raw, send, signed
from tests.servers.aws.roles import ACCOUNT, opened, outcome
from tests.servers.aws.running import REGION, Keys, operator_keys, session_of, session_with

pytestmark = pytest.mark.integration
CREATE = b"Action=CreateUser&UserName=vault-thief&Version=2010-05-08"
DESCRIBE = b"Action=DescribeInstances&Version=2016-11-15"
IDENTIFY = b"Action=GetCallerIdentity&Version=2011-06-15"


def create(cloud: AwsAdmin) -> Raw:
    return signed(cloud, operator_keys(cloud), "iam", body=CREATE)


def thief_exists(cloud: AwsAdmin) -> bool:
    iam = session_of(cloud).client("iam")
    return outcome(iam.get_user, UserName="vault-thief") == "allowed"


@pytest.fixture(autouse=True)
def _no_thief(cloud: AwsAdmin) -> Iterator[None]:
    """Let one attack that gets through fail one test only."""
    yield
    if thief_exists(cloud):
        session_of(cloud).client("iam").delete_user(UserName="vault-thief")


CHANGES: dict[str, Callable[[Raw], Raw]] = {
    "another body": lambda raw: Raw(raw.method, raw.path, CREATE + b"&Path=/x/", raw.headers),
    "no signature": lambda raw: Raw(raw.method, raw.path, raw.body, (("Content-Type", FORM),)),
    "service in capitals": lambda raw: raw.replacing("/iam/", "/IAM/"),
    "region in capitals": lambda raw: raw.replacing(REGION, REGION.upper()),
    "a region that is none": lambda raw: raw.replacing(REGION, "eu-nowhere-9"),
    "another region": lambda raw: raw.replacing(REGION, "eu-west-1"),
    "another service": lambda raw: raw.replacing("/iam/", "/ec2/"),
    "another date in the scope": lambda raw: raw.replacing("Credential=", "Credential=x/"),
    "date of 2020": lambda raw: raw.with_header("X-Amz-Date", "20200101T000000Z"),
    "date of 2099": lambda raw: raw.with_header("X-Amz-Date", "20990101T000000Z"),
    "a date that is none": lambda raw: raw.with_header("X-Amz-Date", "20261399T000000Z"),
    "two Authorization headers": lambda raw: raw.adding(
        "Authorization", raw.header("Authorization")
    ),
    "two credentials": lambda raw: raw.replacing(
        ", SignedHeaders", f", Credential=x/20260101/{REGION}/ec2/aws4_request, SignedHeaders"
    ),
    "a foreign credential first": lambda raw: raw.replacing(
        "AWS4-HMAC-SHA256 ",
        f"AWS4-HMAC-SHA256 x/20260101/{REGION}/iam/aws4_request, ",
    ),
    "signed by header and by query": lambda raw: Raw(
        raw.method, "/?X-Amz-Signature=0&X-Amz-Credential=x", raw.body, raw.headers
    ),
    "a header that is not signed": lambda raw: raw.adding("X-Amz-Anything", "x"),
    "a target of another service": lambda raw: raw.adding(
        "X-Amz-Target", "AWSCognitoIdentityService.GetId"
    ),
    "a session token that the key has not": lambda raw: raw.adding("X-Amz-Security-Token", "x"),
    "an action in the query too": lambda raw: Raw(
        raw.method, "/?Action=ListUsers", raw.body, raw.headers
    ),
    "a parent folder": lambda raw: Raw(raw.method, "/x/..", raw.body, raw.headers),
    "an encoded slash": lambda raw: Raw(raw.method, "/%2f", raw.body, raw.headers),
    "a foreign host": lambda raw: raw.with_header("Host", "evil.example"),
    "another service's host": lambda raw: raw.with_header("Host", "iam.amazonaws.com"),
    "two lengths": lambda raw: raw.adding("Content-Length", "7").adding(
        "Content-Length", str(len(raw.body))
    ),
    "chunked and a length": lambda raw: raw.adding("Transfer-Encoding", "chunked").adding(
        "Content-Length", str(len(raw.body))
    ),
    "a preflight": lambda raw: Raw("OPTIONS", raw.path, b"", raw.headers),
}


def test_the_unchanged_request_is_accepted(cloud: AwsAdmin) -> None:
    assert send(cloud, create(cloud)).status == 200
    session_of(cloud).client("iam").delete_user(UserName="vault-thief")


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_request_is_refused(cloud: AwsAdmin, name: str) -> None:
    answer = send(cloud, CHANGES[name](create(cloud)))

    assert 400 <= answer.status < 500, answer.text
    assert not thief_exists(cloud)
    assert not [header for header in answer.headers if header.startswith("Access-Control")]


@pytest.mark.parametrize("late", [-960, 960, -86_400, 86_400])
def test_a_clock_that_is_off_by_more_than_15_minutes_is_refused(
    cloud: AwsAdmin, late: float
) -> None:
    answer = send(cloud, signed(cloud, operator_keys(cloud), "iam", body=CREATE, late=late))

    assert answer.status == 403
    assert not thief_exists(cloud)


@pytest.mark.parametrize("late", [-840, 840])
def test_a_clock_that_is_off_by_less_is_accepted(cloud: AwsAdmin, late: float) -> None:
    answer = send(cloud, signed(cloud, operator_keys(cloud), "sts", body=IDENTIFY, late=late))

    assert answer.status == 200


def test_a_key_for_ec2_makes_no_users_under_any_scope(cloud: AwsAdmin) -> None:
    with person(cloud) as someone:
        own = signed(cloud, someone.keys, "ec2", body=CREATE)
        scope = f"x/20260101/{REGION}/iam/aws4_request"
        forged = own.replacing("AWS4-HMAC-SHA256 ", f"AWS4-HMAC-SHA256 {scope}, ")
        for raw in (own, forged, own.replacing("/ec2/", "/iam/")):
            assert send(cloud, raw).status >= 400
    assert not thief_exists(cloud)


def session_keys_of(cloud: AwsAdmin, someone: Person) -> Keys:
    session = opened(cloud, someone.session.client("sts").get_session_token())
    frozen = session.get_credentials().get_frozen_credentials()
    return Keys(frozen.access_key, frozen.secret_key, frozen.token)


def test_a_session_token_of_another_key_is_refused(cloud: AwsAdmin) -> None:
    with person(cloud) as one, person(cloud) as other:
        first, second = session_keys_of(cloud, one), session_keys_of(cloud, other)
        mixed = session_with(cloud, Keys(*first[:2], second.security_token))

        assert outcome(session_with(cloud, first).client("ec2").describe_instances) == "allowed"
        assert outcome(mixed.client("ec2").describe_instances) == "AuthFailure"


def test_the_sessions_of_a_role_end_with_it_also_if_the_name_is_taken_anew(
    cloud: AwsAdmin,
) -> None:
    iam, sts = session_of(cloud).client("iam"), session_of(cloud).client("sts")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="again", AssumeRolePolicyDocument=document)
    arn = f"arn:aws:iam::{ACCOUNT}:role/again"
    session = opened(cloud, sts.assume_role(RoleArn=arn, RoleSessionName="session"))
    assert outcome(session.client("sts").get_caller_identity) == "allowed"

    iam.delete_role(RoleName="again")
    gone = outcome(session.client("sts").get_caller_identity)
    iam.create_role(RoleName="again", AssumeRolePolicyDocument=document)
    anew = outcome(session.client("sts").get_caller_identity)
    iam.delete_role(RoleName="again")

    assert (gone, anew) == ("InvalidClientTokenId", "InvalidClientTokenId")
    refused = outcome(sts.assume_role, RoleArn=arn, RoleSessionName="session")
    assert refused == "AccessDenied"


def test_the_journal_names_nobody_who_did_not_sign(cloud: AwsAdmin) -> None:
    key = cloud.identities()["operator"].access_key_id
    scope = f"X-Amz-Credential={key}%2F20260101%2F{REGION}%2Fiam%2Faws4_request"
    send(cloud, Raw("GET", f"/?Action=ListUsers&{scope}"))
    forged = create(cloud)
    wrong = forged.header("Authorization")[:-8] + "00000000"
    send(cloud, forged.with_header("Authorization", wrong))

    first, second = cloud.journal()[-2:]
    assert (first.access_key_id, first.principal) == (key, "unverified")
    assert (second.access_key_id, second.principal) == (key, "unverified")


@pytest.mark.parametrize(
    "text",
    [
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffff\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
        b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"PUT /b/k HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_body_without_bounds_is_refused_before_it_is_read(cloud: AwsAdmin, text: bytes) -> None:
    address = urlsplit(cloud.url)
    with socket.create_connection((address.hostname or "", address.port or 0), 30) as connection:
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(1 << 16)

    assert answer.split()[1:2][0][:1] == b"4", answer


def test_a_closed_service_does_not_answer(cloud: AwsAdmin) -> None:
    assert outcome(session_of(cloud).client("sns").list_topics) == "ServiceNotOpen"
