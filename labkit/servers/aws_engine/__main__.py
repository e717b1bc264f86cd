"""The plugin process, started by the server: `python -m labkit.servers.aws_engine`."""

from labkit.servers.plugin.backend import Backend
from labkit.servers.plugin.serve import serve


def _backend() -> Backend:
    """Import the engine only once the server has shown the plugin's cookie; a probe ends sooner."""
    from labkit.servers.aws_engine.engine import backend

    return backend()


if __name__ == "__main__":
    serve(_backend)
