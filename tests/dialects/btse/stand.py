"""A venue in memory behind the whole server, without a socket: what a BTSE client would send, and what it would read."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.config import VenueFile, parse_venue_file, setup_commands
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.domain.commands import SetIndex
from bedesten.server.app import App
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Permission
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory

START_NS: Final = 1_700_000_000_000_000_000
SECOND: Final = 1_000_000_000
EVERYTHING: Final = frozenset(Permission)

#: BTC-USD as the venue's samples have it, with all that a rule can refuse; ETH-TRY pays its fee and a tax in quote.
VENUE_FILE: Final = """
assets = [
  { code = "USD", name = "US Dollar", fiat = true }, { code = "TRY", name = "Turkish Lira", fiat = true },
  { code = "BTC", name = "Bitcoin" }, { code = "ETH", name = "Ethereum" },
  { code = "XRP", name = "XRP", scale = 6 },
]
instruments = [
  { base = "BTC", quote = "USD", group = "btse", tick_size = 0.5, lot_size = 0.00001, max_quantity = 100 },
  { base = "ETH", quote = "TRY", group = "try", tick_size = 0.01, lot_size = 0.0001 },
]
[venue]
name = "test"
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 10
confirmations = 2
assets.BTC = { deposit_min = 0.001, withdraw_min = 0.001, withdraw_fee = 0.0005, approve_above = 10, day_max = 100 }
[networks.Liquid]
format = "liquid"
assets.BTC = { withdraw_fee = 0.0001 }
[networks.Ethereum]
format = "ethereum"
assets.ETH = { withdraw_fee = 0.01 }
[networks.Ripple]
format = "xrp"
assets.XRP = { withdraw_min = 20, withdraw_fee = 0.25 }
[groups.btse]
fee_rule = "in_received"
buy_band = 0.3
sell_band = 0.3
trigger_distance = 0.05
open_orders_max = 20
fees = [{ maker = 0.0005, taker = 0.0006 }]
[groups.try]
fee_rule = "in_quote"
tax = 0.18
fees = [{ maker = 0.001, taker = 0.002 }]
[otc]
[[otc.markets]]
base = "BTC"
quote = "USD"
min_quantity = 0.01
spreads = [{ quantity = 1, spread = 0.001 }, { quantity = 10, spread = 0.002 }]
[convert]
spread = 0.002
limits = { BTC = { min = 0.0001, max = 10 } }
"""


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """A customer's program: signs as the quickstart does, with the venue's clock."""

    stand: Stand
    key: str = ""
    secret: str = ""
    names: tuple[str, str, str] = ("request-api", "request-nonce", "request-sign")

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        signed: str | None = None,
        nonce: int | None = None,
        raw: bytes | None = None,
        kind: str | None = "application/json",
        **query: Any,
    ) -> Answer:
        """Send a request; *signed*: what to sign for path and body; *raw*: the body as bytes; *kind*: its Content-Type."""
        payload = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        headers = {} if kind is None else {"content-type": kind}
        if self.key:
            stamp = str(nonce if nonce is not None else self.stand.fresh_ms())
            product = path.removeprefix("/spot").removeprefix("/otc").removeprefix("/futures")
            message = (product + stamp).encode() + payload if signed is None else signed.format(stamp).encode()
            signature = hmac.new(self.secret.encode(), message, hashlib.sha384).hexdigest()
            headers |= dict(zip(self.names, (self.key, stamp, signature), strict=True))
        return await self.stand.send(method, path, urlencode(query), headers, payload)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.call("GET", path, **query)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.call("POST", path, body)

    async def order(self, side: str = "BUY", size: Any = 0.001, price: Any = 20000, **more: Any) -> Answer:
        """Place a limit order on BTC-USD, v3.3."""
        form = {"symbol": "BTC-USD", "side": side, "type": "LIMIT", "price": price, "size": size, **more}
        return await self.post(
            "/spot/api/v3.3/order", {name: value for name, value in form.items() if value is not None}
        )


@dataclass
class Stand:
    """A venue, its server and its customers."""

    venue: Venue
    clock: ManualClock
    app: App
    clients: dict[str, Client] = field(default_factory=dict)
    last_ms: int = 0

    def fresh_ms(self) -> int:
        """Return a nonce that no request had yet, though the clock may stand still."""
        self.last_ms = max(self.clock.now_ns() // 1_000_000, self.last_ms + 1)
        return self.last_ms

    async def send(
        self, method: str, path: str, query: str = "", headers: dict[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send a request through the ASGI application."""
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [
                (name.encode(), value.encode())
                for name, value in ({**(headers or {}), "content-length": str(len(body))} if body else headers or {}).items()
            ],
            "client": ("192.0.2.1", 1234), "scheme": "http", "http_version": "1.1",
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        start, content = sent[0], b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(start["status"], content, {name.decode(): value.decode() for name, value in start["headers"]})

    async def customer(
        self, name: str, permissions: Iterable[Permission] = EVERYTHING, money: int = 1_000_000, **key: Any
    ) -> Client:
        """Open an account with *money* of every asset and a key."""
        account = await self.venue.accounts.open(name)
        for asset in self.venue.catalogue.assets:
            if money:
                await self.venue.accounts.deposit(account.id, asset.code, money * 10**asset.scale)
        made = await self.venue.keys.create(account.id, permissions, **key)
        self.clients[name] = Client(self, made.key, made.secret)
        return self.clients[name]

    async def index(self, price: str, symbol: str = "BTC-USD") -> None:
        """Tell the index price."""
        instrument = self.venue.catalogue.instrument(symbol)
        assert instrument is not None
        await self.venue.sequencer.submit(SetIndex(instrument=instrument.id, price=instrument.ticks(price)))

    @property
    def public(self) -> Client:
        """Anybody."""
        return Client(self)


async def open_stand(clock: Any = None, answers: Mapping[str, str] | None = None, store: Store | None = None) -> Stand:
    """Open the venue; stop it with stand.venue.sequencer.stop()."""
    venue_file: VenueFile = parse_venue_file(VENUE_FILE, source="tests")
    clock = clock or ManualClock(START_NS)
    store = store or open_memory()

    def chain(sequencer: Sequencer) -> SimulatedChain:
        return SimulatedChain(sequencer, clock, venue_file.networks, b"tests")

    catalogue = Catalogue(venue_file.assets, venue_file.instruments, networks=venue_file.networks)
    venue = open_venue(store, clock, catalogue, chain=chain, otc=venue_file.otc, convert=venue_file.convert)
    for command in setup_commands(venue_file):
        await venue.sequencer.submit(command)
    return Stand(venue, clock, App(venue, [BtseDialect(answers=answers)]))
