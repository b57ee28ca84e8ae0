"""A venue in memory behind the whole server, without a socket: what a BtcTurk client would send, and what it would read."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.config import parse_venue_file, setup_commands
from bedesten.dialects.btcturk.dialect import BtcTurkDialect
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

#: The seed's fee of 0.18 % with tax at the seed's scales; BTC-USDT is BTSE's, with finer steps than BtcTurk lists.
VENUE_FILE: Final = """
assets = [
  { code = "TRY", name = "Türk Lirası", fiat = true }, { code = "BTC", name = "Bitcoin" },
  { code = "XRP", name = "XRP" }, { code = "USDT", name = "Tether" },
]
instruments = [
  { base = "BTC", quote = "TRY", group = "try", tick_size = 1, lot_size = 0.00000001, max_quantity = 100 },
  { base = "XRP", quote = "TRY", group = "try", tick_size = 0.01, lot_size = 0.0001 },
  { base = "BTC", quote = "USDT", group = "shared", tick_size = 0.1, lot_size = 0.00000001, min_quantity = 0.00001 },
]
[listings]
btcturk = [
  { base = "BTC", quote = "TRY", min_value = 99.91 },
  { base = "XRP", quote = "TRY", min_value = 99.91 },
  { base = "BTC", quote = "USDT", price_scale = 0, min_value = 9.91 },
]
[venue]
name = "test"
[groups.try]
fee_rule = "in_quote"
tax = 0.18
min_notional = 99.91
price_floor = 0.1
price_ceiling = 10
market_protection = 0.05
open_orders_max = 20
refuse_met_triggers = true
reissue_at_trigger = true
fees = [{ maker = 0.000847457, taker = 0.001525423 }]
[groups.shared]
min_notional = 0.00001
fee_rule = "in_received"
buy_band = 0.3
sell_band = 0.3
market_protection = 0.05
fees = [{ maker = 0.002, taker = 0.002 }]
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

    @property
    def data(self) -> Any:
        """The envelope's data; the answer must be a good one."""
        told = self.json
        assert (self.status, told["success"]) == (200, True) and told["code"] in (0, "SUCCESS"), self.body
        return told["data"]

    @property
    def refusal(self) -> tuple[int, str, int]:
        """Status, message and code."""
        told = self.json
        assert told["success"] is False
        return self.status, told["message"], told["code"]


def sign(key: str, secret: str, stamp: str) -> str:
    """Return the signature as the documents' Python sample makes it."""
    digest = hmac.new(base64.b64decode(secret), f"{key}{stamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@dataclass
class Client:
    """A customer's program: signs with the venue's clock."""

    stand: Stand
    key: str = ""
    secret: str = ""
    token: str = ""
    address: str = "192.0.2.1"

    def headers(self, stamp: str | None = None) -> dict[str, str]:
        if self.token:
            return {"authorization": f"Bearer {self.token}"}
        if not self.key:
            return {}
        stamp = stamp or str(self.stand.clock.now_ns() // 1_000_000)
        return {"x-pck": self.key, "x-stamp": stamp, "x-signature": sign(self.key, self.secret, stamp)}

    async def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None,
        headers: dict[str, str] | None = None, query: Any = (),
    ) -> Answer:  # fmt: skip
        """Send a request; *raw*: the body as bytes; *headers*: beside the signature, or over it."""
        payload = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        sent = {"content-type": "application/json", **self.headers(), **(headers or {})}
        return await self.stand.send(method, path, urlencode(query), sent, payload, self.address)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.call("GET", path, query=[(name.rstrip("_"), value) for name, value in query.items()])

    async def post(self, path: str, body: Any) -> Answer:
        return await self.call("POST", path, body)

    async def order(self, side: str = "buy", quantity: Any = "0.01", price: Any = "50000", **more: Any) -> Answer:
        """Place a limit order on BTCTRY, or what *more* says."""
        form = {
            "quantity": quantity, "price": price, "orderMethod": "limit", "orderType": side, "pairSymbol": "BTCTRY",
            **more,
        }  # fmt: skip
        return await self.post("/api/v1/order", {name: value for name, value in form.items() if value is not None})

    async def placed(self, side: str = "buy", quantity: Any = "0.01", price: Any = "50000", **more: Any) -> int:
        """Place an order that must be accepted, and return its number."""
        number = (await self.order(side, quantity, price, **more)).data["id"]
        assert isinstance(number, int)
        return number

    async def cancel(self, number: int) -> Answer:
        return await self.call("DELETE", "/api/v1/order", query={"id": number})

    async def balance(self, asset: str) -> dict[str, Any]:
        rows = (await self.get("/api/v1/users/balances")).data
        (row,) = [row for row in rows if row["asset"] == asset]
        return dict(row)


@dataclass
class Stand:
    """A venue, its server and its customers."""

    venue: Venue
    clock: Any
    app: App
    clients: dict[str, Client] = field(default_factory=dict)
    last_ms: int = 0

    def fresh_ms(self) -> int:
        """Return a nonce that no request had yet, though the clock may stand still; for BTSE's signatures."""
        self.last_ms = max(self.clock.now_ns() // 1_000_000, self.last_ms + 1)
        return self.last_ms

    async def send(
        self, method: str, path: str, query: str = "", headers: dict[str, str] | None = None, body: bytes = b"",
        address: str = "192.0.2.1",
    ) -> Answer:  # fmt: skip
        """Send a request through the ASGI application."""
        length = {"content-length": str(len(body))} if body else {}
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in {**(headers or {}), **length}.items()],
            "client": (address, 1234), "scheme": "http", "http_version": "1.1",
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

    async def index(self, price: str, name: str = "BTC-TRY") -> None:
        """Tell the index price."""
        instrument = self.venue.catalogue.instrument(name)
        assert instrument is not None
        await self.venue.sequencer.submit(SetIndex(instrument=instrument.id, price=instrument.ticks(price)))

    @property
    def public(self) -> Client:
        """Anybody."""
        return Client(self)


async def open_stand(clock: Any = None, store: Store | None = None, text: str = VENUE_FILE) -> Stand:
    """Open the venue; stop it with stand.venue.sequencer.stop()."""
    venue_file = parse_venue_file(text, source="tests")
    clock = clock or ManualClock(START_NS)
    catalogue = Catalogue(venue_file.assets, venue_file.instruments, venue_file.listings, venue_file.networks)
    store = store or open_memory()

    def chain(sequencer: Sequencer) -> SimulatedChain:
        return SimulatedChain(sequencer, clock, venue_file.networks, b"tests")

    venue = open_venue(store, clock, catalogue, chain=chain if venue_file.networks else None)
    for command in setup_commands(venue_file):
        await venue.sequencer.submit(command)
    return Stand(venue, clock, App(venue, [BtseDialect(), BtcTurkDialect()]))
