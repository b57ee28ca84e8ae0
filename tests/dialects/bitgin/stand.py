"""A venue in memory behind the whole server, without a socket: what a broker's page would send, and what it would read."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.config import VenueFile, parse_venue_file, setup_commands
from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.dialects.btcturk.dialect import BtcTurkDialect
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.domain.commands import SetIndex
from bedesten.server.app import App
from bedesten.services.customers import CustomerTools
from bedesten.services.customers.passwords import Cost
from bedesten.services.instruments import Catalogue
from bedesten.services.log import recover
from bedesten.services.ports import Documents, Store
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Permission
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.documents import DocumentsInMemory
from bedesten.storage.memory import open_memory

START_NS: Final = 1_700_000_000_000_000_000
SECOND: Final = 1_000_000_000
EVERYTHING: Final = frozenset(Permission)

VENUE_FILE: Final = """
assets = [
  { code = "TWD", name = "New Taiwan Dollar", fiat = true, scale = 4 },
  { code = "USDT", name = "Tether", scale = 6 }, { code = "ETH", name = "Ethereum" },
]
instruments = [
  { base = "USDT", quote = "TWD", group = "broker", tick_size = 0.001, lot_size = 0.01 },
  { base = "ETH", quote = "TWD", group = "broker", tick_size = 0.1, lot_size = 0.0001 },
]
[venue]
name = "test"
[networks.Ethereum]
format = "ethereum"
block_seconds = 10
confirmations = 2
assets.USDT = { deposit_min = 1, withdraw_min = 20, withdraw_fee = 5 }
assets.ETH = { withdraw_fee = 0.01 }
[networks.Tron]
format = "tron"
assets.USDT = { withdraw_min = 20, withdraw_fee = 1 }
[groups.broker]
min_notional = 0.1
fee_rule = "in_received"
fees = [{ maker = 0.001, taker = 0.002 }]
[convert]
spread = 0.001
[fiat]
utc_offset_hours = 8
banks = [
  { code = "004", name = "First Bank", swift = "FIRSTWTP", branches = [{ code = "0037", name = "Head Office" }] },
  { code = "809", name = "Third Bank", branches = [{ code = "0094", name = "Head Office" }] },
  { code = "812", name = "Other Bank" },
]
[fiat.currencies.TWD]
bank = "004"
branch = "0037"
holder = "Venue"
account_prefix = "99781"
withdraw_fee = 15
withdraw_min = 100
withdraw_max = 50000
withdraw_day = 80000
deposit_day = 500000
deposit_month = 1000000
[otc]
discounts = [0, 0.1, 0.5]
[[otc.markets]]
base = "USDT"
quote = "TWD"
min_quantity = 10
spreads = [{ quantity = 1000, spread = 0.002 }, { quantity = 100000, spread = 0.004 }]
"""


def sha256(password: str) -> str:
    """Return a password as clients send it."""
    return hashlib.sha256(password.encode()).hexdigest()


def counted_bytes(start: int = 0) -> Callable[[int], bytes]:
    """Return a source of randomness that anybody can foretell: the digests of 0, 1, 2, …"""
    numbers = itertools.count(start)
    return lambda size: hashlib.shake_256(str(next(numbers)).encode()).digest(size)


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
    def code(self) -> Any:
        return self.json["code"]

    @property
    def data(self) -> Any:
        return self.json["data"]


def token_of(answer: Answer) -> str:
    """Return the token that an answer gives to browsers."""
    return answer.headers["set-cookie"].partition(";")[0].removeprefix("token=")


@dataclass
class Client:
    """A page or a program: with a token in a header or a cookie, with an API key, or with none of them."""

    stand: Stand
    token: str = ""
    key: str = ""
    secret: str = ""
    cookie: bool = False
    names: tuple[str, str, str] = ("btse-api", "btse-nonce", "btse-sign")
    more: dict[str, str] = field(default_factory=dict)  # headers

    async def call(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, kind: str = "application/json",
        **query: Any,
    ) -> Answer:  # fmt: skip
        """Send a request; *raw*: the body as bytes."""
        payload = raw if raw is not None else json.dumps(body).encode() if body is not None else b""
        headers = {"content-type": kind, **self.more}
        if self.token:
            headers |= {"cookie": f"lang=zh-TW; token={self.token}"} if self.cookie else {"token": self.token}
        elif self.key:
            nonce = str(self.stand.clock.now_ns() // 1_000_000)
            message = (path.removeprefix("/bitgin") + nonce).encode() + payload
            signature = hmac.new(self.secret.encode(), message, hashlib.sha384).hexdigest()
            headers |= dict(zip(self.names, (self.key, nonce, signature), strict=True))
        return await self.stand.send(method, path, urlencode(query), headers, payload)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.call("GET", path, **query)

    async def post(self, path: str, body: Any = None) -> Answer:
        return await self.call("POST", path, body)


@dataclass
class Stand:
    """A venue, its server and its customers."""

    venue: Venue
    clock: ManualClock
    app: App
    store: Store

    async def send(
        self, method: str, path: str, query: str = "", headers: dict[str, str] | None = None, body: bytes = b"",
        address: str = "192.0.2.1",
    ) -> Answer:  # fmt: skip
        """Send a request through the ASGI application."""
        length = {"content-length": str(len(body))} if body else {}
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [
                (name.encode(), value.encode("latin-1")) for name, value in {**(headers or {}), **length}.items()
            ],
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
        self, name: str, permissions: Iterable[Permission] = EVERYTHING, *, money: int = 1_000_000, level: int = 3,
        key: bool = False,
    ) -> Client:  # fmt: skip
        """Open an account with *money* of every asset, introduce its customer and sign them in, or give them a key."""
        account = await self.venue.accounts.open(name)
        for asset in self.venue.catalogue.assets:
            if money:
                await self.venue.accounts.deposit(account.id, asset.code, money * 10**asset.scale)
        await self.venue.customers.introduce(account.id, f"{name}@example.com", "", level=level)
        if key:
            made = await self.venue.keys.create(account.id, permissions)
            return Client(self, key=made.key, secret=made.secret)
        token = await self.venue.customers.sessions.open(account.id, is_proven=True)
        return Client(self, token.text)

    async def index(self, price: str, name: str = "USDT-TWD") -> None:
        """Tell the index price."""
        instrument = self.venue.catalogue.instrument(name)
        assert instrument is not None
        await self.venue.sequencer.submit(SetIndex(instrument=instrument.id, price=instrument.ticks(price)))

    def messages(self, channel: str, to: str | None = None) -> list[str]:
        """Return what was written by a channel, newest first."""
        sent = self.venue.customers.outbox.messages(1000)
        return [each.body for each in sent if each.channel == channel and to in (None, each.to)]

    def code(self, to: str) -> str:
        """Return the last code that was sent there."""
        sent = self.venue.customers.outbox.messages(1000)
        body = next(each.body for each in sent if each.to == to)
        found = re.search(r"\d{6}", body)
        assert found is not None
        return found.group()

    async def captcha(self) -> dict[str, str]:
        """Return a picture's id and what is read there."""
        number = (await self.public.get("/v1/captcha/image")).data["captchaId"]
        return {"captchaId": number, "captchaNumber": self.messages("captcha", number)[0]}

    async def sign_up(self, name: str, password: str = "correct horse") -> Answer:
        """Register and prove the e-mail address."""
        form = {"username": name, "email": f"{name}@example.com", "password": sha256(password), **await self.captcha()}
        answer = await self.public.post("/v1/register", form)
        assert answer.status == 200, answer.body
        verified = await self.public.post("/v1/verify", {"loginName": name, "code": self.code(f"{name}@example.com")})
        assert verified.status == 200, verified.body
        return answer

    async def sign_in(self, name: str, password: str = "correct horse", **more: Any) -> Client:
        """Sign in and return who did, with the token of the cookie."""
        answer = await self.public.post("/v1/login", {"loginName": name, "password": sha256(password), **more})
        assert answer.status == 200, answer.body
        return Client(self, token_of(answer))

    @property
    def public(self) -> Client:
        """Anybody."""
        return Client(self)

    async def close(self) -> None:
        await self.venue.sequencer.stop()


