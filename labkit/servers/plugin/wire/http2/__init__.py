"""The part of HTTP/2 that gRPC needs, without I/O: RFC 9113 and RFC 7541."""
