"""What the feed's tests speak through: a real venue with BtcTurk's pairs, customers who trade, connections that remember, and a
client that keeps a book from whole books and differences as the venue's customers do.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from bedesten.clock import ManualClock
from bedesten.config import VenueFile, parse_venue_file, setup_commands
from bedesten.dialects.btcturk.feed.streams import BEAT_NS
from bedesten.dialects.btcturk.feed.table import Feed
from bedesten.dialects.btcturk.limits import LIMITS
from bedesten.dialects.contract import Reply
from bedesten.domain.commands import PlaceOrder, Transfer
from bedesten.domain.enums import OrderType, Side, TimeInForce, TransferReason
from bedesten.domain.instruments import Instrument
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.instruments import Catalogue
from bedesten.services.orders.order_result import Outcome
from bedesten.services.ports import Store
from bedesten.services.store_types import Permission
from bedesten.services.threads import histories, look_ups
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory
from tests import answers
from tests.dialects.btse.socket_doubles import FakeConnection, settle

START_NS: Final = 1_700_000_000_000_000_000  # 2023-11-14T22:13:20Z, a Tuesday
KEY: Final = "feed-key"
SECRET: Final = base64.b64encode(b"a secret of thirty-two bytes ...").decode()

VENUE_FILE: Final = """
assets = [
  { code = "TRY", name = "Turkish Lira", fiat = true }, { code = "USDT", name = "Tether" },
  { code = "BTC", name = "Bitcoin" }, { code = "ETH", name = "Ethereum" },
]
instruments = [
  { base = "BTC", quote = "TRY", group = "try", tick_size = 1, lot_size = 0.00000001 },
  { base = "ETH", quote = "BTC", group = "other", tick_size = 0.00001, lot_size = 0.0001 },
  { base = "ETH", quote = "TRY", group = "try", tick_size = 0.1, lot_size = 0.0001 },
]
[venue]
name = "test"
[listings]
btcturk = [
  { base = "BTC", quote = "TRY" },
  { base = "ETH", quote = "TRY", price_scale = 0 },
]
[groups.try]
fee_rule = "in_quote"
tax = 0.18
reissue_at_trigger = true
fees = [{ maker = 0.001, taker = 0.002 }]
[groups.other]
min_notional = 0.00001
fees = [{ maker = 0.001, taker = 0.002 }]
"""


class HeldConnection(FakeConnection):
    """A connection whose every message is held to the topics of its route."""

    def __init__(self, path: str, feed: Feed) -> None:
        super().__init__(path)
        (self._route,) = feed.routes

    def send(self, text: str | bytes) -> None:
        answers.check_message(self._route, text)
        super().send(text)


@dataclass
class Stage:
    """A venue, its feed and two customers; bob has the key."""

    venue: Venue
    clock: ManualClock
    feed: Feed
    alice: int = 0
    bob: int = 0
    connections: list[tuple[FakeConnection, Any]] = field(default_factory=list)

    def instrument(self, name: str = "BTC-TRY") -> Instrument:
        found = self.venue.catalogue.instrument(name)
        assert found is not None
        return found

    def connect(self, path: str = "/") -> tuple[FakeConnection, Any]:
        """Open a connection and hear the version."""
        connection = HeldConnection(path, self.feed)
        session = self.feed.open(self.venue, connection)
        self.connections.append((connection, session))
        assert connection.take() == [[991, {"type": 991, "current": "6.0.0", "min": "2.3.0"}]]
        return connection, session

    async def listen(self, *topics: str) -> FakeConnection:
        """Return a connection that has joined "channel:event" topics and was answered."""
        connection, session = self.connect()
        for topic in topics:
            session.received(join(*topic.split(":")))
        await self.settle()
        return connection

    async def settle(self) -> None:
        """Let everything that can happen now, happen; also first readings, part of which run in threads."""
        await settle()
        async with asyncio.timeout(5):
            while histories.waiting or look_ups.waiting or self._is_awaited():  # a thread has no event of ours
                await asyncio.sleep(0.001)
                await settle()
        await settle()

    def _is_awaited(self) -> bool:
        """Whether a connection still waits for the first reading of a source; a candle's goes to a thread twice."""
        beat = self.feed.beat(self.venue)
        candles = [each for found in beat._candles.values() for each in found.values()]
        sources = [beat.tickers, *beat._tickers.values(), *beat._books.values(), *candles]
        return any(source.is_awaited for source in sources)

    async def beat(self, count: int = 1) -> None:
        """Let seconds pass, and what they bring."""
        for _ in range(count):
            await settle()
            self.clock.advance(BEAT_NS)
            await settle()

    async def place(
        self,
        account: int,
        side: Side,
        quantity: str,
        price: str,
        client_id: str = "",
        name: str = "BTC-TRY",
        **more: Any,
    ) -> Outcome:
        """Place a limit order, or what *more* makes of it."""
        instrument = self.instrument(name)
        columns: dict[str, Any] = {
            "account": account, "instrument": instrument.id, "side": side, "order_type": OrderType.LIMIT,
            "time_in_force": TimeInForce.GTC, "price": instrument.ticks(price), "quantity": instrument.lots(quantity),
        }  # fmt: skip
        outcome = await self.venue.trading.place(PlaceOrder(**{**columns, **more}), client_id)
        assert outcome.reject is None, outcome.reject
        return outcome

    async def buy(self, account: int, quantity: str, price: str, client_id: str = "", **more: Any) -> Outcome:
        return await self.place(account, Side.BUY, quantity, price, client_id, **more)

    async def sell(self, account: int, quantity: str, price: str, client_id: str = "", **more: Any) -> Outcome:
        return await self.place(account, Side.SELL, quantity, price, client_id, **more)

    async def fund(self, account: int) -> None:
        """Give an account ten million of everything."""
        for asset in self.venue.catalogue.assets:
            amount, reason = 10_000_000 * 10**asset.scale, int(TransferReason.DEPOSIT)
            command = Transfer(account=OUTSIDE, to_account=account, asset=asset.id, amount=amount, reason=reason)
            await self.venue.sequencer.submit(command)


