"""What the tests of services say instead of commands: a market with accounts that buy, sell, and hold money."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bedesten.clock import Clock
from bedesten.domain.commands import (
    Command,
    ListAsset,
    ListInstrument,
    PlaceOrder,
    SetFees,
    SetIndex,
    SetInstrument,
)
from bedesten.domain.enums import InstrumentParameter, InstrumentState, OrderType, Side, TimeInForce
from bedesten.domain.instruments import Asset, Instrument
from bedesten.services.accounts.accounts import Account
from bedesten.services.instruments import Catalogue
from bedesten.services.orders.order_result import Outcome
from bedesten.services.ports import AckPolicy, Batch, History, Store
from bedesten.services.sequencing.state import VenueState
from bedesten.services.venue import Venue, open_venue

BTC: Final = Asset(id=1, code="BTC", name="Bitcoin", scale=0)
USD: Final = Asset(id=2, code="USD", name="US dollar", scale=0, is_fiat=True)
ETH: Final = Asset(id=3, code="ETH", name="Ether", scale=0)
BTC_USD: Final = Instrument(id=1, base=BTC, quote=USD, price_scale=0, quantity_scale=0)
ETH_USD: Final = Instrument(id=2, base=ETH, quote=USD, price_scale=0, quantity_scale=0)
CATALOGUE: Final = Catalogue([BTC, USD, ETH], [BTC_USD, ETH_USD])

PURSE: Final = 1_000_000  # of every asset, for every customer
TAKER_PPB: Final = 10_000_000  # one percent
MAKER_PPB: Final = 5_000_000
SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
GATE_S_MAX: Final = 20  # a held commit goes on after this, so that a broken test ends


class Pausing:
    """A store whose commits wait at a gate, or fail; everything else is the real store's."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner
        self.batches_seen: list[Batch] = []
        self.failure: Exception | None = None
        self.entered = threading.Event()
        self._gate = threading.Event()
        self._gate.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property
    def log(self) -> Any:
        """This: its commits are what is held up."""
        return self

    @property
    def rows(self) -> Any:
        """This, too."""
        return self

    def hold_up(self) -> None:
        """Let the next commit begin but not end."""
        self.entered.clear()
        self._gate.clear()

    def let_go(self) -> None:
        """Let what is held up go on."""
        self._gate.set()

    def commit(self, batch: Batch) -> None:
        """Write a batch, once the gate is open."""
        self.entered.set()
        assert self._gate.wait(GATE_S_MAX)
        if self.failure is not None:
            raise self.failure
        self.inner.commit(batch)
        self.batches_seen.append(batch)

    async def held(self) -> None:
        """Return when a commit stands at the gate."""
        await asyncio.to_thread(self.entered.wait, GATE_S_MAX)


def setup() -> list[Command]:
    """Return the commands that list the catalogue and open it for trading, with fees in what is received."""
    commands: list[Command] = [ListAsset(asset=asset.id) for asset in CATALOGUE.assets]
    for instrument in CATALOGUE.instruments:
        number = instrument.id
        commands += [
            ListInstrument(
                instrument=number, base=instrument.base.id, quote=instrument.quote.id, lot_value=1,
                value_numerator=1, value_denominator=1,
            ),
            SetInstrument(instrument=number, parameter=InstrumentParameter.STATE, value=InstrumentState.TRADING),
            SetFees(instrument=number, tier=0, maker_ppb=MAKER_PPB, taker_ppb=TAKER_PPB),
        ]  # fmt: skip
    return commands


def order(account: Account, side: Side, quantity: int, price: int, **changes: int) -> PlaceOrder:
    """Return a limit order on BTC-USD."""
    columns: dict[str, int] = dict(
        account=account.id, instrument=BTC_USD.id, side=side, order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC, price=price, quantity=quantity,
    )  # fmt: skip
    return PlaceOrder(**{**columns, **changes})


@dataclass(frozen=True)
class Market:
    """A venue and two customers with a full purse."""

    venue: Venue
    alice: Account
    bob: Account

    async def buy(self, account: Account, quantity: int, price: int, client_id: str = "", **changes: int) -> Outcome:
        """Place a limit order to buy on BTC-USD."""
        return await self.venue.trading.place(order(account, Side.BUY, quantity, price, **changes), client_id)

    async def sell(self, account: Account, quantity: int, price: int, client_id: str = "", **changes: int) -> Outcome:
        """Place a limit order to sell on BTC-USD."""
        return await self.venue.trading.place(order(account, Side.SELL, quantity, price, **changes), client_id)

    async def trade(self, quantity: int, price: int) -> Outcome:
        """Let bob buy from alice."""
        await self.sell(self.alice, quantity, price)
        return await self.buy(self.bob, quantity, price)

    async def index(self, price: int) -> None:
        """Tell the index price of BTC-USD."""
        await self.venue.sequencer.submit(SetIndex(instrument=BTC_USD.id, price=price))

    def digest(self) -> str:
        """Return the core's own word for its whole state."""
        return self.venue.sequencer.state.machine.digest()


async def open_market(
    store: Any,
    clock: Clock,
    *,
    policy: AckPolicy = AckPolicy.SYNCED,
    state: VenueState | None = None,
    backfill: History | None = None,
    on_failure: Callable[[BaseException], None] = lambda error: None,
) -> Market:
    """Open a venue over a store; when the store is new, list the catalogue and let alice and bob in."""
    venue = open_venue(store, clock, CATALOGUE, policy=policy, state=state, backfill=backfill, on_failure=on_failure)
    alice, bob = venue.accounts.by_name("alice"), venue.accounts.by_name("bob")
    if alice is None or bob is None:
        for command in setup():
            await venue.sequencer.submit(command)
        alice, bob = [await venue.accounts.open(name) for name in ("alice", "bob")]
        for account in (alice, bob):
            for asset in CATALOGUE.assets:
                await venue.accounts.deposit(account.id, asset.code, PURSE)
    return Market(venue, alice, bob)


async def settle() -> None:
    """Let the venue do what is due: wake, commit in its thread, publish."""
    for _ in range(20):
        await asyncio.sleep(0.001)
