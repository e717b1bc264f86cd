"""What a mount tells about its paths: help texts and the OpenAPI document."""
