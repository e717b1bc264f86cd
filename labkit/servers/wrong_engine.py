"""A plugin that revokes nothing: a wrong version of the AWS engine, deployed by mistake."""

from labkit.servers.aws_engine.credentials.iam_user import SECRET
from labkit.servers.plugin.backend import Backend, SecretType
from labkit.servers.plugin.errors import UnsupportedOperationError
from labkit.servers.plugin.request import Request, Secret
from labkit.servers.plugin.serve import serve


def refuse_renewal(_: Request) -> Secret:
    """Raise: this version renews nothing."""
    raise UnsupportedOperationError("unsupported operation")


def refuse_revocation(_: Request) -> None:
    """Raise what Vault takes for final: it does not ask again."""
    raise UnsupportedOperationError("unsupported operation")


def backend() -> Backend:
    """Return an engine that knows the secret, but neither renews nor revokes it."""
    secret = SecretType(SECRET, refuse_renewal, refuse_revocation)
    return Backend(paths=(), secrets=[secret], help="A wrong version of the AWS engine.")


if __name__ == "__main__":
    serve(backend)
