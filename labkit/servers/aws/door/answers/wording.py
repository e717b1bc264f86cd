"""AWS's words for each reason to refuse a request: they differ from one API to the other."""

from __future__ import annotations

from typing import NamedTuple

from labkit.servers.aws.door.answers.refusal import Refusal


class Words(NamedTuple):
    """An error as one API writes it."""

    code: str
    status: int
    message: str


_UNKNOWN_KEY = "The security token included in the request is invalid."
_WRONG = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)
_EC2_KEY = "AWS was not able to validate the provided access credentials"
_EC2_AUTH = Words("AuthFailure", 401, _EC2_KEY)
_DENIED = "Access Denied"
_UNSIGNED = "Request is missing Authentication Token"
_S3_KEY = "The AWS Access Key Id you provided does not exist in our records."
_EXPIRED = "The security token included in the request is expired"
_SKEWED = "The difference between the request time and the current time is too large."
_INCOMPLETE = "The request signature does not conform to AWS standards."
_SCOPE = "Credential should be scoped to a valid region and service."
_QUERY = "The query string carries no complete signature."
_HEADERS = "There were headers present in the request which were not signed"
_HASH = "The provided 'x-amz-content-sha256' header does not match what was computed."
_NO_HASH = "Missing required header for this request: x-amz-content-sha256"
_METHOD = "The specified method is not allowed against this resource."

