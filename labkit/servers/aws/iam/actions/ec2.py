"""What EC2 calls need.

Source: "Actions, resources, and condition keys for Amazon EC2", and for tags on creation "Grant
permission to tag Amazon EC2 resources during creation".
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit.servers.aws.iam.actions.general import UNKNOWN, by_reference, passed_roles
from labkit.servers.aws.iam.actions.needs import ApiRequest, Need, tag_keys, tags_of, texts
from labkit.servers.aws.iam.actions.reference import service

# Members of the input that fill a variable of an ARN's form, besides the variable's own name.
_ALIASES = {
    "SecurityGroupId": ("GroupId", "Group"),
    "KeyPairName": ("KeyName",),
    "PlacementGroupName": (),
    "DedicatedHostId": ("HostId",),
    "NaclId": ("NetworkAclId",),
    "Ipv4PoolEc2Id": ("PoolId",),
    "VpcFlowLogId": ("FlowLogId",),
    "VpcEndpointServiceId": ("ServiceId",),
    "SnapshotId": ("SourceSnapshotId",),
    "ImageId": ("SourceImageId",),
    "VolumeId": ("SourceVolumeId",),
    "TransitGatewayAttachmentId": ("TransportTransitGatewayAttachmentId",),
    "InternetGatewayId": (),
}

# The kind of resource by the beginning of its ID.
KINDS = {
    "acl": "network-acl",
    "ami": "image",
    "cgw": "customer-gateway",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "h": "dedicated-host",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pg": "placement-group",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "sir": "spot-instances-request",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "vpn": "vpn-connection",
}
_TAGGING = {"CreateTags", "DeleteTags"}


def needs(request: ApiRequest) -> tuple[Need, ...] | None:
    """Return what a call of EC2 needs."""
    if request.operation in _TAGGING:
        return tuple(_tagging(request))
    found = list(by_reference(request, _ALIASES))
    if request.operation == "RunInstances":
        found += _volumes_of_new_instance(request)
    if not found:
        return None
    return (*found, *_tags_on_creation(request), *_roles_of_profiles(request))


def _tagging(request: ApiRequest) -> Iterator[Need]:
    """Yield the tagging of each resource, whose kind follows from its ID."""
    context = tag_keys(tags_of(request.parameters))
    for resource in request.parameters.get("Resources") or [UNKNOWN]:
        yield Need(f"ec2:{request.operation}", _arn(request, str(resource)), context)


def _arn(request: ApiRequest, resource: str) -> str:
    kind = KINDS.get(resource.partition("-")[0])
    return created(request, kind, resource) if kind else UNKNOWN


def created(request: ApiRequest, kind: str, name: str = UNKNOWN) -> str:
    """Return the ARN of a kind of resource, `*` for one that does not exist yet."""
    known = service("ec2")
    form = known.arns.get(kind) if known else None
    if form is None:
        return request.arn("ec2", f"{kind}/{name}", region=request.region, account=request.account)
    return f"{request.fill(form).rpartition('/')[0]}/{name}"


def _volumes_of_new_instance(request: ApiRequest) -> list[Need]:
    """Return the new volume of an instance, which AWS decides on though it is optional."""
    return [Need("ec2:RunInstances", created(request, "volume"))]


def _tags_on_creation(request: ApiRequest) -> Iterator[Need]:
    for specification in request.parameters.get("TagSpecifications") or []:
        tags = tags_of(specification)
        kind = str(specification.get("ResourceType") or "")
        if tags:
            context = tag_keys(tags) | {"ec2:CreateAction": request.operation}
            yield Need("ec2:CreateTags", created(request, kind), context)


def _roles_of_profiles(request: ApiRequest) -> Iterator[Need]:
    """Yield `iam:PassRole` for the role of each instance profile that the call names."""
    profile = request.parameters.get("IamInstanceProfile") or {}
    for name in texts(profile, frozenset({"arn", "name"})):
        role = request.find("instance-profile-role", name.rpartition("/")[2])
        yield from passed_roles(request, "ec2", (role or f"{_any_role(request)}",))


def _any_role(request: ApiRequest) -> str:
    return request.arn("iam", f"role/{UNKNOWN}", account=request.account)
