"""Read a request: its body within limits, its host, its service and operation."""
