"""A random life of two customers and a sub-account, with every kind of movement that money has, and what it comes to.

One driver for every dialect: it moves money through the services, as no dialect does all of it. A dialect's part is one function
that reads all of a customer's histories over the wire and sums them up, by asset, in minor units: Told. Many things happen in one
instant, so that lists are walked past it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from bedesten.chain.addresses import derive
from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.config import parse_venue_file, setup_commands
from bedesten.dialects.contract import Dialect, Limit
from bedesten.domain.commands import CancelAll, PlaceOrder, SetIndex
from bedesten.domain.enums import OrderType, Side, TimeInForce, TransferReason
from bedesten.domain.networks import AddressFormat
from bedesten.domain.otc import DESK
from bedesten.server.app import App
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.chain_watch import beat
from bedesten.services.fiat.deposits import BankTransfer
from bedesten.services.fiat.withdrawals import FiatState, FiatWithdrawal
from bedesten.services.instruments import Catalogue
from bedesten.services.money.confirmed_transfers import ConfirmedTransfer
from bedesten.services.money.subaccounts import Portion
from bedesten.services.otc.quotes import Quote
from bedesten.services.ports import Destination, Store
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Permission
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory

START_NS: Final = 1_700_000_000_000_000_000
SECOND: Final = 1_000_000_000
NAMES: Final = ("alice", "bob", "carol")  # carol is alice's sub-account
FUNDS: Final = 100_000  # whole units of every asset for each of them and the desk, at the start
PRICE: Final = 20_000
VENUE_FILE: Final = """
assets = [
  { code = "TRY", name = "Turkish Lira", fiat = true }, { code = "USD", name = "US Dollar", fiat = true },
  { code = "BTC", name = "Bitcoin" }, { code = "ETH", name = "Ethereum" },
]
instruments = [
  { base = "BTC", quote = "USD", group = "received", tick_size = 0.5, lot_size = 0.00001 },
  { base = "ETH", quote = "TRY", group = "quoted", tick_size = 0.01, lot_size = 0.0001 },
  { base = "BTC", quote = "TRY", group = "quoted", tick_size = 1, lot_size = 0.0001 },
]
[venue]
name = "life"
[[listings.btcturk]]
base = "ETH"
quote = "TRY"
[[listings.btcturk]]
base = "BTC"
quote = "TRY"
[[listings.btcturk]]
base = "BTC"
quote = "USD"
[groups.received]
fee_rule = "in_received"
fees = [{ maker = 0.0005, taker = 0.0017 }]
[groups.quoted]
fee_rule = "in_quote"
tax = 0.18
fees = [{ maker = 0.001, taker = 0.002 }]
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 10
confirmations = 2
assets.BTC = { deposit_min = 0.001, withdraw_min = 0.001, withdraw_fee = 0.0005, approve_above = 1 }
[otc]
[[otc.markets]]
base = "BTC"
quote = "USD"
min_quantity = 0.001
spreads = [{ quantity = 10, spread = 0.00123 }]
[convert]
spread = 0.002
[fiat]
utc_offset_hours = 3
banks = [{ code = "0001", name = "First Bank", branches = [{ code = "0001", name = "Head Office" }] }]
[fiat.currencies.TRY]
bank = "0001"
branch = "0001"
holder = "Venue"
account_prefix = "99781"
withdraw_fee = 15
withdraw_min = 100
withdraw_max = 50000
withdraw_day = 5000000
deposit_day = 50000000
deposit_month = 100000000
"""

Told = Callable[["Life", str], Awaitable[dict[str, int]]]  # name → sum of what the histories tell, by asset code


@dataclass
class Life:
    """The venue, and what it takes to live there. key_of: the API key and secret of each of NAMES."""

    venue: Venue
    clock: ManualClock
    app: App
    store: Store
    dice: random.Random
    accounts: dict[str, int] = field(default_factory=dict)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    addresses: dict[str, Destination] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)
    references: int = 0

    async def step(self) -> None:
        """Let one thing happen; two in three times the clock stands still."""
        if self.dice.random() < 0.35:
            self.clock.advance(self.dice.choice([1, SECOND // 1_000, 20 * SECOND]))
        happening = self.dice.choice([
            self.order, self.order, self.order, self.cancel_orders, self.deposit, self.payment, self.withdraw, self.meddle,
            self.blocks, self.transfer, self.transfer_by_mail, self.family, self.convert, self.otc, self.otc, self.adjust,
            self.take_out, self.bank_in, self.bank_out, self.end_bank,
        ])  # fmt: skip
        self.script.append(happening.__name__)
        await happening()

    async def check(self, told: Told) -> None:
        """Compare what a dialect tells each of them with what each of them has."""
        for name in NAMES:
            sums = await told(self, name)
            for asset, total, _ in await self.venue.accounts.balances(self.accounts[name]):
                assert sums.get(asset.code, 0) == total, (name, asset.code, sums.get(asset.code, 0), total, self.script)

    def anybody(self) -> int:
        return self.accounts[self.dice.choice(NAMES)]

    def some(self, most: int) -> int:
        return 1 + int(most * self.dice.random() ** 3)

    def code(self) -> str:
        return self.dice.choice(["TRY", "USD", "BTC", "ETH"])

    # ── trades ──

    async def order(self) -> None:
        instrument = self.dice.choice(self.venue.catalogue.instruments)
        price = instrument.ticks(str(PRICE)) + self.dice.randint(-3, 3)
        command = PlaceOrder(
            account=self.anybody(), instrument=instrument.id, side=self.dice.choice(list(Side)), order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=price, quantity=self.some(3_000),
        )  # fmt: skip
        await self.venue.sequencer.submit(command)

    async def cancel_orders(self) -> None:
        await self.venue.sequencer.submit(CancelAll(account=self.anybody()))

    async def convert(self) -> None:
        source, target = self.dice.sample(self.venue.catalogue.assets, 2)
        await self.venue.conversions.convert(self.anybody(), source, target, amount=self.some(10**9))

    async def otc(self) -> None:
        """All of a quote or a part, in either asset: some leave amounts that no price of few digits tells."""
        instrument, account = self.venue.catalogue.instruments[0], self.anybody()
        wanted = {self.dice.choice(["base", "quote"]): 10**8 + self.some(10**10)}
        made = await self.venue.otc.quote(account, instrument, self.dice.choice(list(Side)), **wanted)
        if isinstance(made, Quote):
            part = {self.dice.choice(["base", "quote"]): self.some(made.base)} if self.dice.random() < 0.5 else {}
            await self.venue.otc.accept(account, made.id, **part)

    # ── chains ──

    async def payment(self) -> None:
        asset = self.venue.catalogue.asset("BTC")
        network = self.venue.catalogue.network("Bitcoin")
        assert asset is not None and network is not None
        to = self.addresses[self.dice.choice(NAMES)]
        await self.venue.network_deposits.fund(network, asset, self.some(10**8), to)

    async def withdraw(self) -> None:
        asset, network = self.venue.catalogue.asset("BTC"), self.venue.catalogue.network("Bitcoin")
        assert asset is not None and network is not None
        elsewhere = Destination(derive(b"somebody else", AddressFormat.BITCOIN, 1))
        to = self.dice.choice([elsewhere, *self.addresses.values()])
        is_within = self.dice.random() < 0.5
        await self.venue.network_withdrawals.request(
            self.anybody(), asset, network, self.some(3 * 10**8), to, fee_within=is_within
        )

    async def meddle(self) -> None:
        """A withdrawal is taken back or approved."""
        rows = self.venue.network_withdrawals.open()
        if rows:
            row = self.dice.choice(rows)
            if self.dice.random() < 0.5:
                await self.venue.withdrawals.cancel(row.account, row.id)
            else:
                await self.venue.network_withdrawals.approve(row.id)

    async def blocks(self) -> None:
        for _ in range(self.dice.randint(1, 4)):
            self.clock.advance(10 * SECOND)
            await beat(self.venue)

    # ── between accounts, and by the operator ──

    async def deposit(self) -> None:
        await self.venue.accounts.deposit(self.anybody(), self.code(), self.some(10**9))

    async def adjust(self) -> None:
        ends = [OUTSIDE, self.anybody()]
        self.dice.shuffle(ends)
        await self.venue.accounts.transfer(*ends, self.code(), self.some(10**8), TransferReason.ADJUSTMENT)

    async def take_out(self) -> None:
        """Money leaves by the operator's hand, with no request before."""
        reason = TransferReason.WITHDRAWAL
        await self.venue.accounts.transfer(self.anybody(), OUTSIDE, self.code(), self.some(10**8), reason)

    async def transfer(self) -> None:
        giver, taker = self.dice.sample(NAMES, 2)
        await self.venue.accounts.transfer(self.accounts[giver], self.accounts[taker], self.code(), self.some(10**9))

    async def family(self) -> None:
        giver, taker = self.dice.sample(["alice", "carol"], 2)
        assets = self.dice.sample(self.venue.catalogue.assets, self.dice.randint(1, 3))
        portions = [Portion(asset, self.some(10**9)) for asset in assets]
        await self.venue.subaccounts.transfer(self.accounts["alice"], giver, taker, portions)

    async def transfer_by_mail(self) -> None:
        giver, taker = self.dice.sample(["alice", "bob"], 2)
        asset = self.dice.choice(self.venue.catalogue.assets)
        account, mail = self.accounts[giver], f"{taker}@example.com"
        held = await self.venue.confirmed_transfers.request(account, taker, mail, asset, self.some(10**9))
        if not isinstance(held, ConfirmedTransfer):
            return
        match self.dice.randint(0, 2):
            case 0:
                await self.venue.confirmed_transfers.cancel(account, held.id)
            case 1:
                body = self.venue.customers.outbox.messages(1)[0].body
                link = re.search(r"code=([0-9a-f-]+)", body)
                assert link is not None
                await self.venue.confirmed_transfers.confirm(account, link.group(1))
                assert await self.venue.confirmed_transfers.carry_out(account, held.id) is None

    # ── banks ──

    async def bank_in(self) -> None:
        asset = self.venue.catalogue.asset("TRY")
        assert asset is not None
        self.references += 1
        paid = BankTransfer(
            account=self.accounts[self.dice.choice(["alice", "bob"])], asset=asset.id, amount=self.some(1_000) * 10**asset.scale,
            reference=f"R-{self.references}", bank="0001", number="99887766", holder="Somebody",
        )  # fmt: skip
        await self.venue.fiat.deposits.credit(asset, paid, may=lambda: True)

    async def bank_out(self) -> None:
        asset, account = self.venue.catalogue.asset("TRY"), self.accounts[self.dice.choice(["alice", "bob"])]
        assert asset is not None
        to = self.venue.fiat.bank_accounts.verified(account, asset.id)[0]
        await self.venue.fiat.withdrawals.request(
            asset, to, (100 + self.some(500)) * 10**asset.scale, must_confirm=False
        )

    async def end_bank(self) -> None:
        """The operator pays one, or the bank sends it back, or the customer does not want it any more."""
        rows: Sequence[FiatWithdrawal] = await self.venue.fiat.withdrawals.open()
        if not rows:
            return
        row = self.dice.choice(list(rows))
        if row.state is FiatState.CONFIRMED and self.dice.random() < 0.3:
            await self.venue.fiat.withdrawals.cancel(row.account, row.id)
            return
        await self.venue.fiat.withdrawals.begin(row.id)
        if self.dice.random() < 0.6:
            self.references += 1
            await self.venue.fiat.withdrawals.paid(row.id, f"P-{self.references}")
        else:
            await self.venue.fiat.withdrawals.failed(row.id)


