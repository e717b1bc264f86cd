"""A toy engine for the tests of the plugin protocol: one-time coupons, given out on a lease.

Its world outside is a folder (`config`, parameter `drawer`): each live coupon is a file there.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from dataclasses import replace
from pathlib import Path as File
from typing import Any

from labkit.servers.plugin import (
    Backend,
    EngineError,
    Field,
    Kind,
    Operation,
    Path,
    RateLimitedError,
    Request,
    Response,
    Secret,
    SecretType,
    UserError,
    wal,
)
from labkit.servers.plugin.serve import serve

_SHOP = r"shops/(?P<name>\w+)"


def coupons() -> Backend:
    return Backend(
        paths=(
            Path("config", {Operation.UPDATE: write_config}, {"drawer": Field(Kind.STRING)}),
            Path("shops/?", {Operation.LIST: list_shops}),
            Path(
                _SHOP,
                {
                    Operation.CREATE: write_shop,
                    Operation.UPDATE: write_shop,
                    Operation.READ: read_shop,
                    Operation.DELETE: delete_shop,
                },
                {
                    "ttl": Field(Kind.DURATION, 60, "seconds a coupon lives"),
                    "wares": Field(Kind.COMMA_LIST),
                },
                exists=lambda request: request.storage.get(_key(request)) is not None,
                help="A shop that gives out coupons.",
            ),
            Path(r"coupons/(?P<name>\w+)", {Operation.READ: issue}),
            Path("clients", {Operation.READ: who}),
            Path("break/(?P<how>.+)", {Operation.READ: fail, Operation.UPDATE: fail}),
            Path("slow", {Operation.READ: slow}, {"seconds": Field(Kind.STRING, "0.3")}),
            Path("storage/(?P<times>[0-9]+)", {Operation.READ: measure}),
        ),
        secrets=(SecretType("coupon", renew, revoke),),
        rollback={"coupon": undo},
        rollback_min_age=300,
        help="Coupons that work once.",
    )


def write_config(request: Request) -> None:
    request.storage.put("config", json.dumps(request.fields["drawer"]).encode())


def list_shops(request: Request) -> Response:
    return Response(data={"keys": request.storage.list("shops/")})


def write_shop(request: Request) -> Response | None:
    shop = {"ttl": request.fields["ttl"], "wares": request.fields["wares"]}
    request.storage.put(_key(request), json.dumps(shop).encode(), seal_wrap=True)
    if request.fields["wares"] == ["nothing"]:
        return Response(data={"operation": str(request.operation)})
    return None


def read_shop(request: Request) -> Response | None:
    stored = request.storage.get(_key(request))
    return None if stored is None else Response(data=json.loads(stored))


def delete_shop(request: Request) -> None:
    request.storage.delete(_key(request))


def issue(request: Request) -> Response:
    stored = request.storage.get("shops/" + request.fields["name"])
    if stored is None:
        raise UserError(f'no shop "{request.fields["name"]}"')
    code = str(uuid.uuid4())
    entry = wal.put(request.storage, "coupon", {"code": code})
    _coupon(request, code).write_text(request.display_name)
    wal.delete(request.storage, entry)
    ttl = json.loads(stored)["ttl"]
    return Response(data={"code": code}, secret=Secret("coupon", {"code": code}, ttl, max_ttl=3600))


def renew(request: Request) -> Secret:
    assert request.secret is not None
    return replace(request.secret, ttl=120)


def revoke(request: Request) -> None:
    assert request.secret is not None
    _coupon(request, request.secret.internal["code"]).unlink()


def undo(request: Request, data: dict[str, Any]) -> None:
    _coupon(request, data["code"]).unlink(missing_ok=True)


def who(request: Request) -> Response:
    return Response(
        data={"display_name": request.display_name, "max": request.system.max_lease_ttl()}
    )


def fail(request: Request) -> Response:
    errors: dict[str, Exception] = {
        "user": UserError("the customer is wrong"),
        "engine": EngineError("the shop is closed"),
        "rate": RateLimitedError("too many customers"),
        "bug": KeyError("hunter2"),
    }
    if request.fields["how"] == "json":
        return Response(data={"code": object()})
    raise errors[request.fields["how"]]


def slow(request: Request) -> Response:
    time.sleep(float(request.fields["seconds"]))
    return Response(data={"done": True})


def measure(request: Request) -> Response:
    times, start = int(request.fields["times"]), time.perf_counter()
    for _ in range(times):
        request.storage.get("config")
    return Response(data={"seconds": (time.perf_counter() - start) / times})


def _key(request: Request) -> str:
    return f"shops/{request.fields['name']}"


def _coupon(request: Request, code: str) -> File:
    drawer = request.storage.get("config")
    if drawer is None:
        raise EngineError("no drawer: write config first")
    return File(json.loads(drawer)) / code


def unfinished() -> Backend:
    raise EngineError("this engine is not finished")


if __name__ == "__main__":
    if "--broken" in sys.argv:
        serve(unfinished)
    serve(coupons, patience=float(sys.argv[1]) if sys.argv[1:] else 30.0)
