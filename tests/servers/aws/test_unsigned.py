"""Requests that nobody signed get nothing."""

from __future__ import annotations

import pytest
import requests

from labkit.aws.admin import AwsAdmin
from tests.servers.aws.running import REGION

PUBLIC_TARGETS = [
    "AWSCognitoIdentityService.GetId",
    "AWSCognitoIdentityService.GetOpenIdToken",
    "AWSCognitoIdentityProviderService.ConfirmSignUp",
    "AWSCognitoIdentityProviderService.GetUser",
    "AWSCognitoIdentityProviderService.ForgotPassword",
    "AWSCognitoIdentityProviderService.InitiateAuth",
    "AWSCognitoIdentityProviderService.SignUp",
]
CALLS = {
    "iam": "Action=ListUsers&Version=2010-05-08",
    "sts": "Action=GetCallerIdentity&Version=2011-06-15",
    "ec2": "Action=DescribeInstances&Version=2016-11-15",
    "s3": "",
}


@pytest.mark.parametrize("target", PUBLIC_TARGETS)
@pytest.mark.parametrize("service", CALLS)
def test_no_target_header_skips_the_signature(cloud: AwsAdmin, service: str, target: str) -> None:
    scope = f"AKIAINVENTEDINVENTED/20260101/{REGION}/{service}/aws4_request"
    forged = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    headers = {
        "Authorization": forged,
        "X-Amz-Target": target,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    method = "POST" if CALLS[service] else "GET"
    answer = requests.request(method, cloud.url, data=CALLS[service], headers=headers, timeout=10)
    assert answer.status_code in (400, 401, 403)


@pytest.mark.parametrize(
    "path",
    ["/latest/meta-data/", "/latest/api/token", "/latest/meta-data/iam/security-credentials/"],
)
def test_there_is_no_instance_metadata(cloud: AwsAdmin, path: str) -> None:
    answer = requests.get(cloud.url + path, timeout=10)
    assert answer.status_code in (403, 404, 405)
    assert "SecretAccessKey" not in answer.text