async def open_stand(
    clock: ManualClock | None = None, store: Store | None = None, documents: Documents | None = None
) -> Stand:
    """Open the venue, over the store of an earlier one for a restart; close it with stand.close()."""
    start = 0 if store is None or clock is None else clock.now_ns()  # other numbers after a restart
    venue_file: VenueFile = parse_venue_file(VENUE_FILE, source="tests")
    clock = clock or ManualClock(START_NS)
    is_new = store is None or not recover(store.log).machine.seq
    kept: Store = store or open_memory()

    def chain(sequencer: Sequencer) -> SimulatedChain:
        return SimulatedChain(sequencer, clock, venue_file.networks, b"tests")

    catalogue = Catalogue(venue_file.assets, venue_file.instruments, networks=venue_file.networks)
    tools = CustomerTools(
        randomness=counted_bytes(start), password_cost=Cost(1, 8, 1), documents=documents or DocumentsInMemory(),
        tells_captchas=True,
    )  # fmt: skip
    venue = open_venue(
        kept,
        clock,
        catalogue,
        chain=chain,
        otc=venue_file.otc,
        convert=venue_file.convert,
        fiat=venue_file.fiat,
        tools=tools,
    )
    for command in setup_commands(venue_file) if is_new else ():
        await venue.sequencer.submit(command)
    return Stand(venue, clock, App(venue, [BtseDialect(), BitginDialect(), BtcTurkDialect()]), kept)
