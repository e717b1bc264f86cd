"""What IAM and STS calls need.

Source: "Actions, resources, and condition keys for AWS Identity and Access Management" and "... for
AWS Security Token Service".
"""

from __future__ import annotations

from labkit.servers.aws.iam.actions.general import UNKNOWN, by_reference, passed_roles
from labkit.servers.aws.iam.actions.needs import ApiRequest, Need, tag_keys, tags_of
from labkit.servers.aws.iam.actions.reference import service
from labkit.servers.aws.iam.variables import ContextValue

# The kind of entity in an ARN, and the parameter that names it.
_NAMES = {
    "user": "UserName",
    "role": "RoleName",
    "group": "GroupName",
    "instance-profile": "InstanceProfileName",
    "server-certificate": "ServerCertificateName",
}
_ARNS = {
    "policy": "PolicyArn",
    "oidc-provider": "OpenIDConnectProviderArn",
    "saml-provider": "SAMLProviderArn",
    "mfa": "SerialNumber",
}
_BY_ANY_ARN = {
    "GenerateServiceLastAccessedDetails": "Arn",
    "ListPoliciesGrantingServiceAccess": "Arn",
    "GetContextKeysForPrincipalPolicy": "PolicySourceArn",
    "SimulatePrincipalPolicy": "PolicySourceArn",
}
_TAGGED_BY = {
    "CreateUser": "TagUser",
    "CreateRole": "TagRole",
    "CreatePolicy": "TagPolicy",
    "CreateInstanceProfile": "TagInstanceProfile",
    "CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
    "CreateSAMLProvider": "TagSAMLProvider",
    "CreateVirtualMFADevice": "TagMFADevice",
    "UploadServerCertificate": "TagServerCertificate",
}
_FREE = {"GetCallerIdentity", "GetSessionToken"}  # AWS asks for no permission, a Deny has no effect
_NAME_OF_CREATED = {
    "CreatePolicy": "PolicyName",
    "CreateSAMLProvider": "Name",
    "CreateVirtualMFADevice": "VirtualMFADeviceName",
}


def iam_needs(request: ApiRequest) -> tuple[Need, ...] | None:
    """Return what a call of IAM needs."""
    known = service("iam")
    action = known.action(request.operation) if known else None
    if action is None:
        return None
    if request.operation in _BY_ANY_ARN:
        return (Need(f"iam:{action.name}", request.text(_BY_ANY_ARN[request.operation]) or "*"),)
    arns = [
        arn for kind in action.required if (arn := _entity(request, kind) or _any(request, kind))
    ]
    arns += [arn for kind in action.optional if (arn := _entity(request, kind))]
    arns += _renamed(request, arns)
    context = tag_keys(tags_of(request.parameters)) | _iam_context(request)
    needs = [Need(f"iam:{action.name}", arn, context) for arn in arns or [UNKNOWN]]
    if tagging := _TAGGED_BY.get(request.operation) if request.parameters.get("Tags") else None:
        needs += [Need(f"iam:{tagging}", need.resource, context) for need in needs[:1]]
    if request.operation == "AddRoleToInstanceProfile":
        needs += passed_roles(request, "ec2", (_entity(request, "role"),))
    return tuple(needs)


def _entity(request: ApiRequest, kind: str) -> str:
    """Return the ARN of the entity that a call is about; "" if the call names no such entity."""
    if request.operation in _NAME_OF_CREATED:
        return _arn(request, kind, request.text(_NAME_OF_CREATED[request.operation]))
    if request.operation == "CreateServiceLinkedRole":
        return _arn(request, kind, f"aws-service-role/{request.text('AWSServiceName')}/*")
    if kind in _ARNS and (arn := request.text(_ARNS[kind])):
        return arn if arn.startswith("arn:") else _arn(request, kind, arn)
    if kind == "oidc-provider" and (url := request.text("Url")):
        return _arn(request, kind, url.partition("://")[2])
    name = request.text(_NAMES.get(kind, ""))
    if not name:
        return _user_of_call(request) if kind == "user" else ""
    existing = None if request.operation.startswith("Create") else request.find(kind, name)
    return existing or _arn(request, kind, name)


def _renamed(request: ApiRequest, arns: list[str]) -> list[str]:
    """Return the ARN that an update gives an entity: it needs the permission on both."""
    names = (text for name in _NAMES.values() if (text := request.text(f"New{name}")))
    name, path = next(names, ""), request.text("NewPath")
    if not arns or not (name or path):
        return []
    kind_and_path, _, old = arns[0].rpartition("/")
    kind = kind_and_path.partition("/")[0]
    parent = f"{kind}/{path.strip('/')}".rstrip("/") if path else kind_and_path
    return [f"{parent}/{name or old}"]


def _user_of_call(request: ApiRequest) -> str:
    """Return the user of a call that names none: the caller, or the owner of an access key."""
    if request.operation == "GetAccessKeyLastUsed":
        return request.find("access-key", request.text("AccessKeyId")) or _any(request, "user")
    is_user = request.caller.startswith(f"arn:{request.partition}:iam:")
    return request.caller if is_user and ":user/" in request.caller else _any(request, "user")


def _any(request: ApiRequest, kind: str) -> str:
    """Return the ARN of an entity that the call does not name; only a wildcard matches it."""
    return request.arn("iam", f"{kind}/{UNKNOWN}", account=request.account)


def _arn(request: ApiRequest, kind: str, name: str) -> str:
    """Return an ARN with the path of the call, which a created entity gets."""
    path = request.text("Path").strip("/")
    own = f"{path}/{name}" if path else name
    return request.arn("iam", f"{kind}/{own}", account=request.account)


def _iam_context(request: ApiRequest) -> dict[str, ContextValue]:
    names = {
        "iam:PolicyARN": "PolicyArn",
        "iam:PermissionsBoundary": "PermissionsBoundary",
        "iam:AWSServiceName": "AWSServiceName",
    }
    keys: dict[str, ContextValue] = {
        key: request.text(name) for key, name in names.items() if request.text(name)
    }
    if request.parameters.get("TagKeys"):
        return keys | {"aws:TagKeys": tuple(request.parameters["TagKeys"])}
    return keys


def sts_needs(request: ApiRequest) -> tuple[Need, ...] | None:
    """Return what a call of STS needs."""
    if request.operation in _FREE:
        return ()
    if request.operation == "GetFederationToken":
        name = request.text("Name")
        arn = request.arn("sts", f"federated-user/{name}", account=request.account)
        return (Need("sts:GetFederationToken", arn, tag_keys(tags_of(request.parameters))),)
    if not request.operation.startswith("AssumeRole"):
        return by_reference(request) or None
    actions = [f"sts:{request.operation}"]
    actions += ["sts:TagSession"] if request.parameters.get("Tags") else []
    actions += ["sts:SetSourceIdentity"] if request.parameters.get("SourceIdentity") else []
    arn, context = request.text("RoleArn") or UNKNOWN, _session_context(request)
    return tuple(Need(action, arn, context) for action in actions)


def _session_context(request: ApiRequest) -> dict[str, ContextValue]:
    keys = tag_keys(tags_of(request.parameters))
    for name in ("ExternalId", "RoleSessionName", "SourceIdentity"):
        if value := request.text(name):
            keys[f"sts:{name}"] = value
    if transitive := request.parameters.get("TransitiveTagKeys"):
        keys["sts:TransitiveTagKeys"] = tuple(transitive)
    return keys
