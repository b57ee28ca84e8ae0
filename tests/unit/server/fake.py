"""A small dialect with one of everything, a venue that is little more than a clock, and a running server for both."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from bedesten.clock import ManualClock
from bedesten.dialects.contract import (
    Channel,
    Connection,
    Endpoint,
    Limit,
    Per,
    Reply,
    Request,
    Signing,
    SocketRoute,
    Window,
    decode_params,
)
from bedesten.dialects.refusals import Forbidden, Refusal, Unauthenticated
from bedesten.server.app import App
from bedesten.server.run import Server
from bedesten.server.settings import ServerSettings
from bedesten.services.errors import OutcomeUnknown, Overloaded
from bedesten.services.store_types import ApiKey, Permission

SECOND_NS = 1_000_000_000
KEYS = {
    "trader": ApiKey(key="trader", secret="s3cret", account=16, permissions=Permission.READ | Permission.TRADING),
    "reader": ApiKey(key="reader", secret="s3cret", account=17, permissions=Permission.READ),
}


class NoMarkets:
    """The market data of a venue that lists nothing."""

    async def summaries(self) -> list[Any]:
        return []


class FakeVenue:
    """What the server itself needs of a venue."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.market_data = NoMarkets()
        self.gate = asyncio.Event()
        self.ticks = Channel("ticks")
        self.sessions: list[FakeSession] = []


class Echo(msgspec.Struct):
    symbol: str
    limit: int = 10


class Echoed(msgspec.Struct):
    symbol: str
    limit: int


class NewOrder(msgspec.Struct, forbid_unknown_fields=True):
    symbol: str
    side: str
    size: float
    note: str = ""


class OrderRow(msgspec.Struct):
    orderID: str  # the wire's name
    symbol: str


