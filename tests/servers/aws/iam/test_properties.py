"""Properties of every decision, on generated policies and calls."""

from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.servers.aws.iam import Call, Policies, Policy, Reason, decide
from tests.servers.aws.iam.generated import Case, cases
from tests.servers.aws.iam.pieces import ALICE, applies, policy, statement

generated = st.integers(0, 2**32).map(lambda seed: cases(1, seed)[0])
LAYERS = st.sampled_from(["identity", "resource", "boundary", "session"])
EXAMPLES = settings(max_examples=200, deadline=None)


def allows(case: Case, **layers: Any) -> bool:
    return decide(case.call, replace(case.policies, **layers)).allowed


@EXAMPLES
@given(generated, LAYERS)
def test_a_deny_of_everything_wins(case: Case, layer: str) -> None:
    everyone = {"Principal": "*"} if layer == "resource" else {}
    denial = policy(statement("Deny", **everyone))
    found = (*(getattr(case.policies, layer) or ()), denial)
    assert (
        decide(case.call, replace(case.policies, **{layer: found})).reason is Reason.EXPLICIT_DENY
    )


@EXAMPLES
@given(generated, generated, LAYERS)
def test_adding_a_deny_never_allows(case: Case, other: Case, layer: str) -> None:
    denials = tuple(
        policy(*(s | {"Effect": "Deny"} for s in p.document["Statement"]))
        for p in getattr(other.policies, layer) or ()
    )
    found = getattr(case.policies, layer)
    if found is not None and allows(case, **{layer: (*found, *denials)}):
        assert allows(case)


@EXAMPLES
@given(generated, generated)
def test_a_boundary_and_a_session_policy_never_widen(case: Case, other: Case) -> None:
    for layer in ("boundary", "session"):
        limited = allows(case, **{layer: getattr(other.policies, layer)})
        assert not limited or allows(case, **{layer: None})


@EXAMPLES
@given(generated)
def test_the_case_of_actions_and_keys_never_matters(case: Case) -> None:
    call = case.call
    swapped = Call(
        call.principal,
        call.action.swapcase(),
        call.resource,
        {key.swapcase(): value for key, value in call.context.items()},
    )
    assert decide(swapped, case.policies).reason is decide(call, case.policies).reason


@EXAMPLES
@given(generated, st.integers())
def test_the_order_of_statements_never_matters(case: Case, seed: int) -> None:
    def shuffled(found: tuple[Policy, ...] | None) -> tuple[Policy, ...] | None:
        return found and tuple(
            policy(*Random(seed).sample(p.document["Statement"], len(p.document["Statement"])))  # noqa: S311 - no secret
            for p in reversed(found)
        )

    layers: dict[str, Any] = {name: shuffled(found) for name, found in vars(case.policies).items()}
    assert decide(case.call, Policies(**layers)).reason is decide(case.call, case.policies).reason


NAMES = st.text(
    st.characters(exclude_characters="*?$\x00\x01", exclude_categories=["Cs"]), min_size=1
)


@EXAMPLES
@given(NAMES, NAMES)
def test_a_literal_arn_matches_only_itself(one: str, other: str) -> None:
    arns = [f"arn:aws:s3:::{name}" for name in (one, other)]
    for pattern in arns:
        for resource in arns:
            asked = Call(ALICE, "s3:GetObject", resource)
            assert applies({"Resource": pattern}, asked) is (pattern == resource)


@EXAMPLES
@given(st.text("a*?", max_size=8), st.text("ab", max_size=10))
def test_wildcards_match_as_their_definition_says(pattern: str, text: str) -> None:
    asked = Call(ALICE, "s3:GetObject", f"arn:aws:s3:::{text}")
    expected = matches(pattern, text)
    assert applies({"Resource": f"arn:aws:s3:::{pattern}"}, asked) is expected


def matches(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(matches(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and matches(pattern[1:], text[1:])


@EXAMPLES
@given(generated)
def test_the_trace_agrees_with_the_decision(case: Case) -> None:
    decision = decide(case.call, case.policies)
    denied = any(row.applied and row.effect == "Deny" for row in decision.trace)
    assert denied is (decision.reason is Reason.EXPLICIT_DENY)
    assert decision.allowed is (decision.layer is None)
    if denied:
        assert all(row.effect == "Deny" for row in decision.decisive)
