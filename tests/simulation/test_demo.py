"""The living book, on a real venue in process: everything through the services, under a clock that only the test moves."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from bedesten.clock import DEMO_START_NS, ManualClock
from bedesten.config import VenueFile, demo_venue_file, parse_venue_file, setup_commands
from bedesten.core import Machine
from bedesten.domain.commands import CancelOrder, PlaceOrder, SetIndex
from bedesten.domain.enums import IndexSource, OrderType, Side, TimeInForce
from bedesten.domain.events import Rejected
from bedesten.services.instruments import Catalogue
from bedesten.services.market.indexes import index_of
from bedesten.services.ports import AckPolicy
from bedesten.services.sequencing.sequencer import Committed
from bedesten.services.standing.standing import EVERYTHING
from bedesten.services.store_types import Permission
from bedesten.services.venue import Venue, open_venue
from bedesten.simulation.demo import PASSWORD, PASSWORD_HASH, TICK_NS, Demo, listing, reference_history
from bedesten.simulation.makers import is_to_be_told
from bedesten.simulation.reference import ReferencePrices, unpriced
from bedesten.storage.memory import open_memory

START_NS = 1_795_226_000 * 10**9
SECOND_NS = 10**9
VENUE_FILE = demo_venue_file()
BY_NAME = {row.name: row for row in VENUE_FILE.instruments}
MAKER_ACCOUNTS = range(16, 20)


class Living:
    """A demo venue and what was committed on it."""

    def __init__(self, seed: int = 1, venue_file: VenueFile = VENUE_FILE, start_ns: int = START_NS) -> None:
        self.clock = ManualClock(start_ns)
        self.venue_file = venue_file
        self.journal: list[tuple[int, bytes]] = []
        self.rejected: list[Rejected] = []
        self.trades = 0
        self.venue: Venue = open_venue(
            open_memory(),
            self.clock,
            Catalogue(venue_file.assets, venue_file.instruments),
            policy=AckPolicy.MEMORY,
            backfill=reference_history(venue_file, seed, self.clock),
        )
        self.venue.feeds.watch_commits(self.note)
        self.demo = Demo(self.venue, venue_file, seed)

    @property
    def machine(self) -> Machine:
        return self.venue.sequencer.state.machine

    def note(self, committed: Committed) -> None:
        self.journal += [(committed.time_ns, queued.row) for queued in committed.commands]
        self.rejected += [event for event in committed.events if isinstance(event, Rejected)]
        self.trades += len(committed.trades)

    async def open(self) -> Living:
        for command in setup_commands(self.venue_file):
            pending = self.venue.sequencer.submit(command)
        await pending
        await self.demo.prepare()
        return self

    async def live(self, seconds: int) -> None:
        """Let time go by, a tick at a time."""
        for _ in range(seconds * SECOND_NS // TICK_NS):
            self.clock.advance(TICK_NS)
            await self.demo.step()

    async def jump(self, seconds: int) -> None:
        """Let time go by at once."""
        self.clock.advance(seconds * SECOND_NS)
        await self.demo.step()

    def middle(self, name: str) -> float:
        bid, _, ask, _ = self.machine.bbo(BY_NAME[name].id)
        return (bid + ask) / 2

    def check(self) -> None:
        """Every scenario ends so: money sums to zero, no hold is without an order."""
        self.machine.audit()


@pytest_asyncio.fixture
async def living() -> AsyncIterator[Living]:
    market = await Living().open()
    yield market
    market.check()
    await market.venue.sequencer.stop()


async def test_every_book_is_two_sided_and_deep_from_the_start(living: Living) -> None:
    """Before the first request: two sides around the index price, a last price, no refusal on the way."""
    for row in VENUE_FILE.instruments:
        bid, _, ask, _ = living.machine.bbo(row.id)
        assert 0 < bid < ask, row.name
        assert bid - 1 <= living.machine.index_price(row.id) <= ask + 1
        assert living.machine.last_price(row.id) > 0
        assert len(living.machine.depth(row.id, Side.SELL, 100)) >= 20
        assert len(living.machine.depth(row.id, Side.BUY, 100)) >= min(20, bid)
    assert living.rejected == []


@pytest.mark.parametrize("seed", [3, 7])
async def test_no_maker_asks_for_what_its_instrument_refuses(seed: int) -> None:
    """Where a price is some twenty ticks, a ladder ends above the floor of its prices."""
    market = await Living(seed, start_ns=DEMO_START_NS).open()
    await market.live(5)
    assert market.rejected == []
    await market.venue.sequencer.stop()


async def test_books_follow_the_price_and_trades_print(living: Living) -> None:
    """One minute: prices moved, trades by the hundred, nothing refused, few commands a second."""
    before = {row.id: living.machine.bbo(row.id) for row in VENUE_FILE.instruments}
    trades, commands = living.trades, len(living.journal)

    await living.live(60)

    assert living.rejected == []
    assert 100 < living.trades - trades < 800
    assert len(living.journal) - commands < 60 * 150
    assert sum(living.machine.bbo(row.id) != before[row.id] for row in VENUE_FILE.instruments) > 45
    for row in VENUE_FILE.instruments:
        bid, _, ask, _ = living.machine.bbo(row.id)
        assert 0 < bid < ask, row.name
        if bid > 2_000:
            assert abs((bid + ask) / 2 / living.machine.index_price(row.id) - 1) < 0.003, row.name


async def test_the_same_seed_and_script_give_the_same_commands() -> None:
    """Byte for byte, a customer's order in the midst of it included; another seed gives others."""

    async def tell(seed: int) -> tuple[list[tuple[int, bytes]], str]:
        market = await Living(seed).open()
        trader = market.venue.accounts.by_name("trader1")
        assert trader is not None
        await market.live(3)
        await market.venue.trading.place(a_market_buy(trader.id))
        await market.jump(3600)
        await market.live(2)
        digest = market.machine.digest()
        await market.venue.sequencer.stop()
        return market.journal, digest

    first, again, other = await tell(4), await tell(4), await tell(5)

    assert first == again
    assert first[1] != other[1]


