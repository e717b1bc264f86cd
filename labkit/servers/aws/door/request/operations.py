"""Which operation of which service a request is, read with moto's own router and parsers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

from labkit.servers.aws.door.answers.refusal import Refusal
from labkit.servers.aws.door.request.received import Received

if TYPE_CHECKING:
    from botocore.model import OperationModel

POST_FORM = "PostObject"  # S3's upload by an HTML form, which botocore's model lacks
_CLOSED = re.compile(r"/(moto-api|latest|v20180820|favicon\.ico)(/|$)")
_TRICKS = re.compile(r"//|/\.{1,2}(/|$)|%2f|%2e|%5c|\\|%00", re.IGNORECASE)
_RPC = {"query", "ec2", "json"}


@dataclass(frozen=True)
class ServiceOperation:
    """One operation with its input.

    Args:
        service: botocore's name of the service.
        name: such as "CreateUser".
        parameters: the input, as botocore's model names its members.
        protocol: of the service.
    """

    service: str
    name: str
    parameters: Mapping[str, Any] = field(repr=False)
    protocol: str = "query"


class ServerRequest(Request):
    """A request that came over HTTP, as moto tells it from one of its mocks."""

    from_wsgi_server = True


def read_operation(service: str, request: Request, received: Received) -> ServiceOperation:
    """Return the operation that a request asks for.

    Args:
        service: botocore's name of the service that the signature names.
        request: as moto gets it; its body is read.
        received: the same request.

    Raises:
        Refusal: there is no such operation, or the request could be read in two ways.
    """
    protocol = str(get_service_model(service).protocol)
    _check_path(received.path, service, protocol)
    if service == "s3" and is_post_form(received):
        return ServiceOperation(service, POST_FORM, {}, "s3")
    _check_parameters(received, protocol)
    try:
        operation, uri = get_service_router(service).match(request)
    except (HTTPException, NotImplementedError) as error:
        raise Refusal("UnknownOperation") from error
    parameters = _parse(operation, request, uri)
    return ServiceOperation(
        service, str(operation.name), parameters, "s3" if service == "s3" else protocol
    )


def is_post_form(received: Received) -> bool:
    """Say whether a request is an upload by an HTML form."""
    kind = received.headers.get("content-type", "")
    return received.method == "POST" and kind.startswith("multipart/form-data")


def _parse(
    operation: OperationModel, request: Request, uri: Mapping[str, Any]
) -> Mapping[str, Any]:
    protocol = determine_request_protocol(operation.service_model, request.content_type)
    text = {"rest-xml", "rest-json", "json"} & {protocol}
    try:
        parsed: Mapping[str, Any] = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.get_data() if text else b"",
                "url_path": request.path,
                "url_params": dict(uri),
            }
        )
    except Exception as error:  # whatever moto's parser raises, the input cannot be read
        raise Refusal("MalformedInput", f"the input of {operation.name} cannot be read") from error
    return parsed


def _check_path(path: str, service: str, protocol: str) -> None:
    """Refuse paths that moto, or a proxy, would read as another path."""
    if _CLOSED.match(path):
        raise Refusal("UnknownOperation")
    if service == "s3":
        if path.startswith("//") or "\\" in path:
            raise Refusal("InvalidURI", "Couldn't parse the specified URI.")
    elif _TRICKS.search(path) or (protocol in _RPC and service != "sqs" and path != "/"):
        raise Refusal("UnknownOperation")


def _check_parameters(received: Received, protocol: str) -> None:
    """Refuse parameters that are there twice, and an `Action` where another part names it."""
    in_query = [name for name, _ in received.parameters if not name.lower().startswith("x-amz-")]
    in_form = [name for name, _ in received.form] if protocol in ("query", "ec2") else []
    names = in_query + in_form
    if len(set(names)) < len(names) and protocol != "rest-json":
        [(repeated, _)] = Counter(names).most_common(1)
        raise Refusal("InvalidParameterValue", f"the parameter {repeated} is there twice")
    if in_form and in_query:
        raise Refusal("InvalidParameterValue", "parameters stand in the body and in the query")
    if protocol not in ("query", "ec2") and "Action" in in_query:
        raise Refusal("UnknownOperation")
    if protocol in ("query", "ec2") and "x-amz-target" in received.headers:
        raise Refusal("UnknownOperation")
