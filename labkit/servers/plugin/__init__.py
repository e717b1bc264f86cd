"""The plugin protocol of Vault-compatible servers; it carries any engine and knows none.

An engine is a script that makes a `Backend` and serves it. This is a whole one:

    from labkit.servers.plugin import Backend, Operation, Path, Response
    from labkit.servers.plugin.serve import serve

    def greet(request):
        return Response({"greeting": "hello, " + request.fields["name"]})

    def engine():
        return Backend(paths=[Path("greet/(?P<name>[a-z]+)", {Operation.READ: greet})])

    serve(engine)

`Embedded.install_plugin("greeter", "greeter.py")` makes it known to the lab's own server; then
`vault secrets enable greeter` mounts it, and `vault read greeter/greet/you` asks it.

* A handler takes a `Request` and returns a `Response`, or None. `request.fields` holds what the
  client sent and what the path's named groups caught; `request.storage` is the mount's own.
* A `Response` with a `Secret` becomes a lease. The `SecretType` of the same name renews and revokes
  it, from what `Secret.internal` says: the engine need not remember what it issued. The server asks
  for a revocation until it succeeds, so revoking what is gone already must succeed.
* What is to be told to the client is raised as `UserError` or `EngineError`. Of any other exception
  the client learns the class and the place only, for its text might quote a secret.
* Handlers run in threads, many at a time, and the server may kill the process whenever it
  likes. What is made outside before it is stored is noted first: `labkit.servers.plugin.wal`.

`notebooks/11_write_your_own_engine.ipynb` builds an engine with leases;
`labkit.servers.aws_engine` is one.
Nothing heavy is imported here, for a server starts each plugin several times only to ask what it
is. An engine should import what is heavy in the function that it gives to `serve`.
"""

from labkit.servers.plugin.backend import Backend, Handler, Path, SecretType
from labkit.servers.plugin.errors import EngineError, RateLimitedError, UserError
from labkit.servers.plugin.fields import Field, Fields, Kind
from labkit.servers.plugin.request import Operation, Request, Response, Secret, Storage, SystemView

__all__ = [
    "Backend",
    "EngineError",
    "Field",
    "Fields",
    "Handler",
    "Kind",
    "Operation",
    "Path",
    "RateLimitedError",
    "Request",
    "Response",
    "Secret",
    "SecretType",
    "Storage",
    "SystemView",
    "UserError",
]
