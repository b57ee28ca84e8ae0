"""What the socket tests speak through: a connection that remembers, a venue with a book that is set by hand, and a client that
keeps a book from snapshots and deltas, as the venue's documentation tells clients to.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from types import SimpleNamespace
from typing import Any, cast

from tests.answers import check_sent

from bedesten.clock import ManualClock
from bedesten.dialects.btse.conversation import SocketLimits
from bedesten.dialects.btse.sockets import Sockets
from bedesten.dialects.contract import Channel, OnOverflow
from bedesten.domain.instruments import Asset, Instrument
from bedesten.services.accounts.held_keys import HeldKeys
from bedesten.services.instruments import Catalogue
from bedesten.services.sequencing.figures import Figures
from bedesten.services.sequencing.loops import Loops
from bedesten.services.standing.standing import EVERYTHING
from bedesten.services.store_types import ApiKey, Permission, Trade
from bedesten.services.venue import Venue

BTC = Asset(id=1, code="BTC", name="Bitcoin")
ETH = Asset(id=2, code="ETH", name="Ether")
USD = Asset(id=3, code="USD", name="US dollar", scale=8)
BTC_USD = Instrument(id=1, base=BTC, quote=USD, price_scale=1, quantity_scale=5)
ETH_USD = Instrument(id=2, base=ETH, quote=USD, price_scale=2, tick_size=5, quantity_scale=4)
TIME_NS = 1_624_985_375_123_000_000  # the venue documents a login at this instant
INTERVAL_NS = 100_000_000
KEY = "4e9536c79f0fdd72bf04f2430982d3f61d9d76c996f0175bbba470d69d59816x"  # and with this key and secret
SECRET = "848db84ac252b6726e5f6e7a711d9c96d9fd77d020151b45839a5b59c37203bx"
ACCOUNT = 16

Level = tuple[int, int]


class FakeConnection:
    """A connection whose sent messages are read back as Python values."""

    def __init__(self, path: str = "/ws/spot", client_host: str = "192.0.2.1") -> None:
        self.path = path
        self.client_host = client_host
        self.headers: Sequence[tuple[bytes, bytes]] = ()
        self.sent: list[str] = []
        self.ended: tuple[int, str] | None = None
        self.channels: dict[Channel, None] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def send(self, text: str | bytes) -> None:
        if self.ended is None:
            check_sent(self.path, text)
            self.sent.append(text if isinstance(text, str) else text.decode())

    def queue(self, frame: bytes, on_overflow: OnOverflow | None = None) -> None:
        start = {126: 4, 127: 10}.get(frame[1], 2)
        self.send(frame[start:])

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.ended = self.ended or (code, reason)
        for channel in tuple(self.channels):
            self.leave(channel)

    def join(self, channel: Channel) -> None:
        self.channels[channel] = None
        channel.members[self] = None

    def leave(self, channel: Channel) -> None:
        self.channels.pop(channel, None)
        channel.members.pop(self, None)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    def take(self) -> list[Any]:
        """Return what was sent since the last time: decoded, but for "pong"."""
        sent, self.sent = self.sent, []
        return [text if text == "pong" else json.loads(text) for text in sent]


class FakeFeeds:
    """Feeds that tests publish to by hand."""

    def __init__(self) -> None:
        self.trades: list[Callable[..., None]] = []
        self.books: list[Callable[..., None]] = []
        self.accounts: dict[int, list[Callable[..., None]]] = defaultdict(list)
        self.announcements: list[Callable[..., None]] = []
        self.announced: list[object] = []

    def watch_announcements(self, listener: Callable[..., None]) -> None:
        self.announcements.append(listener)

    def watch_trades(self, listener: Callable[..., None]) -> None:
        self.trades.append(listener)

    def watch_books(self, listener: Callable[..., None]) -> None:
        self.books.append(listener)

    def unwatch_books(self, listener: Callable[..., None]) -> None:
        self.books.remove(listener)

    def watch_account(self, account: int, listener: Callable[..., None]) -> None:
        self.accounts[account].append(listener)

    def unwatch_account(self, account: int, listener: Callable[..., None]) -> None:
        self.accounts[account].remove(listener)


class FakeMarket:
    """Books set by hand, read as market data is."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.seq = 700
        self.bids: dict[int, dict[int, int]] = defaultdict(dict)
        self.asks: dict[int, dict[int, int]] = defaultdict(dict)
        self.trades: list[Trade] = []
        self.reads = 0

    def depth_now(self, instrument_id: int, limit: int, group: int = 1) -> SimpleNamespace:
        self.reads += 1
        bids = self._grouped(self.bids[instrument_id], lambda price: price // group * group)
        asks = self._grouped(self.asks[instrument_id], lambda price: -(-price // group) * group)
        return SimpleNamespace(
            bids=sorted(bids.items(), reverse=True)[:limit], asks=sorted(asks.items())[:limit],
            time_ns=self.clock.now_ns(), seq=self.seq,
        )  # fmt: skip

    def recent_trades(self, instrument_id: int, limit: int) -> list[Trade]:
        return [trade for trade in self.trades if trade.instrument == instrument_id][::-1][:limit]

    @staticmethod
    def _grouped(levels: dict[int, int], bucket: Callable[[int], int]) -> dict[int, int]:
        grouped: dict[int, int] = defaultdict(int)
        for price, quantity in levels.items():
            grouped[bucket(price)] += quantity
        return grouped


class FakeSequencer:
    """A sequencer that is always between two commits."""

    def __init__(self) -> None:
        self.figures = Figures()

    async def read(self, ask: Callable[[object], Any]) -> Any:
        return ask(None)


class Stage:
    """A venue of doubles, the sockets on it, and ways to act."""

    def __init__(self, *, interval_ns: int = INTERVAL_NS, limits: SocketLimits | None = None) -> None:
        self.clock = ManualClock(TIME_NS)
        self.feeds = FakeFeeds()
        self.market = FakeMarket(self.clock)
        self.held_keys = HeldKeys(self.clock)
        self.keys: dict[str, ApiKey] = {
            KEY: ApiKey(key=KEY, secret=SECRET, account=ACCOUNT, permissions=Permission.READ)
        }
        self.venue = cast(
            "Venue",
            SimpleNamespace(
                clock=self.clock, catalogue=Catalogue([BTC, ETH, USD], [BTC_USD, ETH_USD]), feeds=self.feeds,
                market_data=self.market, sequencer=FakeSequencer(),
                loops=Loops(self.clock), held_keys=self.held_keys,
                keys=SimpleNamespace(find=self.keys.get, note_use=lambda key: None),
                standing=SimpleNamespace(allowed=lambda account: EVERYTHING),
            ),
        )  # fmt: skip
        self.sockets = Sockets(limits=limits or SocketLimits(), book_interval_ns=interval_ns)

    def spot(self, path: str = "/ws/spot", host: str = "192.0.2.1") -> tuple[FakeConnection, Any]:
        """Open a connection to the spot socket."""
        connection = FakeConnection(path, host)
        return connection, self.sockets.open_spot(self.venue, connection)

    def books(self, host: str = "192.0.2.1") -> tuple[FakeConnection, Any]:
        """Open a connection to the order book service."""
        connection = FakeConnection("/ws/oss/spot", host)
        return connection, self.sockets.open_books(self.venue, connection)

    async def change(self, bids: dict[int, int] | None = None, asks: dict[int, int] | None = None) -> None:
        """Set levels of the BTC-USD book (0 removes one) as one commit, and tell it."""
        for side, levels in ((self.market.bids[1], bids or {}), (self.market.asks[1], asks or {})):
            for price, quantity in levels.items():
                side[price] = quantity
                if not quantity:
                    del side[price]
        self.market.seq += 1
        for listener in tuple(self.feeds.books):
            listener({1})

    async def pass_interval(self) -> None:
        """Let one interval pass, and everything that it wakes."""
        await settle()
        self.clock.advance(INTERVAL_NS)
        await settle()

    def trade(self, *trades: Trade) -> None:
        """Commit matches, oldest first, and tell them."""
        self.market.trades.extend(trades)
        for listener in self.feeds.trades:
            listener(trades[0].instrument, list(trades))

    def tell(self, *updates: Any, account: int = ACCOUNT) -> None:
        """Tell what happened to an account's orders."""
        for listener in tuple(self.feeds.accounts[account]):
            listener(account, list(updates))


async def settle() -> None:
    """Let the tasks that can run, run."""
    for _ in range(10):
        await asyncio.sleep(0)


def request(op: str, *args: object) -> str:
    """Return a request as clients write it."""
    return json.dumps({"op": op, "args": list(args)})


def login(
    nonce: object = "1624985375123", *, path: str = "/ws/spot", key: str = KEY, op: str = "authKeyExpires"
) -> str:
    """Return a signed login."""
    signature = hmac.new(SECRET.encode(), f"{path}{nonce}".encode(), hashlib.sha384).hexdigest()
    return request(op, key, nonce, signature)


class BookClient:
    """Keeps one topic's book, and complains of everything that would make a client subscribe again."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self.seq = 0
        self.deltas = 0

    def feed(self, messages: Sequence[Any]) -> None:
        """Take in whatever a connection was sent."""
        for message in messages:
            if message.get("topic") == self.topic:
                self._take(message["data"])

    def _take(self, data: Any) -> None:
        assert data["prevSeqNum"] == data["seqNum"] - 1
        if data["type"] == "snapshot":
            assert data["seqNum"] >= self.seq, "a snapshot continues the sequence"
            assert len(data["bids"]) <= 50 and len(data["asks"]) <= 50
            self.bids, self.asks = dict(data["bids"]), dict(data["asks"])
            assert data["asks"] == sorted(data["asks"], key=lambda row: -float(row[0])), "best ask last"
            assert data["bids"] == sorted(data["bids"], key=lambda row: -float(row[0])), "best bid first"
        else:
            assert data["prevSeqNum"] == self.seq, "no gap"
            assert data["bids"] or data["asks"], "nothing is sent while the book is idle"
            self.deltas += 1
            _lay(data["bids"], self.bids)
            _lay(data["asks"], self.asks)
        self.seq = data["seqNum"]
        if self.bids and self.asks:
            assert max(map(float, self.bids)) < min(map(float, self.asks)), "never crossed"

    def levels(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Return both sides, best first."""
        bids = sorted(self.bids.items(), key=lambda row: -float(row[0]))
        return bids, sorted(self.asks.items(), key=lambda row: float(row[0]))


def _lay(rows: list[list[str]], side: dict[str, str]) -> None:
    for price, size in rows:
        if size == "0":
            assert side.pop(price, None) is not None, "only what was shown is removed"
        else:
            side[price] = size
