"""Loads what the first call of each service would otherwise wait for."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import TYPE_CHECKING

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from werkzeug.test import Client

from labkit.servers.aws.api.interface import Identity

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

REGION = "eu-north-1"
URL = "http://127.0.0.1/"
FORM = "application/x-www-form-urlencoded; charset=utf-8"

# EC2 takes a second, so it comes last.
CALLS = {
    "iam": "Action=GetUser&Version=2010-05-08",
    "sts": "Action=GetCallerIdentity&Version=2011-06-15",
    "s3": "",
    "ec2": "Action=DescribeInstances&Version=2016-11-15",
}


def warm_up(aws: WSGIApplication, identity: Identity) -> None:
    """Make one call of each service that the lab uses, inside this process.

    What is loaded then stays, so that the garbage collector need not look at it again and again.
    """
    for service, body in CALLS.items():
        import_module(f"moto.{service}.urls")  # moto would do it under a lock that all calls share
        _call(aws, identity, service, body)
    gc.freeze()


def _call(aws: WSGIApplication, identity: Identity, service: str, body: str) -> None:
    request = request_of(identity, service, body)
    headers = dict(request.headers.items())
    Client(aws).open(method=request.method, base_url=URL, data=body, headers=headers).close()


def request_of(identity: Identity, service: str, body: str) -> AWSRequest:
    """Return a signed request of a service; a body makes it a form."""
    headers = {"Content-Type": FORM, "Host": "localhost"} if body else {"Host": "localhost"}
    request = AWSRequest("POST" if body else "GET", URL, data=body, headers=headers)
    credentials = Credentials(identity.access_key_id, identity.secret_access_key)
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    kind(credentials, service, REGION).add_auth(request)
    return request