async def test_a_clock_that_jumps_a_month_finds_the_books_where_the_price_is(living: Living) -> None:
    """Nothing is caught up with and no maker meets itself on the way."""
    for _ in range(3):
        await living.jump(30 * 86_400)
        await living.live(8)

    assert living.rejected == []
    for row in VENUE_FILE.instruments:
        bid, _, ask, _ = living.machine.bbo(row.id)
        assert bid - 1 <= living.machine.index_price(row.id) <= ask + 1, row.name


async def test_a_customers_resting_order_is_filled_when_the_price_comes_to_it(living: Living) -> None:
    """Makers trade with what stands in their way, so a limit order fills as on a real venue."""
    trader = living.venue.accounts.by_name("trader1")
    row = BY_NAME["BTC-USD"]
    assert trader is not None
    price = int(living.middle("BTC-USD") * 0.995)
    order = PlaceOrder(
        account=trader.id,
        instrument=row.id,
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        price=price,
        quantity=row.lots("0.5"),
    )
    order_id = (await living.venue.trading.place(order)).order_id

    for _ in range(200):
        await living.jump(1800)
        if living.machine.order(order_id) is None:
            break

    record = await living.venue.trading.order(trader.id, order_id=order_id)
    assert record is not None and record.order.filled == row.lots("0.5")
    assert record.order.notional <= row.notional(price, record.order.filled)


async def test_makers_fill_their_books_again_after_someone_swept_them(living: Living) -> None:
    """A book that lost all its orders, or most of a level, is whole a few seconds later."""
    row = BY_NAME["ETH-USDT"]
    maker = next(a for a in MAKER_ACCOUNTS if living.machine.open_orders(a, row.id))
    for order in living.machine.open_orders(maker, row.id):
        await living.venue.sequencer.submit(CancelOrder(account=maker, order_id=order[0]))
    assert living.machine.bbo(row.id)[0] == 0

    await living.live(4)

    assert len(living.machine.depth(row.id, Side.BUY, 100)) >= 20