async def show_time(venue: Any, request: Request, params: None) -> dict[str, int]:
    return {"epoch": venue.clock.now_ns() // 1_000_000}


async def echo(venue: Any, request: Request, params: Echo) -> Echo:
    return params


async def place(venue: Any, request: Request, params: NewOrder) -> list[OrderRow]:
    return [OrderRow(f"order-of-{request.key.key if request.key else ''}", params.symbol)]


async def show_order(venue: Any, request: Request, params: None) -> OrderRow:
    return OrderRow(request.path_params["order_id"], "BTC-USD")


async def crash(venue: Any, request: Request, params: None) -> None:
    raise ZeroDivisionError("a bug")


async def busy(venue: Any, request: Request, params: None) -> None:
    raise Overloaded


async def torn(venue: Any, request: Request, params: None) -> None:
    raise OutcomeUnknown


async def wait(venue: Any, request: Request, params: None) -> Reply:
    await venue.gate.wait()
    return Reply(200, b'"opened"')


class FakeSession:
    """Echoes text; "join" joins the ticks, "crash" fails, "spawn" answers from a task."""

    def __init__(self, venue: Any, connection: Connection) -> None:
        self.venue = venue
        self.connection = connection
        self.is_closed = False
        venue.sessions.append(self)

    def received(self, message: str | bytes) -> None:
        match message:
            case "join":
                self.connection.join(self.venue.ticks)
                self.connection.send("joined")
            case "crash":
                raise ZeroDivisionError("a bug")
            case "bye":
                self.connection.send("last word")
                self.connection.close(4000, "as you wish")
            case "spawn":
                self.connection.spawn(self._later())
            case bytes():
                self.connection.send(f"{len(message)} bytes")
            case _:
                self.connection.send(f"echo {message[:100]}")

    async def _later(self) -> None:
        await self.venue.gate.wait()
        self.connection.send("later")

    def closed(self) -> None:
        self.is_closed = True


def endpoint(method: str, path: str, call: Any, **more: Any) -> Endpoint:
    return Endpoint(method=method, path=path, call=call, **more)


@dataclass
class FakeDialect:
    """A venue's public API, as small as it gets."""

    name: str = "fake"
    title: str = "Fake"
    endpoints: tuple[Endpoint, ...] = (
        endpoint("GET", "/fake/time", show_time, response=dict[str, int], summary="Server time", group="Market data"),
        endpoint(
            "GET", "/fake/echo", echo, request=Echo, response=Echoed, limit="query", group="Market data",
            summary="Say it back", example={"symbol": "BTC-USD", "limit": 5},
        ),
        endpoint(
            "POST", "/fake/order", place, request=NewOrder, reads="body", response=list[OrderRow], group="Trading",
            permission=Permission.TRADING, limit="orders", summary="Create a new order",
            example={"symbol": "BTC-USD", "side": "BUY", "size": 0.001},
        ),
        endpoint("GET", "/fake/orders/{order_id}", show_order, response=OrderRow, summary="One order"),
        endpoint("GET", "/fake/crash", crash),
        endpoint("GET", "/fake/busy", busy),
        endpoint("GET", "/fake/torn", torn),
        endpoint("GET", "/fake/wait", wait),
    )  # fmt: skip
    ignores_case: bool = False
    error_bodies: dict[int, Any] = field(default_factory=dict)
    sockets: tuple[SocketRoute, ...] = (SocketRoute(path="/fake/ws", open=FakeSession, summary="Echo and ticks"),)
    limits: dict[str, Limit] = field(
        default_factory=lambda: {
            "query": Limit((Window(15, SECOND_NS, Per.USER_AND_ENDPOINT), Window(30, SECOND_NS))),
            "orders": Limit((Window(75, SECOND_NS),)),
        }
    )
    signing: Signing | None = field(
        default_factory=lambda: Signing(
            algorithm="HMAC-SHA384",
            secret="utf-8",
            message=("path", "nonce", "body"),
            signature="hex",
            key_header="request-api",
            nonce_header="request-nonce",
            signature_header="request-sign",
            unsigned_prefixes=("/fake",),
        )
    )

    def owns(self, path: str) -> bool:
        return path.startswith("/fake/")

    def authenticate(self, venue: Any, request: Request, endpoint: Endpoint) -> ApiKey:
        key = KEYS.get(request.header(b"request-api") or "")
        if key is None:
            raise Unauthenticated("no such key")
        wanted = sign(key, request.path, request.header(b"request-nonce") or "", request.body)
        if not hmac.compare_digest(wanted, request.header(b"request-sign") or ""):
            raise Unauthenticated("wrong signature")
        if endpoint.permission is not None and not key.permissions & endpoint.permission:
            raise Forbidden("not permitted")
        return key

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        return decode_params(endpoint, request)

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        assert isinstance(error, Refusal)
        status = 400 if error.status in (500, 503) else error.status
        return Reply(status, msgspec.json.encode({"code": type(error).__name__, "msg": error.message}))


def sign(key: ApiKey, path: str, nonce: str, body: bytes) -> str:
    message = path.removeprefix("/fake").encode() + nonce.encode() + body
    return hmac.new(key.secret.encode(), message, hashlib.sha384).hexdigest()


def signed(name: str, path: str, body: bytes = b"") -> dict[str, str]:
    return {
        "request-api": name,
        "request-nonce": "1624985375123",
        "request-sign": sign(KEYS[name], path, "1624985375123", body),
    }


@dataclass
class Running:
    """A server on a free port."""

    venue: Any
    port: int
    server: Server

    async def raw(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send *data* on a connection of its own and return the first response."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            await writer.drain()
            return await read_response(reader, is_head=data.startswith(b"HEAD"))
        finally:
            writer.close()

    async def ask(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one well-formed request."""
        lines = [f"{method} {target} HTTP/1.1", "host: x", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return await self.raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


async def read_response(reader: asyncio.StreamReader, *, is_head: bool = False) -> tuple[int, dict[str, str], bytes]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    size = 0 if is_head else int(headers.get("content-length", 0))
    return int(head[0].split()[1]), headers, await asyncio.wait_for(reader.readexactly(size), 5)


@asynccontextmanager
async def running(
    *, settings: ServerSettings | None = None, dialect: Any = None, documents: Any = None
) -> AsyncIterator[Running]:
    """Run the fake venue on a free port."""
    venue: Any = FakeVenue()
    settings = settings or ServerSettings(grace_s=1)
    app = App(venue, [dialect or FakeDialect()], settings=settings, documents=documents)
    server = Server(app, host="127.0.0.1", port=0, settings=settings)
    await server.start()
    try:
        yield Running(venue, server.port, server)
    finally:
        await server.stop()
