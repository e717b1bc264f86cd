"""The plugin protocol against the real server."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.servers.plugin.conftest import (
    Server,
    call,
    kill_plugin,
    wait_until,
)

pytestmark = pytest.mark.integration


def issue(server: Server) -> dict[str, Any]:
    answer = server.vault.read("coupons/coupons/book")
    assert answer is not None
    return dict(answer)


def revoke(server: Server, lease_id: str) -> None:
    status, _ = call(server, "PUT", "sys/leases/revoke", {"lease_id": lease_id, "sync": True})
    assert status == 204


@pytest.mark.usefixtures("drawer")
def test_what_is_written_is_read_listed_and_deleted(server: Server) -> None:
    written = call(server, "POST", "coupons/shops/pen", {"ttl": "1h30m", "wares": "a, b"})

    assert written == (204, None)
    assert call(server, "GET", "coupons/shops/pen")[1]["data"] == {
        "ttl": 5400,
        "wares": ["a", "b"],
    }
    assert call(server, "LIST", "coupons/shops")[1]["data"] == {"keys": ["book", "pen"]}
    assert call(server, "DELETE", "coupons/shops/pen") == (204, None)
    assert call(server, "GET", "coupons/shops/pen")[0] == 404


@pytest.mark.usefixtures("drawer")
def test_a_first_write_is_a_create_and_the_next_an_update(server: Server) -> None:
    writes = [call(server, "POST", "coupons/shops/new", {"wares": "nothing"}) for _ in range(2)]

    assert [body["data"]["operation"] for _, body in writes] == ["create", "update"]


@pytest.mark.usefixtures("drawer")
def test_an_unknown_parameter_is_warned_about(server: Server) -> None:
    _, body = call(server, "POST", "coupons/shops/x", {"wares": "nothing", "b": 1, "name": "y"})

    assert body["warnings"] == [
        "Endpoint ignored these unrecognized parameters: [b]",
        "Endpoint replaced the value of these parameters with the values captured from the "
        "endpoint's path: [name]",
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "break/user", None, 400, "the customer is wrong"),
        ("GET", "break/engine", None, 500, "the shop is closed"),
        ("GET", "break/rate", None, 502, "too many customers"),
        ("GET", "break/bug", None, 500, "internal error in the secrets engine: KeyError"),
        ("GET", "break/json", None, 500, "internal error in the secrets engine: TypeError"),
        ("POST", "break/user", {"a": 1}, 400, "the customer is wrong"),
        ("DELETE", "clients", None, 405, "unsupported operation"),
        ("GET", "nowhere", None, 404, "unsupported path"),
        ("POST", "nowhere", {"a": 1}, 404, "unsupported path"),
        (
            "POST",
            "shops/book",
            {"ttl": -5},
            400,
            "error converting input for field \"ttl\": cannot provide negative value '-5'",
        ),
    ],
)
@pytest.mark.usefixtures("drawer")
def test_a_failure_has_its_status_and_text(
    server: Server, method: str, path: str, body: dict[str, Any] | None, status: int, text: str
) -> None:
    seen, answer = call(server, method, f"coupons/{path}", body)

    assert status == seen
    assert text in answer["errors"][0]
    assert "hunter2" not in str(answer)


@pytest.mark.usefixtures("drawer")
def test_a_bug_leaves_the_engine_running_and_its_text_out_of_the_log(server: Server) -> None:
    before = server.plugins()

    call(server, "GET", "coupons/break/bug")

    assert call(server, "GET", "coupons/clients")[0] == 200
    assert before == server.plugins()
    wait_until(lambda: "KeyError at coupons.py" in server.log.read_text(), "the bug is logged")
    assert "hunter2" not in server.log.read_text()


@pytest.mark.usefixtures("drawer")
def test_the_engine_sees_who_asks_and_the_mounts_limit(server: Server) -> None:
    server.vault.sys.tune_mount_configuration("coupons", max_lease_ttl="2h")

    answer = server.vault.read("coupons/clients")

    assert answer["data"] == {"display_name": "root", "max": 7200}


@pytest.mark.usefixtures("drawer")
def test_help_is_answered_for_the_engine_a_path_and_the_whole_server(server: Server) -> None:
    text = call(server, "GET", "coupons/?help=1")[1]["help"]
    assert text.startswith("## DESCRIPTION\n\nCoupons that work once.\n\n## PATHS\n\n")
    assert "A shop that gives" in call(server, "GET", "coupons/shops/book?help=1")[1]["help"]
    assert call(server, "GET", "sys/internal/specs/openapi")[0] == 200


def test_a_lease_is_renewed_and_revoked(server: Server, drawer: Path) -> None:
    coupon = issue(server)
    renewed = server.vault.sys.renew_lease(coupon["lease_id"])
    left = [file.name for file in drawer.iterdir()]

    revoke(server, coupon["lease_id"])

    assert (coupon["lease_duration"], coupon["renewable"]) == (3600, True)
    assert renewed["lease_duration"] == 120
    assert left == [coupon["data"]["code"]]
    assert list(drawer.iterdir()) == []


def test_an_expired_lease_is_revoked_by_the_server(server: Server, drawer: Path) -> None:
    server.vault.write_data("coupons/shops/book", data={"ttl": 1})
    issue(server)

    wait_until(lambda: not list(drawer.iterdir()), "the coupon is gone")


def test_all_leases_of_a_prefix_are_revoked(server: Server, drawer: Path) -> None:
    for _ in range(5):
        issue(server)
    assert len(list(drawer.iterdir())) == 5

    call(server, "PUT", "sys/leases/revoke-prefix/coupons", {"sync": True})

    wait_until(lambda: not list(drawer.iterdir()), "the coupons are gone")


def test_a_killed_engine_is_restarted_and_knows_the_leases_from_before(
    server: Server, drawer: Path
) -> None:
    coupon = issue(server)
    pid = kill_plugin(server, "coupons/clients")

    revoke(server, coupon["lease_id"])

    assert list(drawer.iterdir()) == []
    assert server.plugins() not in ([], [pid])


@pytest.mark.usefixtures("drawer")
def test_32_requests_are_served_at_a_time(server: Server) -> None:
    start = time.monotonic()
    with ThreadPoolExecutor(32) as clients:
        slow = [clients.submit(call, server, "GET", "coupons/slow?seconds=0.5") for _ in range(32)]
        statuses = [answer.result()[0] for answer in slow]
    seconds = time.monotonic() - start

    assert statuses == [200] * 32
    assert seconds < 32 * 0.5 / 4, "the requests were served one after another"


def test_32_leases_issued_at_a_time_are_all_there(server: Server, drawer: Path) -> None:
    with ThreadPoolExecutor(32) as clients:
        answers = list(clients.map(lambda _: issue(server), range(32)))

    issued = {answer["data"]["code"] for answer in answers}
    assert issued == {file.name for file in drawer.iterdir()}
    assert len(issued) == 32


@pytest.mark.usefixtures("drawer")
def test_a_large_value_is_stored_and_read_back(server: Server) -> None:
    wares = "x" * 900_000  # the server's own limit is 1 MiB

    call(server, "POST", "coupons/shops/large", {"wares": wares})

    assert call(server, "GET", "coupons/shops/large")[1]["data"]["wares"] == [wares]


def test_a_field_error_comes_from_the_existence_check_without_a_prefix(
    server: Server, drawer: Path
) -> None:
    found = call(server, "POST", "coupons/shops/book", {"ttl": "x"})
    unchecked = call(server, "POST", "coupons/config", {"drawer": []})

    text = 'error converting input for field "ttl": time: invalid duration "x"'
    assert found == (400, {"errors": [text]})
    assert unchecked[0] == 400
    assert unchecked[1]["errors"][0].startswith("Field validation failed: ")
    assert drawer.is_dir()


@pytest.mark.parametrize("path", ["shops", "nowhere"])
@pytest.mark.parametrize("method", ["SCAN", "GET", "POST", "DELETE", "LIST"])
def test_a_wrong_method_or_path_is_answered_as_by_a_builtin_engine(
    server: Server, drawer: Path, method: str, path: str
) -> None:
    server.vault.sys.enable_secrets_engine("totp", path="totp")
    try:
        builtin = call(server, method, f"totp/{'keys' if path == 'shops' else path}")
    finally:
        server.vault.sys.disable_secrets_engine("totp")

    answer = call(server, method, f"coupons/{path}")

    assert drawer.is_dir()
    assert answer[0] == builtin[0] or (method, path) == ("LIST", "shops")
