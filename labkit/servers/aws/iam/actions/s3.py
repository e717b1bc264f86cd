"""What S3 calls need.

Source: "Required permissions for Amazon S3 API operations" (S3 User Guide): the actions mostly have
other names than the operations.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from labkit.servers.aws.iam.actions.needs import ApiRequest, Need
from labkit.servers.aws.iam.variables import ContextValue

_BUCKET_ACTIONS = {
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketCors": "PutBucketCORS",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
}
_OBJECT_ACTIONS = {
    "HeadObject": "GetObject",
    "SelectObjectContent": "GetObject",
    "CopyObject": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "ListParts": "ListMultipartUploadParts",
}
# Actions of another name when the call names a version of the object.
_OF_VERSION = {
    "GetObject": "GetObjectVersion",
    "DeleteObject": "DeleteObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "PutObjectAcl": "PutObjectVersionAcl",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectTagging": "PutObjectVersionTagging",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTorrent": "GetObjectVersionTorrent",
}
_CONFIGURATIONS = ("Analytics", "IntelligentTiering", "Inventory", "Metrics", "Accelerate")
_EXPRESS = {
    "CreateSession": "s3express:CreateSession",
    "ListDirectoryBuckets": "s3express:ListAllMyDirectoryBuckets",
    "WriteGetObjectResponse": "s3-object-lambda:WriteGetObjectResponse",
}
_CONTEXT = {
    "s3:prefix": "Prefix",
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:VersionId": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
    "s3:object-lock-mode": "ObjectLockMode",
    "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
}
_GRANTS = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def needs(request: ApiRequest) -> tuple[Need, ...] | None:
    """Return what a call of S3 needs."""
    if request.operation in _EXPRESS:
        return (Need(_EXPRESS[request.operation], "*"),)
    if request.operation == "ListBuckets":
        return (Need("s3:ListAllMyBuckets", "*"),)
    if request.operation == "DeleteObjects":
        return tuple(_deleted(request))
    if not request.text("Bucket"):
        return None
    return tuple(_on_object(request) if "Key" in request.parameters else _on_bucket(request))


def _on_bucket(request: ApiRequest) -> Iterator[Need]:
    bucket, context = _bucket(request), _context(request)
    yield Need(f"s3:{_bucket_action(request.operation)}", bucket, context)
    if request.operation == "CreateBucket":
        for action in _extras_of_new_bucket(request):
            yield Need(f"s3:{action}", bucket, context)
    role = (request.parameters.get("ReplicationConfiguration") or {}).get("Role")
    if role:
        yield Need("iam:PassRole", role, {"iam:PassedToService": "s3.amazonaws.com"})


def _bucket_action(operation: str) -> str:
    if operation in _BUCKET_ACTIONS:
        return _BUCKET_ACTIONS[operation]
    for kind in _CONFIGURATIONS:
        if f"Bucket{kind}Configuration" in operation:
            verb = "Put" if operation.startswith(("Put", "Delete")) else "Get"
            return f"{verb}{kind}Configuration"
    return operation.replace("LifecycleConfiguration", "Lifecycle").replace(
        "BucketLifecycle", "LifecycleConfiguration"
    )


def _extras_of_new_bucket(request: ApiRequest) -> Iterator[str]:
    """Yield what a new bucket's options need ("CreateBucket", permissions)."""
    if _has_acl(request):
        yield "PutBucketAcl"
    if request.parameters.get("ObjectLockEnabledForBucket"):
        yield from ("PutBucketObjectLockConfiguration", "PutBucketVersioning")
    if request.parameters.get("ObjectOwnership"):
        yield "PutBucketOwnershipControls"


def _on_object(request: ApiRequest) -> Iterator[Need]:
    arn, context = _object(request, request.text("Key")), _context(request)
    for action in _object_actions(request):
        yield Need(f"s3:{action}", arn, context)
    if source := request.parameters.get("CopySource"):
        yield _source(request, source)


def _object_actions(request: ApiRequest) -> Iterator[str]:
    action = _OBJECT_ACTIONS.get(request.operation, request.operation)
    versioned = request.text("VersionId")
    yield _OF_VERSION.get(action, action) if versioned else action
    if action == "GetObjectAttributes":
        yield "GetObjectVersion" if versioned else "GetObject"
    if request.operation in ("PutObject", "CopyObject", "CreateMultipartUpload"):
        yield from _extras_of_new_object(request)


def _extras_of_new_object(request: ApiRequest) -> Iterator[str]:
    if _has_acl(request):
        yield "PutObjectAcl"
    if request.text("Tagging"):
        yield "PutObjectTagging"
    if request.text("ObjectLockMode") or request.text("ObjectLockRetainUntilDate"):
        yield "PutObjectRetention"
    if request.text("ObjectLockLegalHoldStatus"):
        yield "PutObjectLegalHold"


def _has_acl(request: ApiRequest) -> bool:
    return any(request.text(name) for name in ("ACL", *_GRANTS))


def _source(request: ApiRequest, source: object) -> Need:
    """Return the reading of a copy's source, "bucket/key?versionId=..." or its parts."""
    text, version = _source_and_version(source)
    bucket, _, key = text.lstrip("/").partition("/")
    action = "GetObjectVersion" if version else "GetObject"
    return Need(f"s3:{action}", request.arn("s3", f"{bucket}/{key}"))


def _source_and_version(source: object) -> tuple[str, str]:
    if isinstance(source, dict):
        return f"{source.get('Bucket')}/{source.get('Key')}", str(source.get("VersionId") or "")
    text, _, version = str(source).partition("?versionId=")
    return unquote(text), version


def _deleted(request: ApiRequest) -> Iterator[Need]:
    """Yield the deletion of each object; S3 decides on each and reports those it refuses."""
    for item in (request.parameters.get("Delete") or {}).get("Objects") or []:
        version = item.get("VersionId")
        action = "DeleteObjectVersion" if version else "DeleteObject"
        context = {"s3:VersionId": str(version)} if version else {}
        yield Need(f"s3:{action}", _object(request, str(item.get("Key"))), context)


def _bucket(request: ApiRequest) -> str:
    bucket = request.text("Bucket")
    return bucket if bucket.startswith("arn:") else request.arn("s3", bucket)


def _object(request: ApiRequest, key: str) -> str:
    """Return the ARN of an object, also through an access point."""
    bucket = request.text("Bucket")
    return f"{bucket}/object/{key}" if bucket.startswith("arn:") else f"{_bucket(request)}/{key}"


def _context(request: ApiRequest) -> dict[str, ContextValue]:
    keys: dict[str, ContextValue] = {
        key: request.text(name) for key, name in _CONTEXT.items() if name in request.parameters
    }
    tags = dict(parse_qsl(request.text("Tagging"))) if request.text("Tagging") else {}
    if isinstance(request.parameters.get("Tagging"), dict):
        found = request.parameters["Tagging"].get("TagSet") or []
        tags = {str(tag.get("Key")): str(tag.get("Value") or "") for tag in found}
    if tags:
        keys["s3:RequestObjectTagKeys"] = tuple(tags)
    keys |= {f"s3:RequestObjectTag/{key}": value for key, value in tags.items()}
    place = (request.parameters.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    return keys | ({"s3:LocationConstraint": str(place)} if place else {})
