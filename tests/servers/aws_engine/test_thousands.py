"""Thousands of leases at once, issued by many clients and ended by their common prefix."""

import os
from concurrent.futures import ThreadPoolExecutor

import hvac
import pytest

from tests.servers.aws_engine.operator import Operator
from tests.servers.plugin.conftest import Server, wait_until

CLIENTS = 32
LEASES = 5_000 if os.environ.get("CI") else 500  # the first takes some minutes
PREFIX = "aws/creds/test"
REVOKED_PER_SECOND = 4  # so few would be a failure; an idle machine does thirty

pytestmark = pytest.mark.integration


def test_thousands_of_leases_are_issued_and_revoked_and_no_user_is_left(
    server: Server, vault: hvac.Client, aws: Operator
) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        issued = list(clients.map(vault.read, [PREFIX] * LEASES))

    assert len({each["lease_id"] for each in issued}) == LEASES
    assert len({each["data"]["access_key"] for each in issued}) == LEASES
    assert len(aws.new_users()) == LEASES

    # In the background, as the command line does it: the server then revokes many at a time.
    vault.write_data(f"sys/leases/revoke-prefix/{PREFIX}", data={"sync": False})
    wait_until(lambda: not server.leases(PREFIX), "no lease is left", LEASES / REVOKED_PER_SECOND)

    assert aws.new_users() == set()
    assert {aws.outcome(each["data"], "sts", "get_caller_identity") for each in issued[::100]} == {
        "InvalidClientTokenId"
    }
    assert "[ERROR] expiration" not in server.log.read_text()
