"""An IAM user `app` that exists already, and what the static role `s` holds of it."""

from __future__ import annotations

from typing import Any

from labkit.servers.plugin.request import Response
from tests.servers.aws_engine.engine_under_test import EngineUnderTest
from tests.servers.aws_engine.operator import Operator

DAY = 24 * 3600


def delete_user(aws: Operator) -> None:
    for key in keys(aws):
        aws.iam.delete_access_key(UserName="app", AccessKeyId=key)
    aws.iam.delete_user(UserName="app")


def keys(aws: Operator) -> list[str]:
    found = aws.iam.list_access_keys(UserName="app")["AccessKeyMetadata"]
    return [key["AccessKeyId"] for key in sorted(found, key=lambda key: key["CreateDate"])]


def held(engine: EngineUnderTest) -> dict[str, str]:
    return dict(data(engine.read("static-creds/s")))


def data(response: Response | None) -> dict[str, Any]:
    assert response is not None
    return dict(response.data or {})
