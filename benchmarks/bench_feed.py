"""What a delivered frame costs: BtcTurk's feed beside BTSE's order book service, on the same busy book, in the same run.

Workload: two demo venues of all instruments, one for each dialect, BTC-TRY a hundred levels deep on both sides; between two
tellings forty orders are placed or canceled near the best prices. BtcTurk: 200 listeners of obdiff and 200 of the pair's ticker.
BTSE: 200 of update and 200 of snapshotL1. Listeners are another process; measured is the processor time of the server's, from the
telling until every frame has left: reading the book, finding the changes, printing, framing, writing.

Target: BtcTurk's frame costs no more than BTSE's (ratio ≤ 1).
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import selectors
import socket
import time
from multiprocessing.connection import Connection as Pipe

from bedesten.clock import ManualClock
from bedesten.config import demo_venue_file, setup_commands
from bedesten.dialects.btcturk.dialect import BtcTurkDialect
from bedesten.dialects.btcturk.feed.streams import BEAT_NS
from bedesten.dialects.btcturk.limits import LIMITS
from bedesten.dialects.btse.conversation import SocketLimits
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.btse.sockets import BOOK_PATH, Sockets
from bedesten.dialects.contract import Dialect, Limit
from bedesten.domain.commands import CancelOrder, PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.server.app import App
from bedesten.server.run import Server, run
from bedesten.server.settings import ServerSettings
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import AckPolicy
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory

LISTENERS = 200  # of each topic
UNLIMITED = {**LIMITS, "connections": Limit((), blocks_ns=())}  # all listeners are at one address
LEVELS = 100
CHANGES = 40  # between two tellings
PRICE = 3_000_000
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
)
BTSE = (BOOK_PATH, ['{"op":"subscribe","args":["%s"]}' % topic for topic in ("update:BTC-TRY_0", "snapshotL1:BTC-TRY")])  # noqa: UP031
BTCTURK = (
    "/",
    ["[151,{type:151,channel:'%s',event:'BTCTRY',join:true}]" % channel for channel in ("obdiff", "ticker")],  # noqa: UP031
)


def read_everything(port: int, path: str, requests: list[str], pipe: Pipe) -> None:
    """Be the listeners: count bytes, and tell the count whenever asked."""
    selector = selectors.DefaultSelector()
    for request in requests:
        payload = request.encode()
        frame = bytes([0x81, 0x80 | len(payload)]) + b"\0\0\0\0" + payload
        for _ in range(LISTENERS):
            client = socket.create_connection(("127.0.0.1", port))
            client.sendall(HANDSHAKE.format(path=path).encode())
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            client.sendall(frame)
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


class Stand:
    """One dialect's venue, server and listeners."""

    def __init__(self, dialect: Dialect, path: str, requests: list[str]) -> None:
        self.dialect = dialect
        self.clock = ManualClock()
        self.random = random.Random(1)
        self.path, self.requests = path, requests
        self.live: list[int] = []

    async def open(self) -> None:
        venue_file = demo_venue_file()
        catalogue = Catalogue(venue_file.assets, venue_file.instruments, venue_file.listings)
        self.venue: Venue = open_venue(open_memory(), self.clock, catalogue, policy=AckPolicy.MEMORY)
        for command in setup_commands(venue_file, None):
            await self.venue.sequencer.submit(command)
        instrument = catalogue.instrument("BTC-TRY")
        assert instrument is not None
        self.instrument = instrument
        self.account = (await self.venue.accounts.open("maker")).id
        for asset in (instrument.base, instrument.quote):
            await self.venue.accounts.deposit(self.account, asset.code, 10**9 * 10**asset.scale)
        for level in range(1, LEVELS + 20):
            await self.place(level)
            await self.place(-level)
        settings = ServerSettings(sockets_per_address_max=4 * LISTENERS)
        self.server = Server(App(self.venue, [self.dialect], settings=settings), host="127.0.0.1", port=0)
        await self.server.start()
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        given = (self.server.port, self.path, self.requests, theirs)
        self.process = context.Process(target=read_everything, args=given, daemon=True)
        self.process.start()
        await asyncio.to_thread(self.pipe.recv)
        await asyncio.sleep(0.5)  # the first readings are shown

    async def place(self, distance: int) -> None:
        side = Side.SELL if distance > 0 else Side.BUY
        order = PlaceOrder(
            account=self.account, instrument=self.instrument.id, side=side, order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=PRICE + distance, quantity=self.random.randint(1, 10**7) + 10**6,
        )  # fmt: skip
        outcome = await self.venue.trading.place(order)
        assert outcome.reject is None, outcome.reject
        self.live.append(outcome.order_id)

    async def change(self) -> None:
        """Move the book, its best prices among the rest."""
        for at in range(CHANGES // 2):
            side = self.random.choice((-1, 1))
            await self.place(side * (1 if at < 2 else self.random.randint(1, 40)))
            order_id = self.live.pop(self.random.randrange(max(0, len(self.live) - 400), len(self.live)))
            await self.venue.trading.cancel(CancelOrder(account=self.account, order_id=order_id))

    async def tell(self) -> tuple[float, int]:
        """Return the processor seconds and the bytes of one telling."""
        before = await self.bytes_read()
        transports = [connection.transport for connection in self.server._uvicorn.server_state.connections]
        start = time.process_time()
        self.clock.advance(BEAT_NS)
        for _ in range(12):  # the sleeper wakes, reads between commits, publishes; the writer writes at a tick's end
            await asyncio.sleep(0)
        while any(transport.get_write_buffer_size() for transport in transports):  # noqa: ASYNC110
            await asyncio.sleep(0)
        spent = time.process_time() - start
        after = before
        while True:
            await asyncio.sleep(0.002)
            now = await self.bytes_read()
            if now == after and now > before:
                return spent, now - before
            after = now

    async def bytes_read(self) -> int:
        self.pipe.send("count")
        count: int = await asyncio.to_thread(self.pipe.recv)
        return count

    async def close(self) -> None:
        self.pipe.send("end")
        self.process.join()
        await self.server.stop()
        await self.venue.sequencer.stop()


async def measure(stand: Stand, tellings: int) -> tuple[float, float]:
    """Return the microseconds and the bytes of a delivered frame: each telling is one frame for every listener."""
    seconds, size = 0.0, 0
    for _ in range(tellings):
        await stand.change()
        spent, count = await stand.tell()
        seconds, size = seconds + spent, size + count
    frames = tellings * LISTENERS * len(stand.requests)
    return seconds / frames * 1e6, size / frames


async def compare(tellings: int, rounds: int) -> int:
    sockets = Sockets(limits=SocketLimits(connections_per_address_max=4 * LISTENERS))
    btse, btcturk = Stand(BtseDialect(sockets), *BTSE), Stand(BtcTurkDialect(limits=UNLIMITED), *BTCTURK)
    await btse.open()
    await btcturk.open()
    ratios = []
    for stand in (btse, btcturk):
        await measure(stand, 3)
    for _ in range(rounds):
        one, one_bytes = await measure(btse, tellings)
        other, other_bytes = await measure(btcturk, tellings)
        ratios.append(other / one)
        print(
            f"BTSE {one:5.2f} µs ({one_bytes:4.0f} B)   BtcTurk {other:5.2f} µs ({other_bytes:4.0f} B)   ratio {other / one:.2f}"
        )
    await btse.close()
    await btcturk.close()
    print(f"a delivered frame, {2 * LISTENERS} listeners: ratio {sorted(ratios)[len(ratios) // 2]:.2f} (target ≤ 1.00)")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tellings", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    raise SystemExit(run(compare(options.tellings, options.rounds)))
