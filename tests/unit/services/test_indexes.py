"""What is settled goes by an index price that somebody of the venue told and that is not too old; never by customers' orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import pytest

from bedesten.clock import ManualClock
from bedesten.config import parse_venue_file, setup_commands
from bedesten.domain.commands import PlaceOrder, SetIndex
from bedesten.domain.enums import IndexSource, OrderType, RejectReason, Side, TimeInForce
from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.instruments import Catalogue
from bedesten.services.money.conversions import Conversion, ConvertRefusal
from bedesten.services.otc.desk import OtcRefusal
from bedesten.services.otc.quotes import Quote
from bedesten.services.venue import Venue, open_venue, recover
from bedesten.services.venue_file.changes import Changes
from bedesten.storage.memory import open_memory

UNIT: Final = 10**8
S: Final = 1_000_000_000
FILE: Final = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }, { code = "ETH", name = "Ether" }]
instruments = [
  { base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 },
  { base = "ETH", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 },
]
[venue]
name = "test"
[groups.main]
fees = [{ maker = 0.0005, taker = 0.0006 }]
[otc]
[[otc.markets]]
base = "BTC"
quote = "USD"
min_quantity = 0.01
spreads = [{ quantity = 1, spread = 0.001 }]
[convert]
spread = 0.001
"""


