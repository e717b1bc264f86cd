"""The plugin protocol on the wire: handshake, mTLS, gRPC, broker."""
