"""The protocol's messages, built at import from the table below; no protoc, no generated code.

Source: `backend.proto`, `grpc_broker.proto` and `multiplexing.proto` of the Go side. The table
holds only what is used: protobuf skips fields it does not know, and neither message names nor
packages go over the wire, so that one `Empty` serves every package.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, TypeAlias

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

Message: TypeAlias = Any  # classes made at run time have no static type

_PACKAGE = "labkit"

_TABLE = """
Empty
Timestamp                   seconds 1 int64, nanos 2 int32
ProtoError                  err_type 1 uint32, err_msg 2 string, err_code 3 int64
ErrorReply                  err 1 string

LeaseOptions                TTL 1 int64, renewable 2 bool, increment 3 int64
LeaseOptions                issue_time 4 Timestamp, MaxTTL 5 int64
Secret                      lease_options 1 LeaseOptions, internal_data 2 string, lease_id 3 string
Request                     id 1 string, operation 3 string, path 4 string, data 5 string
Request                     secret 6 Secret, display_name 11 string
Response                    secret 1 Secret, data 3 string, warnings 5 repeated-string

HandleRequestArgs           request 2 Request
HandleRequestReply          response 1 Response, err 2 ProtoError
HandleExistenceCheckArgs    request 2 Request
HandleExistenceCheckReply   check_found 1 bool, exists 2 bool, err 3 ProtoError
SetupArgs                   broker_id 1 uint32
InitializeReply             err 1 ProtoError
TypeReply                   type 1 uint32
Paths                       local_storage 3 repeated-string, seal_wrap_storage 4 repeated-string
SpecialPathsReply           paths 1 Paths
InvalidateKeyArgs           key 1 string

StorageEntry                key 1 string, value 2 bytes, seal_wrap 3 bool
StorageGetArgs              key 1 string
StorageGetReply             entry 1 StorageEntry, err 2 string
StoragePutArgs              entry 1 StorageEntry
StorageDeleteArgs           key 1 string
StorageListArgs             prefix 1 string
StorageListReply            keys 1 repeated-string, err 2 string
TTLReply                    TTL 1 int64
PluginEnvironment           vault_version 1 string
PluginEnvReply              env 1 PluginEnvironment, err 2 string

ConnInfo                    service_id 1 uint32, network 2 string, address 3 string
StdioData                   channel 1 int32, data 2 bytes
MultiplexingSupportResponse supported 1 bool
VersionReply                plugin_version 1 string
HealthCheckRequest          service 1 string
HealthCheckResponse         status 1 int32
"""


def _build(table: str) -> SimpleNamespace:
    """Return the message classes that a table describes, by name."""
    file = FileDescriptorProto(name="labkit.proto", package=_PACKAGE, syntax="proto3")
    messages: dict[str, DescriptorProto] = {}
    for line in filter(None, table.splitlines()):
        name, _, fields = line.partition(" ")
        if name not in messages:
            messages[name] = file.message_type.add(name=name)
        for field in filter(None, fields.strip().split(", ")):
            _add_field(messages[name], *field.split())
    pool = DescriptorPool()
    pool.Add(file)
    find = pool.FindMessageTypeByName
    return SimpleNamespace(
        **{name: GetMessageClass(find(f"{_PACKAGE}.{name}")) for name in messages}
    )


def _add_field(message: DescriptorProto, name: str, number: str, kind: str) -> None:
    field = message.field.add(name=name, number=int(number))
    repeated, kind = kind.startswith("repeated-"), kind.removeprefix("repeated-")
    field.label = (
        FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    )
    if kind[0].isupper():
        field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")


pb: Message = _build(_TABLE)
