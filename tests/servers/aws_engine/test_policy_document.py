import pytest

from labkit.servers.aws_engine.stored.role_entry import Role, compacted, quoted
from labkit.servers.plugin.errors import UserError


def test_policy_document_loses_only_the_blanks_between_tokens() -> None:
    document = ' {\n "b" : "x \\" y" ,\t"a": [ 1.50, "\\u003c", null ] }\r\n'

    assert compacted(document) == '{"b":"x \\" y","a":[1.50,"\\u003c",null]}'


@pytest.mark.parametrize("document", ["{", "not json", "{'a': 1}", "[NaN]", "[" * 100_000])
def test_a_policy_document_that_is_not_json_is_refused(document: str) -> None:
    with pytest.raises(UserError) as refused:
        Role().overlaid({"credential_type": "iam_user", "policy_document": document})

    assert str(refused.value) == f"cannot parse policy document: {quoted(document)}"
