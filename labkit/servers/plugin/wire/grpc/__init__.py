"""The part of gRPC that the plugin protocol needs, on `labkit.servers.plugin.wire.http2`."""
