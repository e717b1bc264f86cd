import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.servers.aws_engine.credentials.policy_documents import combined_documents
from labkit.servers.plugin.errors import UserError

HEAD = '{"Version":"2012-10-17","Statement":['
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("documents", "statements"),
    [
        pytest.param(
            ['{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:*"}]}'],
            '{"Action":"a:*","Effect":"Allow"}',
            id="one, its keys sorted",
        ),
        pytest.param(
            ['{"Statement": [{"Action": "a"}]}', '{"Statement": [{"Action": "b"}]}'],
            '{"Action":"a"},{"Action":"b"}',
            id="two, in order",
        ),
        pytest.param(
            ['{"Statement": [{"Action": "a"}]}', '{"Statement": []}'],
            '{"Action":"a"}',
            id="an empty list adds nothing",
        ),
        pytest.param(
            ['{"Statement": [{"NotAction": "a", "Effect": "Allow"}]}'],
            '{"Effect":"Allow","NotAction":"a"}',
            id="NotAction is kept",
        ),
        pytest.param(
            ["", '{"Statement": [{"Action": "a"}]}', ""],
            '{"Action":"a"}',
            id="an empty text is left out",
        ),
        pytest.param(
            ['{"Statement": {"Action": "a"}}'], '{"Action":"a"}', id="a single statement is wrapped"
        ),
        pytest.param(
            ['{"Version": "2008-10-17", "Id": "x", "Statement": {"Sid": "<&>"}}'],
            '{"Sid":"\\u003c\\u0026\\u003e"}',
            id="other keys are lost, and Go's escapes kept",
        ),
        pytest.param(
            ['{"Statement": {"n": [1.0, 1.5, 12345678901234567890]}}'],
            '{"n":[1,1.5,12345678901234567168]}',
            id="numbers are 64-bit floats",
        ),
        pytest.param([], "", id="none"),
        pytest.param(["{}", "null"], "", id="without statements"),
        pytest.param(['{"STATEMENT": {"a": 1}}'], '{"a":1}', id="upper case"),
        pytest.param(['{"statement": [1], "Statement": [2]}'], "2", id="the last of two cases"),
        pytest.param(['{"Statement": [1], "statement": [2]}'], "2", id="the last of two cases too"),
        pytest.param(['{"Statement": "x"}'], '"x"', id="a single value of any type"),
        pytest.param(['{"version": null, "Statement": []}'], "", id="no version"),
    ],
)
def test_combine_policy_documents(documents: list[str], statements: str) -> None:
    assert combined_documents(documents) == f"{HEAD}{statements}]}}"


@pytest.mark.parametrize(
    "document",
    [
        *["{", "[" * 100_000],
        *['{"Statement": [NaN]}', '{"Statement": [1e999]}'],
    ],
)
def test_combine_malformed_policy_documents(document: str) -> None:
    with pytest.raises(UserError, match=r"^cannot combine policy documents: one "):
        combined_documents([document])


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ("1", "json: cannot unmarshal number into Go value of type aws.PolicyDocument"),
        ("[]", "json: cannot unmarshal array into Go value of type aws.PolicyDocument"),
        ('"x"', "json: cannot unmarshal string into Go value of type aws.PolicyDocument"),
        ("true", "json: cannot unmarshal bool into Go value of type aws.PolicyDocument"),
        ('{"Statement": null}', "unsupported data type <nil> for StatementEntries"),
        (
            '{"version": 1}',
            "json: cannot unmarshal number into Go struct field PolicyDocument.Version of type "
            "string",
        ),
    ],
)
def test_a_document_of_another_form_is_refused_in_gos_words(document: str, text: str) -> None:
    with pytest.raises(UserError) as refused:
        combined_documents([document])

    assert str(refused.value) == text


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=3), max_size=3))
def test_combined_documents_are_one_with_all_statements(documents: list[list[object]]) -> None:
    combined = combined_documents([json.dumps({"Statement": each}) for each in documents])

    statements = json.loads(combined)["Statement"]
    assert len(statements) == sum(map(len, documents))
    assert combined.encode()
    assert combined_documents([combined]) == combined


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_no_text_breaks_the_combining(document: str) -> None:
    try:
        json.loads(combined_documents([document]))
    except UserError as refused:
        assert str(refused)  # noqa: PT017 - either is fine, and nothing else
