"""Signed orders a second over HTTP, committed before the answer, beside a bare ASGI handler that does the same chores.

Workload: 64 connections of a second process, each sends a signed order of 117 bytes, reads the answer, sends the next; no
pipelining. All contenders but the raw one run on the same server with the same settings. All check the same HMAC-SHA384 over
path + nonce + body with a keyed context made once, decode with msgspec, encode an order row, and answer when the record is
synced to disk; what arrives during one sync goes into the next.

    raw          httptools' parser under a bare uvloop transport: no server, no bounds, no tasks; the reference's chores
    reference    one ASGI function, one raw record of 192 bytes an order, no core
    dispatcher   the same chores as an endpoint of a dialect: what routing, requests and limits cost
    venue        the exchange as `bedesten serve` starts it, on a data directory, with its core, ledger, journal and rows;
                 buys and sells are far apart and rest, so the book grows by every order

Target, by processor time of all threads, medians of the rounds: a synced order on the venue ≥ 0.85 of the reference and ≥ 0.5
of the raw protocol in the same run.

    python benchmarks/bench_http.py [--seconds 2] [--rounds 7] [--directory DIR] [--only reference,venue]
    python benchmarks/bench_http.py --against ../before/.venv/bin/python [--pairs 15]    the venue of another version, by turns
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hmac
import multiprocessing
import os
import random
import selectors
import socket
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httptools
import msgspec
import pairs

from bedesten.bootstrap import serve
from bedesten.clock import SystemClock
from bedesten.config import Settings
from bedesten.dialects.contract import Endpoint, Limit, Reply, Request, Window, decode_params
from bedesten.dialects.refusals import Unauthenticated
from bedesten.server.app import App
from bedesten.server.run import Server, run

try:
    from bedesten.services.store_types import ApiKey, Permission
except ModuleNotFoundError:  # another version's interpreter runs this file, too: its module has another name
    from bedesten.services.records import ApiKey, Permission

CONNECTIONS = 64
PREFIX, PATH = "/spot", "/api/v3.3/order"
KEY, SECRET = "benchmark-key", "benchmark-secret-benchmark-secret-benchmark="
RECORD_BYTES = 192  # as wide as a command in the journal
SIDES = ((b"BUY", 3), (b"SELL", 5))  # and the first digit of its prices: 30 to 50 thousand dollars apart
BODY = b'{"symbol":"BTC-USD","size":0.%03d,"price":%d%04d.0,"side":"%s","type":"LIMIT","time_in_force":"GTC","txType":"LIMIT"}'
VENUE_FILE = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "benchmark"
[groups.plain]
fees = [{ maker = 0.0005, taker = 0.0006 }]
[rate_limits.btse]
orders = { requests = 1_000_000, seconds = 1 }
"""
KEYED = hmac.new(SECRET.encode(), digestmod="sha384")


class Order(msgspec.Struct):
    symbol: str
    size: float
    price: float
    side: str
    type: str
    time_in_force: str
    txType: str


class Row(msgspec.Struct):
    """As many fields as the venue's order row has."""

    orderID: str
    symbol: str
    side: str
    price: float
    size: float
    orderType: int = 76
    fillSize: float = 0.0
    status: int = 2
    timestamp: int = 1_700_000_000_000
    averageFillPrice: float = 0.0
    originalSize: float = 0.001
    triggerPrice: float = 0.0
    trigger: bool = False
    postOnly: bool = False
    stealth: float = 1.0
    deviation: float = 1.0
    clOrderID: str = ""
    remainingSize: float = 0.001
    time_in_force: str = "GTC"
    message: str = ""


decode_order = msgspec.json.Decoder(Order).decode
encode = msgspec.json.Encoder().encode


class GroupedLog:
    """Appends records to a file and syncs it: everything that came during one sync goes into the next."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._thread = ThreadPoolExecutor(1)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._is_busy = False

    def append(self, record: bytes) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((record, done))
        if not self._is_busy:
            self._is_busy = True
            loop.call_soon(self._commit)
        return done

    def _commit(self) -> None:
        batch, self._waiting = self._waiting, []
        if not batch:
            self._is_busy = False
            return
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, self._write, b"".join([record for record, _ in batch]))
        work.add_done_callback(lambda _: self._committed(batch))

    def _write(self, data: bytes) -> None:
        os.write(self._file, data)
        os.fdatasync(self._file)

    def _committed(self, batch: list[tuple[bytes, asyncio.Future[None]]]) -> None:
        for _, done in batch:
            if not done.done():
                done.set_result(None)
        self._commit()

    def close(self) -> None:
        self._thread.shutdown()
        os.close(self._file)


def signature(path: str, nonce: str, body: bytes) -> str:
    keyed = KEYED.copy()
    keyed.update(path.encode() + nonce.encode() + body)
    return keyed.hexdigest()


def reference(log: GroupedLog) -> Any:
    """Return the bare ASGI function."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        headers = dict(scope["headers"])
        known = headers[b"request-api"].decode() == KEY
        wanted = signature(scope["path"][len(PREFIX) :], headers[b"request-nonce"].decode(), body)
        if not known or not hmac.compare_digest(wanted, headers[b"request-sign"].decode()):
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        order = decode_order(body)
        await log.append(body.ljust(RECORD_BYTES))
        answer = encode(
            [Row("990db9b6-2ed4-4c68-b46e-827c88cc3884", order.symbol, order.side, order.price, order.size)]
        )
        headers_out = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers_out})
        await send({"type": "http.response.body", "body": answer})

    return app


