"""Conversions at once: firm rates, exact amounts, both legs or neither, and once under an id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedesten.clock import ManualClock
from bedesten.config import parse_venue_file, setup_commands
from bedesten.domain.commands import PlaceOrder, SetAccount, SetIndex
from bedesten.domain.enums import AccountParameter, OrderType, Side, TimeInForce
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.money import AMOUNT_MAX
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.idempotency.once import AlreadyUsed, Once
from bedesten.services.instruments import Catalogue
from bedesten.services.money.conversions import Conversion, ConvertRefusal, Rate, firm, source_of, target_of
from bedesten.services.venue import Venue, open_venue
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore

R = ConvertRefusal
UNIT: Final = 10**8
FILE: Final = """
assets = [
  { code = "USD", name = "US Dollar", fiat = true, scale = 2 }, { code = "BTC", name = "Bitcoin" },
  { code = "XRP", name = "XRP", scale = 6 }, { code = "NIL", name = "Traded nowhere" },
  { code = "ETH", name = "Ethereum" },
]
instruments = [
  { base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 },
  { base = "XRP", quote = "USD", group = "main", tick_size = 0.0001, lot_size = 0.1 },
  { base = "ETH", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 },
]
[venue]
name = "test"
[groups.main]
min_notional = 1
fees = [{ maker = 0.0005, taker = 0.0006 }]
[convert]
spread = 0.001
limits = { BTC = { min = 0.001, max = 5 } }
"""


@dataclass
class Bureau:
    """A venue that converts, whose desk has 10 BTC and a million dollars; alice has one BTC and a thousand dollars."""

    store: SqliteStore
    venue: Venue
    alice: int

    def asset(self, code: str) -> Asset:
        found = self.venue.catalogue.asset(code)
        assert found is not None
        return found

    async def index(self, symbol: str, price: str) -> None:
        """Tell the index price."""
        instrument = self.venue.catalogue.instrument(symbol)
        assert instrument is not None
        await self.venue.sequencer.submit(SetIndex(instrument=instrument.id, price=instrument.ticks(price)))

    async def convert(self, source: str, target: str, **terms: Any) -> Conversion | ConvertRefusal:
        return await self.venue.conversions.convert(self.alice, self.asset(source), self.asset(target), **terms)

    async def place(self, side: Side, price: int) -> None:
        """Let alice offer, or the desk bid, a thousandth of an ETH."""
        command = PlaceOrder(
            account=self.alice if side is Side.SELL else DESK, instrument=3, side=side, order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=price, quantity=100,
        )  # fmt: skip
        result = await self.venue.sequencer.submit(command)
        assert not any(isinstance(event, Rejected) for event in result.events)

    def has(self, code: str, account: int = 0) -> int:
        """Return a balance; the ledger must be whole."""
        machine = self.venue.sequencer.state.machine
        machine.audit()
        return machine.balance(account or self.alice, self.asset(code).id)[0]

    async def restart(self) -> None:
        """Lose the process: nothing but the store is left."""
        await self.venue.sequencer.stop()
        self.venue = opened(self.store)


def opened(store: SqliteStore) -> Venue:
    file = parse_venue_file(FILE, source="tests")
    return open_venue(store, ManualClock(), Catalogue(file.assets, file.instruments), convert=file.convert)


@pytest.fixture
async def bureau() -> AsyncIterator[Bureau]:
    """A bureau whose BTC costs 20,000 dollars and whose XRP costs half of one."""
    store = open_memory()
    venue = opened(store)
    for command in setup_commands(parse_venue_file(FILE, source="tests")):
        await venue.sequencer.submit(command)
    alice = await venue.accounts.open("alice")
    bureau = Bureau(store, venue, alice.id)
    for account, btc, usd in ((DESK, 10, 1_000_000), (alice.id, 1, 1_000)):
        await venue.accounts.transfer(OUTSIDE, account, "BTC", btc * UNIT)
        await venue.accounts.transfer(OUTSIDE, account, "USD", usd * 100)
    await bureau.index("BTC-USD", "20000")
    await bureau.index("XRP-USD", "0.5")
    yield bureau
    await bureau.venue.sequencer.stop()


async def test_a_conversion_moves_both_legs_at_the_middle_less_the_spread(bureau: Bureau) -> None:
    """Half a BTC at 20,000 less a thousandth; the desk has what alice gave."""
    done = await bureau.convert("BTC", "USD", amount=UNIT // 2)

    assert isinstance(done, Conversion)
    assert (done.amount, done.to_amount, done.rate) == (UNIT // 2, 999_000, Rate(199_800_000_000, 7))
    assert (bureau.has("BTC"), bureau.has("USD")) == (UNIT // 2, 100_000 + 999_000)
    assert (bureau.has("BTC", DESK), bureau.has("USD", DESK)) == (10 * UNIT + UNIT // 2, 100_000_000 - 999_000)


async def test_what_is_to_be_received_may_be_named_instead(bureau: Bureau) -> None:
    """What it costs is rounded up to a minor unit."""
    done = await bureau.convert("USD", "BTC", to_amount=UNIT // 100)

    assert isinstance(done, Conversion)
    assert (done.to_amount, bureau.has("BTC")) == (UNIT // 100, UNIT + UNIT // 100)
    assert done.amount == 20_021  # 200.2002… dollars


async def test_a_rate_may_lead_over_an_asset_between(bureau: Bureau) -> None:
    """From BTC to XRP over dollars: the spread is taken once."""
    await bureau.venue.accounts.transfer(OUTSIDE, DESK, "XRP", 10**12)

    done = await bureau.convert("BTC", "XRP", amount=UNIT // 10)

    assert isinstance(done, Conversion)
    assert done.to_amount == 3_996 * 10**6


async def test_the_book_is_shown_and_settles_nothing(bureau: Bureau) -> None:
    """Its middle where both sides stand, else its last price, stands in for an index where a worth is shown; only there."""
    eth, usd = bureau.asset("ETH"), bureau.asset("USD")
    await bureau.venue.accounts.deposit(bureau.alice, "ETH", 10 * UNIT)
    shown = []
    for side, price in ((Side.SELL, 4_002), (Side.BUY, 4_001), (Side.SELL, 4_001)):
        await bureau.place(side, price)
        shown.append(await bureau.venue.rates.rate(eth, usd))
        assert await bureau.convert("ETH", "USD", amount=UNIT) is R.NO_PRICE

    assert shown == [None, Fraction(8_003, 4), Fraction(4_001, 2)]


@pytest.mark.parametrize(
    ("source", "target", "terms", "refusal"),
    [
        ("BTC", "BTC", {"amount": UNIT}, R.SAME_ASSET),
        ("BTC", "NIL", {"amount": UNIT}, R.NO_PRICE),
        ("NIL", "BTC", {"amount": UNIT}, R.NO_PRICE),
        ("BTC", "USD", {"amount": UNIT // 1000 - 1}, R.TOO_SMALL),
        ("BTC", "USD", {"amount": 0}, R.TOO_SMALL),
        ("BTC", "USD", {"amount": 5 * UNIT + 1}, R.TOO_LARGE),
        ("XRP", "USD", {"amount": 1}, R.TOO_SMALL),
        ("USD", "BTC", {"amount": AMOUNT_MAX}, R.TOO_LARGE),
        ("USD", "BTC", {"to_amount": AMOUNT_MAX}, R.INSUFFICIENT_AVAILABLE),
        ("BTC", "USD", {"amount": UNIT + 1}, R.INSUFFICIENT_AVAILABLE),
        ("USD", "XRP", {"amount": 100}, R.NO_INVENTORY),
    ],
)
async def test_what_cannot_be_converted_moves_nothing(
    bureau: Bureau, source: str, target: str, terms: dict[str, int], refusal: ConvertRefusal
) -> None:
    """Each refusal by its name."""
    before = bureau.venue.sequencer.state.machine.balances(bureau.alice)

    assert await bureau.convert(source, target, **terms) is refusal
    assert bureau.venue.sequencer.state.machine.balances(bureau.alice) == before


async def test_a_suspended_account_converts_nothing(bureau: Bureau) -> None:
    """As it may not trade."""
    suspend = SetAccount(account=bureau.alice, parameter=AccountParameter.SUSPENDED, value=1)
    await bureau.venue.sequencer.submit(suspend)

    assert await bureau.convert("BTC", "USD", amount=UNIT // 2) is R.SUSPENDED


async def test_a_venue_without_terms_converts_nothing(bureau: Bureau) -> None:
    """And says that it is not on offer."""
    bureau.venue.conversions.terms = None

    assert await bureau.convert("BTC", "USD", amount=UNIT // 2) is R.NOT_OFFERED
    assert not bureau.venue.conversions.offers(bureau.asset("BTC"))


async def test_an_id_converts_once_even_after_a_restart(bureau: Bureau) -> None:
    """At once, later, and by the next process: the same answer. Another request under the id is refused."""
    first, second = await asyncio.gather(
        *(bureau.convert("BTC", "USD", amount=UNIT // 4, client_id="mine") for _ in range(2))
    )
    await bureau.index("BTC-USD", "30000")
    third = await bureau.convert("BTC", "USD", amount=UNIT // 4, client_id="mine")
    await bureau.restart()
    fourth = await bureau.convert("BTC", "USD", amount=UNIT // 4, client_id="mine")

    assert isinstance(first, Conversion)
    assert first == second == third == fourth
    assert bureau.has("BTC") == UNIT * 3 // 4
    assert await bureau.convert("BTC", "USD", to_amount=first.to_amount, client_id="mine") is R.ID_USED
    assert await bureau.convert("BTC", "USD", amount=UNIT // 4) != first


async def test_a_refused_id_may_be_used_again(bureau: Bureau) -> None:
    """It converted nothing, so nothing is remembered."""
    assert await bureau.convert("BTC", "USD", amount=2 * UNIT, client_id="mine") is R.INSUFFICIENT_AVAILABLE
    await bureau.venue.accounts.deposit(bureau.alice, "BTC", UNIT)

    assert isinstance(await bureau.convert("BTC", "USD", amount=2 * UNIT, client_id="mine"), Conversion)


async def test_a_customer_who_hangs_up_does_not_leave_it_half_decided() -> None:
    """What was begun under an id is remembered when it is done, whoever waits for it."""
    done: dict[str, tuple[str, int]] = {}
    once: Once[int] = Once(lambda account, id: done.get(id))
    gate = asyncio.Event()

    async def ask() -> int:
        await gate.wait()
        done["mine"] = ("this", 7)
        return 7

    caller = asyncio.create_task(once.run(1, "mine", "this", ask))
    await asyncio.sleep(0)
    caller.cancel()
    gate.set()

    assert await once.run(1, "mine", "this", ask) == 7
    with pytest.raises(AlreadyUsed):
        await once.run(1, "mine", "that", ask)


rates = st.fractions(min_value=Fraction(1, 10**15), max_value=10**15)


@given(rates, st.integers(0, 500_000), st.integers(1, 10**18), st.integers(0, 12), st.integers(0, 12))
def test_the_desk_never_gives_more_than_the_rate(
    middle: Fraction, spread: int, amount: int, source_scale: int, target_scale: int
) -> None:
    """Twelve digits of the rate, cut off; amounts rounded toward the desk by less than a minor unit."""
    source, target = (
        Asset(id=1, code="A", name="", scale=source_scale),
        Asset(id=2, code="B", name="", scale=target_scale),
    )
    rate = firm(middle, spread)
    exact = middle * (1_000_000 - spread) / 1_000_000
    price = Fraction(rate.units, 10**rate.scale)
    worth = price * amount * Fraction(10) ** (target_scale - source_scale)

    assert price <= exact < price + Fraction(1, 10**rate.scale)
    assert rate.units >= 10**11
    assert worth - 1 < target_of(rate, source, target, amount) <= worth
    cost = source_of(rate, source, target, amount)
    assert target_of(rate, source, target, cost) >= amount
    assert cost == 1 or target_of(rate, source, target, cost - 1) < amount