@dataclass
class Bureau:
    """A venue with a desk of 10 BTC and a million dollars; alice has one BTC, one ETH and nine million dollars."""

    venue: Venue
    clock: ManualClock
    changes: Changes
    alice: int

    async def convert(self, amount: int = UNIT // 10) -> Conversion | ConvertRefusal:
        """Convert BTC to dollars."""
        usd, btc, _ = self.venue.catalogue.assets
        return await self.venue.conversions.convert(self.alice, btc, usd, amount=amount)

    async def quote(self, side: Side = Side.SELL) -> Quote | OtcRefusal:
        return await self.venue.otc.quote(self.alice, self.venue.catalogue.instruments[0], side, base=UNIT // 10)

    async def place(self, side: Side, dollars: int) -> None:
        command = PlaceOrder(
            account=self.alice, instrument=1, side=side, order_type=OrderType.LIMIT, time_in_force=TimeInForce.GTC,
            price=2 * dollars, quantity=1,
        )  # fmt: skip
        assert (await self.venue.trading.place(command)).reject is None

    async def index(self, dollars: int, source: int = IndexSource.OPERATOR, instrument: int = 1) -> None:
        await self.venue.sequencer.submit(SetIndex(instrument=instrument, price=2 * dollars, source=source))

    async def money(self) -> list[int]:
        machine = self.venue.sequencer.state.machine
        return [machine.balance(account, asset)[0] for account in (DESK, self.alice) for asset in (1, 2, 3)]

    def age(self, seconds: int) -> None:
        self.clock.advance(seconds * S)


@pytest.fixture
async def bureau() -> AsyncIterator[Bureau]:
    file, clock, store = parse_venue_file(FILE, source="tests"), ManualClock(), open_memory()
    catalogue = Catalogue(file.assets, file.instruments)
    venue = open_venue(store, clock, catalogue, otc=file.otc, convert=file.convert)
    changes = Changes(venue.sequencer, clock, catalogue, file, FILE)
    await changes.set_up(FILE)
    alice = await venue.accounts.open("alice")
    purses = {DESK: (1_000_000, 10, 10), alice.id: (9_000_000, 1, 1)}
    for account, amounts in purses.items():
        for code, amount in zip(("USD", "BTC", "ETH"), amounts, strict=True):
            await venue.accounts.transfer(OUTSIDE, account, code, amount * UNIT)
    yield Bureau(venue, clock, changes, alice.id)
    await venue.sequencer.stop()
    assert recover(store).machine.digest() == venue.sequencer.state.machine.digest()
    store.close()


async def test_two_tiny_orders_tell_the_desk_nothing(bureau: Bureau) -> None:
    """On a venue without an index nothing is converted and nothing quoted, wherever the book and its last price are."""
    await bureau.place(Side.SELL, 4_000_000)
    await bureau.place(Side.BUY, 3_990_000)
    before = await bureau.money()

    assert await bureau.convert() is ConvertRefusal.NO_PRICE
    assert [await bureau.quote(side) for side in Side] == [OtcRefusal.NO_PRICE] * 2
    await bureau.place(Side.BUY, 4_000_000)  # now there is a last price
    assert await bureau.convert() is ConvertRefusal.NO_PRICE
    assert await bureau.quote() is OtcRefusal.NO_PRICE
    assert (await bureau.money())[:3] == before[:3]


async def test_the_book_moves_nothing_where_an_index_was_told(bureau: Bureau) -> None:
    """At 20,000 told, 0.1 BTC brings 1,998 dollars, with bids at four million."""
    await bureau.index(20_000)
    await bureau.place(Side.BUY, 3_990_000)

    done, quote = await bureau.convert(), await bureau.quote()

    assert isinstance(done, Conversion) and done.to_amount == 1_998 * UNIT
    assert isinstance(quote, Quote) and quote.quote == 1_998 * UNIT


@pytest.mark.parametrize("source", [IndexSource.SOURCE, IndexSource.DEMO])
async def test_what_a_source_told_is_too_old_after_a_minute(bureau: Bureau, source: IndexSource) -> None:
    """Conversions, quotes and the acceptance of a quote are refused by name until the price is told again."""
    await bureau.index(20_000, source)
    held = await bureau.quote()
    assert isinstance(held, Quote)
    held.expires_ns += 3_600 * S
    bureau.age(59)
    assert isinstance(await bureau.convert(UNIT // 100), Conversion)
    bureau.age(1)
    before = await bureau.money()

    assert await bureau.convert() is ConvertRefusal.INDEX_TOO_OLD
    assert await bureau.quote() is OtcRefusal.INDEX_TOO_OLD
    assert (await bureau.venue.otc.accept(bureau.alice, held.id)).refusal is OtcRefusal.INDEX_TOO_OLD
    assert await bureau.money() == before
    assert bureau.venue.indexes.notice() == "too old: BTC-USD (60 s)"

    await bureau.index(20_000, source)
    assert bureau.venue.indexes.notice() is None
    assert (await bureau.venue.otc.accept(bureau.alice, held.id)).refusal is None


@pytest.mark.parametrize("source", [0, IndexSource.OPERATOR])
async def test_what_the_operator_told_stands_unless_the_file_says_otherwise(bureau: Bureau, source: int) -> None:
    """A year later still; `index_age_max` counts at once, by a command, and back."""
    await bureau.index(20_000, source)
    bureau.age(366 * 86_400)
    assert isinstance(await bureau.convert(UNIT // 100), Conversion)
    seq = bureau.venue.sequencer.state.machine.seq

    await bureau.changes.apply(lambda text: text.replace("[groups.main]", "[groups.main]\nindex_age_max = 30"))

    assert bureau.venue.sequencer.state.machine.seq > seq
    assert await bureau.convert() is ConvertRefusal.INDEX_TOO_OLD
    await bureau.index(20_000, source)
    bureau.age(29)
    assert isinstance(await bureau.convert(UNIT // 100), Conversion)
    bureau.age(1)
    assert await bureau.convert() is ConvertRefusal.INDEX_TOO_OLD
    await bureau.changes.apply(lambda text: text.replace("index_age_max = 30", "index_age_max = 0"))
    assert isinstance(await bureau.convert(UNIT // 100), Conversion)


async def test_a_rate_over_an_asset_between_needs_both_indexes(bureau: Bureau) -> None:
    """One of the two too old: refused, though the other is not, and though the book could say."""
    usd, btc, eth = bureau.venue.catalogue.assets
    await bureau.index(20_000)
    await bureau.index(1_000, IndexSource.SOURCE, instrument=2)
    convert = bureau.venue.conversions.convert
    assert isinstance(await convert(bureau.alice, btc, eth, amount=UNIT // 10), Conversion)
    bureau.age(60)

    assert await convert(bureau.alice, btc, eth, amount=UNIT // 10) is ConvertRefusal.INDEX_TOO_OLD
    assert isinstance(await convert(bureau.alice, btc, usd, amount=UNIT // 10), Conversion)


async def test_time_alone_takes_a_peg_out_of_the_book(bureau: Bureau) -> None:
    """Nobody asks anything: the venue notices by itself, and the depth that is shown has no order that nobody can trade with."""
    await bureau.index(20_000, IndexSource.SOURCE)
    peg = PlaceOrder(
        account=bureau.alice, instrument=1, side=Side.BUY, order_type=OrderType.PEG, time_in_force=TimeInForce.GTC,
        price=60_000, quantity=1,
    )  # fmt: skip
    placed = await bureau.venue.trading.place(peg)
    assert placed.order is not None
    seen: list[set[int]] = []
    bureau.venue.feeds.watch_books(seen.append)
    assert (await bureau.venue.market_data.bbo(1)).bid_price == 40_000

    bureau.age(61)
    await bureau.place(Side.BUY, 10)

    assert (await bureau.venue.market_data.bbo(1)).bid_price == 20
    assert seen and all(1 in each for each in seen)
    assert bureau.venue.sequencer.state.machine.order(placed.order.order.order_id) is not None
    assert (await bureau.venue.trading.place(peg)).reject is RejectReason.INDEX_TOO_OLD
    await bureau.index(20_000, IndexSource.SOURCE)
    assert (await bureau.venue.market_data.bbo(1)).bid_price == 40_000


def test_the_file_says_how_old_an_index_may_be() -> None:
    """Without the key 60 s for a source and never for the operator; with it the same for both; a row's word wins."""

    def ages(text: str) -> list[tuple[int, int]]:
        file = parse_venue_file(text, source="tests")
        return [(each.index_age_max_ns, each.source_index_age_max_ns) for each in file.instruments]

    group = FILE.replace("[groups.main]", '[groups.main]\nindex_age_max = "2.5"')
    assert ages(FILE) == [(0, 60 * S)] * 2
    assert ages(group) == [(5 * S // 2, 5 * S // 2)] * 2
    assert ages(group.replace('quote = "USD", group', 'quote = "USD", index_age_max = 0, group', 1)) == [
        (0, 0),
        (5 * S // 2,) * 2,
    ]
    assert len(setup_commands(parse_venue_file(group, source="tests"), parse_venue_file(FILE, source="tests"))) == 4
