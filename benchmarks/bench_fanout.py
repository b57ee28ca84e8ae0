"""WebSocket fan-out: messages a second that Channel.publish delivers to 200 clients, and the raw ceiling in the same run.

Workload: 200 connections on loopback, read by a second process that counts frames by their size; frames of 150 bytes (a trade)
are published eight a loop tick, as a busy book does. Both ways wait when the slowest connection lags, so that what is counted was
delivered. Raw: the same prepared frames, eight joined into one bytes object once for everybody, written to each transport.

Target: publish ≥ 0.5 of raw.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import selectors
import socket
import time
from multiprocessing.connection import Connection as Pipe
from typing import Any

from bedesten.clock import SystemClock
from bedesten.dialects.channels import Channel, text_frame
from bedesten.dialects.contract import Connection, SocketRoute
from bedesten.server.app import App
from bedesten.server.run import Server, run

CLIENTS = 200
PAYLOAD = (
    b'{"topic":"tradeHistoryApi:BTC-USD","data":[{"symbol":"BTC-USD","side":"BUY","size":0.007,"price":5302.8,'
    b'"tradeId":118974855,"timestamp":1584446020295}]}'
).ljust(150)
FRAME = text_frame(PAYLOAD)
PER_TICK = 8
LAG_BYTES_MAX = 64 * 1024  # a connection that has more unsent than this is waited for
HANDSHAKE = (
    b"GET /bench HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)


class Listener:
    """A session that only joins."""

    def __init__(self, venue: Any, connection: Connection) -> None:
        connection.join(venue.channel)

    def received(self, message: str | bytes) -> None:
        """Nothing is ever sent to us."""

    def closed(self) -> None:
        """Nothing to forget."""


class BenchVenue:
    def __init__(self) -> None:
        self.clock = SystemClock()
        self.channel = Channel("bench")


class BenchDialect:
    name = title = "bench"
    endpoints = ()
    sockets = (SocketRoute(path="/bench", open=Listener),)
    limits: dict[str, Any] = {}
    signing = None
    ignores_case = False
    error_bodies: dict[int, Any] = {}

    def owns(self, path: str) -> bool:
        return False


def read_everything(port: int, pipe: Pipe) -> None:
    """Be 200 clients: count bytes, and tell the count whenever asked."""
    selector = selectors.DefaultSelector()
    for _ in range(CLIENTS):
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(HANDSHAKE)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(1)
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ)
    selector.register(pipe, selectors.EVENT_READ)
    pipe.send("connected")
    count = 0
    buffer = bytearray(256 * 1024)
    while True:
        for key, _ in selector.select():
            if key.fileobj is pipe:
                if pipe.recv() == "end":
                    return
                pipe.send(count)
            else:
                count += key.fileobj.recv_into(buffer)  # type: ignore[union-attr]


class Clients:
    """The other process."""

    def __init__(self, port: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=read_everything, args=(port, theirs), daemon=True)
        self._process.start()

    async def connected(self) -> None:
        await asyncio.to_thread(self._pipe.recv)

    async def frames(self) -> float:
        self._pipe.send("count")
        return await asyncio.to_thread(self._pipe.recv) / len(FRAME)

    def end(self) -> None:
        self._pipe.send("end")
        self._process.join()


async def measure(send: Any, transports: list[Any], clients: Clients, seconds: float) -> float:
    """Return frames delivered a second while *send* is called once a tick."""
    before, start = await clients.frames(), time.perf_counter()
    while time.perf_counter() - start < seconds:
        send()
        await asyncio.sleep(0)
        while max(transport.get_write_buffer_size() for transport in transports) > LAG_BYTES_MAX:  # noqa: ASYNC110  # a transport has no event for it
            await asyncio.sleep(0)
    while any(transport.get_write_buffer_size() for transport in transports):  # noqa: ASYNC110
        await asyncio.sleep(0)
    return (await clients.frames() - before) / (time.perf_counter() - start)


async def compare(seconds: float, rounds: int) -> int:
    venue: Any = BenchVenue()
    dialect: Any = BenchDialect()
    server = Server(App(venue, [dialect]), host="127.0.0.1", port=0)
    await server.start()
    clients = Clients(server.port)
    await clients.connected()
    while len(venue.channel) < CLIENTS:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    transports = [outbox._wire.transport for outbox in venue.channel.members]

    def publish() -> None:
        for _ in range(PER_TICK):
            venue.channel.publish(PAYLOAD)

    def write_raw() -> None:
        joined = b"".join([FRAME] * PER_TICK)
        for transport in transports:
            transport.write(joined)

    ratios = []
    for _ in range(rounds):
        raw = await measure(write_raw, transports, clients, seconds)
        published = await measure(publish, transports, clients, seconds)
        ratios.append(published / raw)
        print(f"raw {raw / 1e6:5.2f} M/s   publish {published / 1e6:5.2f} M/s   ratio {published / raw:.2f}")
    clients.end()
    await server.stop()
    print(
        f"{CLIENTS} clients, {len(PAYLOAD)} B, {PER_TICK} a tick: ratio {sorted(ratios)[len(ratios) // 2]:.2f} (target 0.50)"
    )
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    raise SystemExit(run(compare(options.seconds, options.rounds)))