class RawProtocol(asyncio.Protocol):
    """The least that answers a signed order over HTTP: one connection, one request at a time."""

    def __init__(self, log: GroupedLog) -> None:
        self._log = log
        self._parser = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._begin()

    def _begin(self) -> None:
        self._url = self._body = b""
        self._headers: dict[bytes, bytes] = {}

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.lower()] = value

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        path, headers, body = self._url.decode(), self._headers, self._body
        self._begin()
        wanted = signature(path[len(PREFIX) :], headers[b"request-nonce"].decode(), body)
        known = headers[b"request-api"].decode() == KEY
        if not known or not hmac.compare_digest(wanted, headers[b"request-sign"].decode()):
            self._transport.write(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n")
            return
        order = decode_order(body)
        self._log.append(body.ljust(RECORD_BYTES)).add_done_callback(lambda _: self._answer(order))

    def _answer(self, order: Order) -> None:
        answer = encode(
            [Row("990db9b6-2ed4-4c68-b46e-827c88cc3884", order.symbol, order.side, order.price, order.size)]
        )
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(answer) + answer)


@contextlib.asynccontextmanager
async def raw(directory: Path) -> AsyncIterator[int]:
    """Serve the raw protocol."""
    log = GroupedLog(directory / "log")
    server = await asyncio.get_running_loop().create_server(lambda: RawProtocol(log), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    log.close()


class BenchVenue:
    clock = SystemClock()


class BenchDialect:
    """The same chores in a dialect's shape."""

    name = title = "bench"
    sockets = ()
    signing = None
    ignores_case = False
    error_bodies: dict[int, Any] = {}
    limits = {"orders": Limit((Window(1_000_000, 1_000_000_000),))}

    def __init__(self, log: GroupedLog) -> None:
        self._log = log
        self._key = ApiKey(key=KEY, secret=SECRET, account=16, permissions=Permission.TRADING)
        self.endpoints = [
            Endpoint(
                method="POST", path=PREFIX + PATH, call=self._place, request=Order, reads="body",
                permission=Permission.TRADING, limit="orders",
            )
        ]  # fmt: skip

    def owns(self, path: str) -> bool:
        return True

    def authenticate(self, venue: Any, request: Request, endpoint: Endpoint) -> ApiKey:
        wanted = signature(request.path[len(PREFIX) :], request.header(b"request-nonce") or "", request.body)
        known = request.header(b"request-api") == KEY
        if not known or not hmac.compare_digest(wanted, request.header(b"request-sign") or ""):
            raise Unauthenticated
        return self._key

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        return decode_params(endpoint, request)

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        return Reply(400, str(error).encode())

    async def _place(self, venue: Any, request: Request, order: Order) -> list[Row]:
        await self._log.append(request.body.ljust(RECORD_BYTES))
        return [Row("990db9b6-2ed4-4c68-b46e-827c88cc3884", order.symbol, order.side, order.price, order.size)]


def dispatcher(log: GroupedLog) -> Any:
    """Return the server's application with one endpoint."""
    venue: Any = BenchVenue()
    dialect: Any = BenchDialect(log)
    return App(venue, [dialect])


Contender = Callable[[Path], contextlib.AbstractAsyncContextManager[int]]


def served(make: Callable[[GroupedLog], Any]) -> Contender:
    """Return an application over a log as a contender."""

    @contextlib.asynccontextmanager
    async def contender(directory: Path) -> AsyncIterator[int]:
        log = GroupedLog(directory / "log")
        server = Server(make(log), host="127.0.0.1", port=0)
        await server.start()
        yield server.port
        await server.stop()
        log.close()

    return contender


@contextlib.asynccontextmanager
async def venue(directory: Path) -> AsyncIterator[int]:
    """Run the exchange with one rich account."""
    file = directory / "venue.toml"
    file.write_text(VENUE_FILE)
    settings = Settings(port=0, data=str(directory / "data"), config=str(file), ack="synced")
    async with serve(settings, say=lambda notice: None) as running:
        account = (await running.venue.accounts.open("bench")).id
        for asset in running.venue.catalogue.assets:
            await running.venue.accounts.deposit(account, asset.code, 1 << 60)
        await running.venue.keys.create(account, Permission.TRADING, key=KEY, secret=SECRET)
        yield running.server.port


CONTENDERS: dict[str, Contender] = {
    "reference": served(reference),
    "raw": raw,
    "dispatcher": served(dispatcher),
    "venue": venue,
}


# The other process


def request_bytes(at: int) -> bytes:
    """Return a signed request, its nonce the present: one of a thousand sizes and prices on either side."""
    side, digit = SIDES[at & 1]
    body = BODY % (random.randrange(1, 1_000), digit, random.randrange(1_000), side)
    nonce = str(time.time_ns() // 1_000_000)
    return (
        f"POST {PREFIX}{PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"request-api: {KEY}\r\nrequest-nonce: {nonce}\r\nrequest-sign: {signature(PATH, nonce, body)}\r\n\r\n"
    ).encode() + body


def is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    if not found:
        return False
    at = head.index(b"content-length: ") + 16
    return len(body) == int(head[at : at + 8].split(b"\r\n")[0])


def load(port: int, seconds: float, results: Any) -> None:
    """Be 64 clients for a while; put how many answers a second came, and the middle and slowest percent of waits."""
    selector = selectors.DefaultSelector()
    sent_at: dict[socket.socket, float] = {}
    waits: list[float] = []
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for number, connection in enumerate(connections):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, [number % 2, b""])
        sent_at[connection] = time.perf_counter()
        connection.sendall(request_bytes(number))
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        for key, _ in selector.select(1):
            connection, state = key.fileobj, key.data
            assert isinstance(connection, socket.socket)
            state[1] += connection.recv(65_536)
            if not is_whole(state[1]):
                continue
            assert state[1].startswith(b"HTTP/1.1 200"), state[1]
            waits.append(time.perf_counter() - sent_at[connection])
            state[0], state[1] = 1 - state[0], b""
            sent_at[connection] = time.perf_counter()
            connection.sendall(request_bytes(state[0]))
    took = time.perf_counter() - start
    waits.sort()
    results.put((len(waits) / took, waits[len(waits) // 2], waits[len(waits) * 99 // 100]))


async def measure(contender: Contender, seconds: float, directory: Path) -> tuple[float, float, float, float]:
    """Return orders a second, median and 99th-percentile wait, and the server's processor time an order, of one run."""
    async with contender(directory) as port:
        context = multiprocessing.get_context("spawn")
        results = context.Queue(maxsize=1)
        process = context.Process(target=load, args=(port, seconds, results), daemon=True)
        process.start()
        before = time.process_time()
        rate, middle, slow = await asyncio.to_thread(results.get)
        cost = (time.process_time() - before) / (rate * seconds)  # of every thread; the load is a process beside
        await asyncio.to_thread(process.join)
    return rate, middle, slow, cost


TOLD_BESIDE = (("venue", "raw"),)  # the ratios that are told beside those to the first contender


async def compare(names: list[str], seconds: float, rounds: int, directory: Path) -> int:
    rates: dict[str, list[float]] = {name: [] for name in names}
    costs: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            with tempfile.TemporaryDirectory(dir=directory) as scratch:
                rate, middle, slow, cost = await measure(CONTENDERS[name], seconds, Path(scratch))
            rates[name].append(rate)
            costs[name].append(cost)
            waits = f"median {middle * 1e3:5.2f} ms   99 % {slow * 1e3:6.2f} ms"
            print(f"{name:12} {rate:8,.0f} orders/s   {waits}   {cost * 1e6:5.1f} µs of processor an order")
    for name, base_name in dict.fromkeys((*((name, names[0]) for name in names[1:]), *TOLD_BESIDE)):
        if name not in names or base_name not in names:
            continue
        by_rate = [one / base for one, base in zip(rates[name], rates[base_name], strict=True)]
        by_cost = [base / one for one, base in zip(costs[name], costs[base_name], strict=True)]
        print(f"{name} ÷ {base_name}: {spread(by_rate)} by rate, {spread(by_cost)} by processor time")
    return 0


def spread(ratios: list[float]) -> str:
    """Return the median with the least and the greatest: a shared machine's best run says nothing."""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


async def venue_cost(seconds: float, directory: Path) -> int:
    """Tell what one run of the venue costs."""
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        pairs.tell((await measure(venue, seconds, Path(scratch)))[3] * 1e6)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--directory", type=Path)
    parser.add_argument("--only", default=",".join(CONTENDERS))
    parser.add_argument("--against", metavar="PYTHON", help="the interpreter of another version's environment")
    parser.add_argument("--pairs", type=int, default=pairs.PAIRS)
    parser.add_argument("--figure", action="store_true", help="run the venue once and tell the microseconds an order")
    options = parser.parse_args()
    if options.against:
        pairs.against(
            options.against, __file__, ["--seconds", str(options.seconds)], pairs=options.pairs, unit="µs an order"
        )
        raise SystemExit
    with tempfile.TemporaryDirectory(dir=options.directory) as scratch:
        if options.figure:
            raise SystemExit(run(venue_cost(options.seconds, Path(scratch))))
        raise SystemExit(run(compare(options.only.split(","), options.seconds, options.rounds, Path(scratch))))
