from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from labkit.errors import ProofError
from labkit.evidence.analyse.proof import ENDED_MOMENTS, LIVE_MOMENTS, prove, table
from tests.evidence.pieces import sample


@pytest.mark.parametrize("moment", LIVE_MOMENTS)
def test_a_live_credential_passes(moment: str) -> None:
    assert prove(moment, sample()).cells == ("ttl 5 s", "present", "allowed", "AccessDenied")


@pytest.mark.parametrize("moment", ENDED_MOMENTS)
def test_an_ended_credential_passes(moment: str) -> None:
    cells = prove(moment, sample(alive=False)).cells

    assert cells == ("gone", "gone", "AuthFailure", "InvalidAccessKeyId")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"ttl": 3}, "the lease was 'ttl 3 s', not 'gone'"),
        ({"user_present": True}, "the IAM user was 'present', not 'gone'"),
        ({"ec2": "allowed"}, "EC2 DescribeInstances was 'allowed', not 'AuthFailure'"),
        ({"s3": "AccessDenied"}, "S3 ListBuckets was 'AccessDenied'"),
    ],
)
def test_one_wrong_cell_after_the_end_fails_loudly(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ProofError, match=complaint):
        prove("after expiry", replace(sample(alive=False), **change))


@pytest.mark.parametrize(
    "change", [{"ttl": None}, {"ttl": 0}, {"user_present": False}, {"s3": "allowed"}]
)
def test_one_wrong_cell_while_it_lives_fails_loudly(change: dict[str, Any]) -> None:
    with pytest.raises(ProofError):
        prove("while used", replace(sample(), **change))


def test_an_unknown_moment_is_refused_by_name() -> None:
    with pytest.raises(ProofError, match="no moment 'later'"):
        prove("later", sample())


def test_the_table_shows_every_observation_on_80_columns() -> None:
    rows = [prove("after issue", sample()), prove("after revocation", sample(alive=False))]
    written = StringIO()
    console = Console(width=80, file=written)

    console.print(table(rows))

    text = written.getvalue()
    for word in ("after revocation", "ttl 5 s", "present", "AccessDenied", "InvalidAccessKeyId"):
        assert word in text
