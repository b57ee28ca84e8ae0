"""A client of the socket in a test: it keeps books, orders and balances from snapshots and deltas alone, and sees every gap."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from bedesten.dialects.native import who
from bedesten.dialects.native.stream.streams import PATH
from bedesten.services.threads import histories, look_ups
from tests import answers
from tests.dialects.btse.socket_doubles import FakeConnection, settle
from tests.security.stand import Credentials, Stand

ROUND_NS = 1_000_000_000


class NativeConnection(FakeConnection):
    """A connection whose every message is held to the topics of the native socket."""

    def __init__(self, stand: Stand, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        super().__init__(PATH, stand.stranger())
        self.headers = headers
        (self.route,) = stand.dialects["native"].sockets

    def send(self, text: str | bytes) -> None:
        answers.check_message(self.route, text)
        super().send(text)


class Listener:
    """What a client of the socket knows. A gap in a channel's numbers fails the test."""

    def __init__(self, stand: Stand, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self.stand = stand
        self.headers = headers  # of its handshakes
        self.answers: list[dict[str, Any]] = []
        self.heartbeats = 0
        self.seqs: dict[str, int] = {}  # by channel, the last that was heard
        self.snapshots: dict[str, int] = {}  # how many of each channel
        self.deltas: dict[str, list[Any]] = {}
        self.books: dict[str, dict[str, dict[str, str]]] = {}
        self.orders: dict[str, dict[str, Any]] = {}  # that are open, by id
        self.fills: list[dict[str, Any]] = []
        self.balances: dict[str, dict[str, str]] = {}
        self.connect()

    def connect(self) -> None:
        """Open another connection."""
        self.connection = NativeConnection(self.stand, self.headers)
        self.session = self.connection.route.open(self.stand.venue, self.connection)

    def cut(self, *, losing: bool = False) -> None:
        """Lose the connection; *losing*: with all that was sent and not read."""
        if losing:
            self.connection.take()
        self.read()
        self.session.closed()
        for task in self.connection.tasks:
            task.cancel()
        for channel in tuple(self.connection.channels):
            self.connection.leave(channel)
        self.connection.ended = (1006, "")

    async def ask(self, method: str, path: str, body: Any = None, key: str = "") -> dict[str, Any]:
        """Make a request and return its answer."""
        more = ({} if body is None else {"body": body}) | ({"idempotency_key": key} if key else {})
        self.say("request", id=len(self.answers), method=method, path=path, **more)
        await self.settle()
        self.read()
        return self.answers[-1]

    def say(self, op: str, **more: Any) -> None:
        """Say something."""
        self.session.received(json.dumps({"op": op, **more}))

    def log_in(self, credentials: Credentials) -> None:
        """Log in."""
        stamp = self.stand.clock.now_ns() // 1_000_000
        key = self.stand.venue.keys.find(credentials.key)
        assert key is not None
        signed = who.message(str(stamp).encode(), b"GET", PATH.encode(), b"")
        signature = who.hmac.new(credentials.secret.encode(), signed, "sha256").hexdigest()
        self.say("login", key=credentials.key, timestamp=stamp, signature=signature)

    def resume(self, credentials: Credentials, *channels: str) -> None:
        """Connect again, log in, and go on behind what was heard."""
        self.connect()
        self.log_in(credentials)
        self.say(
            "subscribe",
            channels=list(channels),
            after={name: self.seqs[name] for name in channels if name in self.seqs},
        )

    async def hear(self, rounds: int = 1) -> None:
        """Let time pass and everything happen that can, and read what came."""
        for _ in range(rounds):
            self.stand.clock.advance(ROUND_NS)
            await self.settle()
        self.read()

    async def settle(self) -> None:
        """Let everything happen that can without time passing, also what runs in threads."""
        await settle()
        async with asyncio.timeout(10):
            while histories.asked or look_ups.asked or self.stand.venue.sequencer.is_busy:
                await asyncio.sleep(0.001)
                await settle()
        await settle()

    def read(self) -> None:
        """Take in what was sent."""
        for message in self.connection.take():
            channel = message.get("channel", "")
            if "op" in message:
                self.answers.append(message)
            elif channel == "heartbeat":
                self.heartbeats += 1
            elif message["type"] == "snapshot":
                self.snapshots[channel] = self.snapshots.get(channel, 0) + 1
                self._begin(channel, message["data"])
            else:
                assert message["prev"] == self.seqs[channel], f"{channel}: a gap before {message}"
                assert message["seq"] > message["prev"]
                self.deltas.setdefault(channel, []).append(message["data"])
                self._continue(channel, message["data"])
            if "seq" in message:
                self.seqs[channel] = message["seq"]

    def _begin(self, channel: str, data: Any) -> None:
        if channel.startswith("book:"):
            self.books[channel] = {side: dict(data[side]) for side in ("bids", "asks")}
        elif channel == "orders":
            self.orders = {order["id"]: order for order in data["orders"]}
        elif channel == "balances":
            self.balances = {row["asset"]: row for row in data["balances"]}

    def _continue(self, channel: str, data: Any) -> None:
        if channel.startswith("book:"):
            for side, levels in self.books[channel].items():
                for price, quantity in data[side]:
                    if quantity == "0":
                        del levels[price]
                    else:
                        levels[price] = quantity
        elif channel == "orders":
            order = data["order"]
            self.orders[order["id"]] = order
            if order["status"] == "closed":
                del self.orders[order["id"]]
        elif channel == "fills":
            self.fills += data["fills"]
        elif channel == "balances":
            self.balances |= {row["asset"]: row for row in data["balances"]}
