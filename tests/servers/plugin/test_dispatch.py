import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from labkit.servers.plugin.backend import Backend, Path, SecretType
from labkit.servers.plugin.dispatch import exists
from labkit.servers.plugin.errors import (
    EngineError,
    UnsupportedOperationError,
    UnsupportedPathError,
    UserError,
)
from labkit.servers.plugin.fields import Field, Kind
from labkit.servers.plugin.request import Operation, Request, Response, Secret
from tests.servers.memory import FixedSystemView, MemoryStorage
from tests.servers.plugin.asking import ask, echo, one_path, raising

ISSUED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_first_matching_path_answers_with_its_fields_parsed() -> None:
    fields = {"ttl": Field(Kind.DURATION, 60)}
    backend = Backend(
        [
            Path(r"a/(?P<name>\w+)", {Operation.READ: echo}, fields),
            Path(".*", {Operation.READ: raising(AssertionError())}),
        ]
    )

    response = ask(backend, "read", "a/b", {"ttl": "1m"})

    assert response.data == {"name": "b", "ttl": 60}


@pytest.mark.parametrize("path", ["xa", "ax", "a/", "\u00e4", "a\n"])
def test_a_pattern_means_the_whole_path_in_ascii(path: str) -> None:
    with pytest.raises(UnsupportedPathError):
        ask(one_path(r"a|\w"), "read", path)


def test_an_optional_group_that_is_left_out_reads_empty() -> None:
    response = ask(one_path(r"a(?:/(?P<name>\w+))?", echo), "read", "a")

    assert response.data == {"name": ""}


@pytest.mark.parametrize("operation", ["resolve-path", "alias-lookahead", "", "delete"])
def test_an_operation_that_nobody_knows_is_unsupported(operation: str) -> None:
    with pytest.raises(UnsupportedOperationError):
        ask(one_path("a"), operation, "a")


def test_resolve_path_is_unsupported_even_where_no_path_is() -> None:
    with pytest.raises(UnsupportedOperationError):
        ask(Backend([]), "resolve-path", "anything")


def test_a_bad_parameter_is_refused_before_the_handler_runs() -> None:
    backend = one_path("a", raising(AssertionError()), fields={"n": Field(Kind.INT)})

    with pytest.raises(UserError, match=r'^Field validation failed: .* field "n"'):
        ask(backend, "read", "a", {"n": "x"})


def test_warnings_about_parameters_follow_the_handlers_own() -> None:
    backend = one_path("a", lambda _: Response(warnings=("mine",)))

    response = ask(backend, "read", "a", {"b": 1})

    assert response.warnings == ("mine", "Endpoint ignored these unrecognized parameters: [b]")


def test_an_answer_without_a_body_stays_without_one() -> None:
    assert ask(one_path("a"), "read", "a", {"b": 1}) is None


@pytest.mark.parametrize(("path", "there"), [("a", True), ("b", False)])
def test_the_path_says_whether_a_write_would_change_something(path: str, there: object) -> None:
    backend = one_path(r"(?P<name>.)", exists=lambda request: request.fields["name"] == "a")

    found = exists(backend, Request("update", path, MemoryStorage(), FixedSystemView()))

    assert there is found


def test_a_path_without_an_existence_check_cannot_tell() -> None:
    request = Request("update", "a", MemoryStorage(), FixedSystemView())

    assert exists(one_path("a"), request) is None


def test_a_renewal_echoes_what_the_server_would_otherwise_forget() -> None:
    kind = SecretType("coupon", lambda _: Secret("", ttl=60), lambda _: None)
    old = Secret("coupon", {"code": 1}, ttl=5, issue_time=ISSUED)

    response = ask(Backend([], [kind]), "renew", "creds/x", secret=old)

    assert response.secret == replace(old, ttl=60)
    assert response.data is None


def test_a_revocation_reaches_the_secrets_own_type() -> None:
    revoked: list[Request] = []
    kinds = [
        SecretType("other", raising(AssertionError()), raising(AssertionError())),
        SecretType("coupon", raising(AssertionError()), revoked.append),
    ]

    response = ask(Backend([], kinds), "revoke", "a/b", secret=Secret("coupon", {"code": 1}))

    assert response is None
    assert [request.secret and request.secret.internal for request in revoked] == [{"code": 1}]


@pytest.mark.parametrize("operation", ["renew", "revoke"])
@pytest.mark.parametrize(
    ("secret", "text"),
    [
        (None, "request has no secret"),
        (Secret(""), "secret is unsupported by this backend"),
        (Secret("x"), "secret is unsupported by this backend"),
    ],
)
def test_a_lease_of_no_known_type_is_refused(
    operation: str, secret: Secret | None, text: str
) -> None:
    with pytest.raises(EngineError) as caught:
        ask(Backend([]), operation, secret=secret)

    assert text == str(caught.value)


def test_help_describes_the_engine_and_each_path_in_json() -> None:
    fields = {"n": Field(Kind.INT, 0, "How many."), "m": Field(Kind.COMMA_LIST, deprecated=True)}
    backend = replace(one_path("a", fields=fields, help="The a."), help="An engine.")

    engine, path = ask(backend, "help"), ask(backend, "help", "a")

    assert engine.data["help"].startswith("## DESCRIPTION\n\nAn engine.\n\n## PATHS\n\n")
    assert engine.data["help"].endswith("certain paths.\n\n    ^a$\n        The a.")
    assert path.data["help"] == (
        "Request:        a\nMatching Route: ^a$\n\nThe a.\n\n## PARAMETERS\n\n"
        "    m (slice)\n\n        (DEPRECATED) <no description>\n\n"
        "    n (int)\n\n        How many.\n\n## DESCRIPTION\n\n<no description>"
    )
    assert list(path.data["openapi"]["paths"]) == ["/a"]
    assert path.data["see_also"] is None
    json.dumps(path.data)


def test_help_for_a_path_that_no_pattern_matches_is_unsupported() -> None:
    with pytest.raises(UnsupportedPathError):
        ask(one_path("a"), "help", "b")