# By the reason: the words of the query APIs, EC2, S3, and the JSON APIs.
WORDS: dict[str, tuple[Words, Words, Words, Words]] = {
    "MissingToken": (
        Words("MissingAuthenticationToken", 403, _UNSIGNED),
        Words("MissingAuthenticationToken", 403, _UNSIGNED),
        Words("AccessDenied", 403, _DENIED),
        Words("MissingAuthenticationTokenException", 403, _UNSIGNED),
    ),
    "UnknownKey": (
        Words("InvalidClientTokenId", 403, _UNKNOWN_KEY),
        _EC2_AUTH,
        Words(
            "InvalidAccessKeyId",
            403,
            _S3_KEY,
        ),
        Words("UnrecognizedClientException", 400, _UNKNOWN_KEY),
    ),
    "InvalidToken": (
        Words("InvalidClientTokenId", 403, _UNKNOWN_KEY),
        _EC2_AUTH,
        Words("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
        Words("UnrecognizedClientException", 400, _UNKNOWN_KEY),
    ),
    "Expired": (
        Words("ExpiredToken", 403, _EXPIRED),
        Words("RequestExpired", 400, "Request has expired."),
        Words("ExpiredToken", 400, "The provided token has expired."),
        Words("ExpiredTokenException", 400, _EXPIRED),
    ),
    "SignatureDoesNotMatch": (
        Words("SignatureDoesNotMatch", 403, _WRONG),
        _EC2_AUTH,
        Words("SignatureDoesNotMatch", 403, _WRONG),
        Words("InvalidSignatureException", 403, _WRONG),
    ),
    "Skewed": (
        Words("SignatureDoesNotMatch", 403, "Signature expired or not yet current"),
        Words("RequestExpired", 400, "Request has expired."),
        Words(
            "RequestTimeTooSkewed",
            403,
            _SKEWED,
        ),
        Words("InvalidSignatureException", 403, "Signature expired or not yet current"),
    ),
    "PresignedExpired": (
        Words("SignatureDoesNotMatch", 403, "Signature expired"),
        Words("RequestExpired", 400, "Request has expired."),
        Words("AccessDenied", 403, "Request has expired"),
        Words("InvalidSignatureException", 403, "Signature expired"),
    ),
    "IncompleteSignature": (
        Words("IncompleteSignature", 400, _INCOMPLETE),
        _EC2_AUTH,
        Words("AuthorizationHeaderMalformed", 400, "The authorization header is malformed."),
        Words(
            "IncompleteSignatureException",
            400,
            _INCOMPLETE,
        ),
    ),
    "WrongScope": (
        Words(
            "SignatureDoesNotMatch",
            403,
            _SCOPE,
        ),
        _EC2_AUTH,
        Words("AuthorizationHeaderMalformed", 400, "The authorization header is malformed."),
        Words(
            "InvalidSignatureException",
            403,
            _SCOPE,
        ),
    ),
    "TwoSignatures": (
        Words("IncompleteSignature", 400, "The request is signed twice."),
        _EC2_AUTH,
        Words("InvalidArgument", 400, "Only one auth mechanism allowed"),
        Words("IncompleteSignatureException", 400, "The request is signed twice."),
    ),
    "MalformedQuery": (
        Words("IncompleteSignature", 400, _QUERY),
        _EC2_AUTH,
        Words("AuthorizationQueryParametersError", 400, "Error parsing the X-Amz-* parameters"),
        Words("IncompleteSignatureException", 400, _QUERY),
    ),
    "UnsignedHeaders": (
        Words(
            "SignatureDoesNotMatch",
            403,
            _HEADERS,
        ),
        _EC2_AUTH,
        Words("AccessDenied", 403, _HEADERS),
        Words(
            "InvalidSignatureException",
            403,
            _HEADERS,
        ),
    ),
    "WrongHash": (
        Words("SignatureDoesNotMatch", 403, _WRONG),
        _EC2_AUTH,
        Words(
            "XAmzContentSHA256Mismatch",
            400,
            _HASH,
        ),
        Words("InvalidSignatureException", 403, _WRONG),
    ),
    "MissingHash": (
        Words("SignatureDoesNotMatch", 403, _WRONG),
        _EC2_AUTH,
        Words("InvalidRequest", 400, _NO_HASH),
        Words("InvalidSignatureException", 403, _WRONG),
    ),
    "UnsignedOverHttp": (
        Words("SignatureDoesNotMatch", 403, _WRONG),
        _EC2_AUTH,
        Words("InvalidRequest", 400, "An unsigned payload is allowed over HTTPS only."),
        Words("InvalidSignatureException", 403, _WRONG),
    ),
    "Denied": (
        Words("AccessDenied", 403, _DENIED),
        Words("UnauthorizedOperation", 403, "You are not authorized to perform this operation."),
        Words("AccessDenied", 403, _DENIED),
        Words("AccessDeniedException", 400, _DENIED),
    ),
    "UnknownOperation": (
        Words("InvalidAction", 400, "Could not find operation."),
        Words("InvalidAction", 400, "The action is not valid for this web service."),
        Words("MethodNotAllowed", 405, _METHOD),
        Words("UnknownOperationException", 400, ""),
    ),
}
_COLUMN = {"query": 0, "ec2": 1, "s3": 2, "rest-xml": 0, "json": 3, "rest-json": 3}
_STATUS = {
    "RequestTooLarge": 413,
    "ServiceNotOpen": 403,
    "ForbiddenHost": 403,
    "DryRunOperation": 412,
    "LimitExceeded": 409,
    "DeleteConflict": 409,
    "NoSuchEntity": 404,
    "EntityAlreadyExists": 409,
}


def words(refusal: Refusal, protocol: str) -> Words:
    """Return a refusal in the words of an API.

    Args:
        refusal: why.
        protocol: "query", "ec2", "s3", "rest-xml", "json" or "rest-json".
    """
    row = WORDS.get(refusal.reason)
    if row is None:
        status = refusal.status or _STATUS.get(refusal.reason, 400)
        return Words(refusal.reason, status, refusal.message)
    found = row[_COLUMN.get(protocol, 0)]
    status = refusal.status or found.status
    if refusal.reason == "Denied" and protocol == "rest-json":
        status = 403
    # S3 and EC2 tell the caller less than the other APIs do.
    told = refusal.message if protocol not in ("s3", "ec2") else ""
    return Words(found.code, status, told or found.message)