def is_asleep() -> bool:
    """Whether no task of the feed runs."""
    return not any("Work._run" in repr(task.get_coro()) for task in asyncio.all_tasks())


async def open_stage(store: Store | None = None, clock: ManualClock | None = None, text: str = VENUE_FILE) -> Stage:
    """Return a stage, its customers funded when they are new."""
    clock = clock or ManualClock(START_NS)
    venue_file = parse_venue_file(text, source="test")
    stage = Stage(await open_listed(venue_file, store or open_memory(), clock), clock, Feed())
    for name in ("alice", "bob"):
        known = stage.venue.accounts.by_name(name)
        account = known or await stage.venue.accounts.open(name)
        setattr(stage, name, account.id)
        if known is None:
            await stage.fund(account.id)
    if stage.venue.keys.find(KEY) is None:
        await stage.venue.keys.create(stage.bob, [Permission.READ], key=KEY, secret=SECRET)
    return stage


async def open_listed(venue_file: VenueFile, store: Store, clock: ManualClock) -> Venue:
    """Return a venue set up as its file says."""
    catalogue = Catalogue(venue_file.assets, venue_file.instruments, venue_file.listings)
    venue = open_venue(store, clock, catalogue)
    for command in setup_commands(venue_file, None):
        await venue.sequencer.submit(command)
    return venue


def join(channel: str, event: str, *, leave: bool = False) -> str:
    """Return a subscription as clients write it."""
    return json.dumps([151, {"type": 151, "channel": channel, "event": event, "join": not leave}])


def login(stage: Stage, *, nonce: Any = 3000, signed: str = "nonce", shift_ms: int = 0, **changes: Any) -> str:
    """Return a login signed over the tolerance or the time."""
    stamp = stage.clock.now_ns() // 1_000_000 + shift_ms
    message = f"{KEY}{nonce if signed == 'nonce' else stamp}".encode()
    signature = base64.b64encode(hmac.new(base64.b64decode(SECRET), message, hashlib.sha256).digest()).decode()
    body = {"type": 114, "publicKey": KEY, "timestamp": stamp, "nonce": nonce, "signature": signature, **changes}
    return json.dumps([114, body])


class FeedDialect:
    """The feed and nothing else of its dialect, for a server."""

    name = title = "btcturk"
    limits: Mapping[str, Any] = LIMITS
    signing = None
    ignores_case = True
    error_bodies: Mapping[int, Any] = {}

    def __init__(self, feed: Feed) -> None:
        self.endpoints = feed.endpoints
        self.sockets = feed.routes

    def owns(self, path: str) -> bool:
        return False

    def authenticate(self, venue: Any, request: Any, endpoint: Any) -> Any:
        raise AssertionError("everything here is public")

    def decode(self, endpoint: Any, request: Any) -> None:
        return None

    def render_error(self, request: Any, endpoint: Any, error: Any) -> Reply:
        return Reply(error.status, json.dumps({"code": error.code}).encode())


class BookClient:
    """Keeps one pair's book from `obdiff`, and complains of what would break a customer's book."""

    def __init__(self) -> None:
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self.seq = 0
        self.differences = self.wholes = 0

    def feed(self, frames: list[Any]) -> None:
        """Take in whatever a connection was sent."""
        for model, body in frames:
            if model == 431 and body["channel"] == "obdiff":
                self._begin(body)
            elif model == 432:
                self._change(body)

    def _begin(self, body: Any) -> None:
        assert body["CS"] >= self.seq, "change numbers never go back"
        bids, asks = ({row["P"]: row["A"] for row in body[side]} for side in ("BO", "AO"))
        if self.wholes and body["CS"] == self.seq:
            assert (bids, asks) == (self.bids, self.asks), "a whole book says what the differences said"
        assert len(bids) <= 100 and len(asks) <= 100
        assert list(bids) == sorted(bids, key=Decimal, reverse=True) and list(asks) == sorted(asks, key=Decimal)
        self.bids, self.asks, self.seq = bids, asks, body["CS"]
        self.wholes += 1

    def _change(self, body: Any) -> None:
        assert body["CS"] == self.seq + 1, "no gap"
        assert body["AO"] or body["BO"], "nothing is told while the book is idle"
        self.seq = body["CS"]
        self.differences += 1
        for rows, side in ((body["BO"], self.bids), (body["AO"], self.asks)):
            for row in rows:
                price, amount = row["P"], row["A"]
                assert (row["CP"] == 1) == (price not in side), "only what is new is told as new"
                if row["CP"] == 3:
                    assert side.pop(price) == amount, "a level that goes is told with its last amount"
                else:
                    assert Decimal(amount) > 0 and side.get(price) != amount
                    side[price] = amount

    def levels(self) -> tuple[list[list[str]], list[list[str]]]:
        """Return both sides, best first."""
        bids = sorted(([price, amount] for price, amount in self.bids.items()), key=lambda row: -Decimal(row[0]))
        return bids, sorted(([price, amount] for price, amount in self.asks.items()), key=lambda row: Decimal(row[0]))