def unlimited(limits: Mapping[str, Limit]) -> dict[str, Limit]:
    """Return a dialect's limits so wide that a reader on a clock that stands still meets none."""
    return {
        name: replace(limit, windows=tuple(replace(window, requests=1_000_000) for window in limit.windows))
        for name, limit in limits.items()
    }


async def open_life(seed: int, dialects: Sequence[Dialect]) -> Life:
    """Open the venue with its people; stop it with life.venue.sequencer.stop()."""
    file, clock, store = parse_venue_file(VENUE_FILE, source="tests"), ManualClock(START_NS), open_memory()

    def chain(sequencer: Sequencer) -> SimulatedChain:
        return SimulatedChain(sequencer, clock, file.networks, b"life")

    catalogue = Catalogue(file.assets, file.instruments, file.listings, file.networks)
    venue = open_venue(store, clock, catalogue, chain=chain, otc=file.otc, convert=file.convert, fiat=file.fiat)
    for command in setup_commands(file):
        await venue.sequencer.submit(command)
    for instrument in catalogue.instruments:
        await venue.sequencer.submit(SetIndex(instrument=instrument.id, price=instrument.ticks(str(PRICE))))
    life = Life(venue, clock, App(venue, dialects), store, random.Random(seed))
    for name in NAMES:
        await _settle_in(life, name)
    for asset in catalogue.assets:
        for account in (DESK, *life.accounts.values()):
            await venue.accounts.deposit(account, asset.code, FUNDS * 10**asset.scale)
    return life


async def _settle_in(life: Life, name: str) -> None:
    venue = life.venue
    btc, lira, network = venue.catalogue.asset("BTC"), venue.catalogue.asset("TRY"), venue.catalogue.network("Bitcoin")
    assert btc is not None and lira is not None and network is not None
    if name == "carol":
        parent = venue.accounts.by_name("alice")
        assert parent is not None
        account = await venue.subaccounts.open(name, parent)
    else:
        account = await venue.accounts.open(name)
        await venue.customers.introduce(account.id, f"{name}@example.com", "", level=3)
        await venue.fiat.bank_accounts.add(
            account.id, lira.id, bank="0001", branch="0001", number="12345678901", holder=name.title(), is_verified=True
        )
    life.accounts[name] = account.id
    address, _ = await venue.network_deposits.create_address(account.id, btc, network)
    life.addresses[name] = address.to
    made = await venue.keys.create(account.id, list(Permission))
    life.keys[name] = (made.key, made.secret)