async def test_the_simulation_stays_in_funds_and_makes_no_money() -> None:
    """What its accounts lose or gain is brought back to OUTSIDE's account; nothing appears from nowhere."""
    market = await Living().open()
    usdt = next(asset for asset in VENUE_FILE.assets if asset.code == "USDT")
    noise = market.venue.accounts.by_name("noise1")
    assert noise is not None
    full = market.machine.balance(noise.id, usdt.id)[0]
    await market.venue.accounts.transfer(noise.id, 0, "USDT", full * 9 // 10)

    await market.jump(601)

    assert abs(market.machine.balance(noise.id, usdt.id)[0] - full) < full // 100
    market.check()
    await market.venue.sequencer.stop()


async def test_the_demo_accounts_are_funded_and_their_keys_work(living: Living) -> None:
    """trader1 and trader2 hold every asset and may do everything; observer may read."""
    for name in ("trader1", "trader2"):
        account = living.venue.accounts.by_name(name)
        assert account is not None
        assert all(balance.available > 0 for balance in await living.venue.accounts.balances(account.id))
    told = {row["name"]: row for row in listing(VENUE_FILE)["accounts"]}
    for name, permissions in (("trader2", 31), ("observer", 1)):
        key = living.venue.keys.find(told[name]["api_key"])
        account = living.venue.accounts.by_name(name)
        assert key is not None and account is not None
        assert (key.account, key.secret, key.permissions) == (
            account.id,
            told[name]["api_secret"],
            Permission(permissions),
        )


async def test_preparing_a_venue_again_gives_nobody_money_twice(living: Living) -> None:
    """A demo venue that starts again finds its accounts, keys and orders as they were."""
    trader = living.venue.accounts.by_name("trader1")
    assert trader is not None
    balances = await living.venue.accounts.balances(trader.id)
    orders = living.machine.open_orders(MAKER_ACCOUNTS[0])

    await Demo(living.venue, VENUE_FILE, 1).prepare()

    assert await living.venue.accounts.balances(trader.id) == balances
    kept = {order[0] for order in orders} & {order[0] for order in living.machine.open_orders(MAKER_ACCOUNTS[0])}
    assert len(kept) > 0.8 * len(orders)


async def test_the_past_joins_the_present_without_a_seam(living: Living) -> None:
    """Thirty days of hours, then the running one, at prices of the same height."""
    row = BY_NAME["BTC-TRY"]
    end_s = START_NS // SECOND_NS

    hours = await living.venue.candles.candles(row.id, 3600, end_s - 30 * 86_400, end_s + 3600)

    assert len(hours) >= 720
    assert abs(hours[-1].close / hours[-2].close - 1) < 0.02
    assert living.venue.market_data.last_price(row.id) == hours[-1].close


async def test_index_prices_come_from_the_reference(living: Living) -> None:
    """Each look at a book tells the core the index price when it moved by a tick."""
    assert sum(row[:8] == int(SetIndex.op).to_bytes(8, "little") for _, row in living.journal) == len(BY_NAME)


def a_market_buy(account: int) -> PlaceOrder:
    row = BY_NAME["BTC-USDT"]
    return PlaceOrder(
        account=account,
        instrument=row.id,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        time_in_force=TimeInForce.IOC,
        quantity=row.lots("0.2"),
    )


async def test_the_demo_accounts_are_customers(living: Living) -> None:
    """Each with an address, the documented password and everything open to it."""
    PasswordHasher().verify(PASSWORD_HASH, hashlib.sha256(PASSWORD.encode()).hexdigest())

    for name in ("trader1", "trader2", "observer"):
        customer = living.venue.customers.by_email(f"{name}@bedesten.example")
        assert customer is not None and customer.username == name
        assert living.venue.standing.allowed(customer.account) == EVERYTHING


def test_the_simulation_tells_an_index_again_before_it_is_too_old() -> None:
    """When it moved, when somebody else told it, and at half its age: a stable pair's price may stand still for an hour."""
    fresh, age = (100, IndexSource.DEMO, START_NS, START_NS + 60 * SECOND_NS), 30 * SECOND_NS

    assert not is_to_be_told(fresh, 100, START_NS + age - 1)
    assert is_to_be_told(fresh, 100, START_NS + age)
    assert is_to_be_told(fresh, 101, START_NS)
    assert is_to_be_told((100, IndexSource.OPERATOR, START_NS, 0), 100, START_NS)
    assert not is_to_be_told((100, IndexSource.DEMO, START_NS, 0), 100, START_NS + 1_000 * age)


async def test_a_demo_that_pauses_quotes_nothing_until_it_goes_on() -> None:
    """A clock that was stepped by an hour makes every index too old; the next looks at the books tell them anew."""
    living = Living()
    for command in setup_commands(VENUE_FILE):
        await living.venue.sequencer.submit(command)
    await living.demo.prepare()
    indexes, listed = living.venue.indexes, len(VENUE_FILE.instruments)
    assert (len(indexes.ages()), indexes.notice()) == (listed, None)

    living.clock.advance(3_600 * SECOND_NS)
    assert all(age.is_too_old for age in indexes.ages())
    await living.demo.step()
    for _ in range(20):
        living.clock.advance(SECOND_NS)
        await living.demo.step()

    assert indexes.notice() is None
    assert {index_of(living.machine, row.id).source for row in VENUE_FILE.instruments} == {IndexSource.DEMO}
    await living.venue.sequencer.stop()


def test_an_asset_without_a_price_starts_from_the_packaged_one() -> None:
    """A file of one's own with `[demo]` and no prices: bitcoin costs no half a dollar, and the start says what is assumed."""
    own = parse_venue_file(OWN_FILE, source="tests")
    (middle,) = ReferencePrices(own, 1).all_ticks(START_NS)

    assert 20_000 < float(own.instruments[0].price_text(round(middle))) < 500_000
    assert unpriced(own) == ["USD at 1", f"BTC at {VENUE_FILE.demo.prices['BTC'].usd}", "OWN at 1"]
    assert unpriced(VENUE_FILE) == []


OWN_FILE = """
assets = [{ code = "USD", name = "US Dollar" }, { code = "BTC", name = "Bitcoin" }, { code = "OWN", name = "Ours" }]
instruments = [{ base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "mine"
[groups.main]
fees = [{ maker = 0.0005, taker = 0.0006 }]
[demo]
"""
