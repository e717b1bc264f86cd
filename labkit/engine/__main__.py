"""The plugin process: `python -m labkit.engine`, started by a Vault-compatible server."""

from labkit.engine.plugin.backend import Backend
from labkit.engine.plugin.serve import serve


def _backend() -> Backend:
    """Import the engine only once the server has shown the plugin's cookie; a probe ends sooner."""
    from labkit.engine.aws.engine import backend

    return backend()


if __name__ == "__main__":
    serve(_backend)
