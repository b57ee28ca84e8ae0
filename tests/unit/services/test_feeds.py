"""Feeds: what those who watch are told after a commit, and that they cannot hold it up."""

from __future__ import annotations

import asyncio

import pytest
from tests.unit.services.market import BTC_USD, Market, Pausing, order

from bedesten.domain.commands import AmendOrder
from bedesten.domain.enums import (
    CloseReason,
    EventKind,
    OrderType,
    PriceSource,
    RejectReason,
    Side,
    TimeInForce,
    Trigger,
)
from bedesten.domain.events import Traded
from bedesten.services.orders.updates import OrderUpdate

K = EventKind


class Listener:
    """Remembers what it was told about one account."""

    def __init__(self) -> None:
        self.updates: list[OrderUpdate] = []

    def __call__(self, account: int, updates: list[OrderUpdate]) -> None:
        self.updates += updates

    def told(self) -> list[tuple[EventKind, int, int]]:
        """Return what happened: kind, filled, remaining."""
        return [(update.kind, update.order.filled, update.order.remaining) for update in self.updates]


@pytest.fixture
def alice(market: Market) -> Listener:
    """Watches alice's orders."""
    listener = Listener()
    market.venue.feeds.watch_account(market.alice.id, listener)
    return listener


@pytest.fixture
def bob(market: Market) -> Listener:
    """Watches bob's orders."""
    listener = Listener()
    market.venue.feeds.watch_account(market.bob.id, listener)
    return listener


async def test_both_sides_of_a_match_are_told(market: Market, alice: Listener, bob: Listener) -> None:
    """Each account about its own order, with the match, and whether it was the maker."""
    await market.sell(market.alice, 5, 100, "offer")
    await market.buy(market.bob, 2, 100, "bid")

    assert alice.told() == [(K.PLACED, 0, 5), (K.TRADED, 2, 3)]
    assert bob.told() == [(K.PLACED, 0, 2), (K.TRADED, 2, 0), (K.CLOSED, 2, 0)]
    assert [update.is_maker for update in alice.updates] == [False, True]
    assert [update.is_maker for update in bob.updates] == [False, False, False]
    assert {update.client_id for update in alice.updates} == {"offer"}
    assert {update.client_id for update in bob.updates} == {"bid"}
    assert alice.updates[1].trade == bob.updates[1].trade is not None


async def test_each_update_shows_the_order_as_it_was_then(market: Market, store: Pausing, bob: Listener) -> None:
    """Even when much happened within one commit, amounts and prices are those of the moment."""
    for price in (101, 102):
        await market.sell(market.alice, 5, price)
    store.hold_up()
    held = market.venue.sequencer.submit(order(market.alice, Side.BUY, 1, 1))
    await store.held()
    order_id = market.venue.sequencer.state.machine.next_order_id
    placing = asyncio.ensure_future(market.buy(market.bob, 12, 100))
    await asyncio.sleep(0)
    amending = asyncio.ensure_future(
        market.venue.trading.amend(AmendOrder(account=market.bob.id, order_id=order_id, price=102, quantity=13))
    )
    await asyncio.sleep(0)
    store.let_go()
    await asyncio.gather(held, placing, amending)

    assert [(update.kind, update.order.price, update.order.quantity, update.order.filled, update.order.notional)
            for update in bob.updates] == [
        (K.PLACED, 100, 12, 0, 0),
        (K.AMENDED, 102, 13, 0, 0),
        (K.TRADED, 102, 13, 5, 505),
        (K.TRADED, 102, 13, 10, 1015),
    ]  # fmt: skip
    fees = [update.trade.taker_fee for update in bob.updates if update.trade is not None]
    assert [update.order.fee for update in bob.updates] == [0, 0, fees[0], sum(fees)]


async def test_the_end_of_an_order_is_told_with_its_reason(market: Market, alice: Listener) -> None:
    """The open states before it carry none."""
    await market.buy(market.alice, 1, 90, "gone", time_in_force=TimeInForce.IOC)
    await market.buy(market.alice, 1, 90, "later")
    await market.venue.trading.cancel_all(market.alice.id)

    reasons = [(update.kind, update.order.close_reason, update.client_id) for update in alice.updates]
    assert reasons == [
        (K.PLACED, 0, "gone"),
        (K.CLOSED, CloseReason.NOT_RESTED, "gone"),
        (K.PLACED, 0, "later"),
        (K.CLOSED, CloseReason.CANCELED, "later"),
    ]


async def test_an_order_that_fires_is_told_before_it_trades(market: Market, alice: Listener) -> None:
    """Placed and waiting, then triggered, then what it traded."""
    await market.buy(market.bob, 5, 90)
    await market.trade(1, 100)
    alice.updates.clear()
    await market.sell(
        market.alice, 2, 90, "stop", trigger=Trigger.STOP, trigger_price=95, trigger_source=PriceSource.LAST
    )
    await market.sell(market.bob, 1, 94)
    await market.buy(market.bob, 1, 94, self_trade=2)
    await market.sell(market.alice, 1, 90, "spark")

    stop = [update for update in alice.updates if update.client_id == "stop"]
    assert [(update.kind, update.order.is_waiting, update.order.filled) for update in stop] == [
        (K.PLACED, True, 0),
        (K.TRIGGERED, False, 0),
        (K.TRADED, False, 2),
        (K.CLOSED, False, 2),
    ]


async def test_a_peg_that_follows_the_index_is_told_with_each_price(market: Market, alice: Listener) -> None:
    """What it is repriced to, not what it ends at."""
    await market.index(100)
    peg = order(market.alice, Side.BUY, 1, 200, order_type=OrderType.PEG, deviation_ppm=-100_000)
    await market.venue.trading.place(peg)
    await asyncio.gather(market.index(110), market.index(120))

    assert [(update.kind, update.order.price) for update in alice.updates] == [
        (K.PLACED, 90), (K.REPRICED, 99), (K.REPRICED, 108),
    ]  # fmt: skip


async def test_a_refusal_by_the_market_is_told_too(market: Market, bob: Listener) -> None:
    """Venues show a post-only order that would cross, a killed one, or one that is not paid for like an ended order."""
    await market.sell(market.alice, 1, 100)
    await market.buy(market.bob, 1, 100, "cross", post_only=1)
    await market.buy(market.bob, 9, 100, "kill", time_in_force=TimeInForce.FOK)
    await market.buy(market.bob, 1, 100_000_000, "poor")

    assert [(update.kind, update.reason, update.client_id) for update in bob.updates] == [
        (K.REJECTED, RejectReason.POST_ONLY_WOULD_CROSS, "cross"),
        (K.REJECTED, RejectReason.FOK_NOT_FILLABLE, "kill"),
        (K.REJECTED, RejectReason.INSUFFICIENT_AVAILABLE, "poor"),
    ]
    assert bob.updates[0].order.price == 100


async def test_who_stopped_watching_is_told_nothing(market: Market, alice: Listener) -> None:
    """Of a second listener nothing is taken away."""
    other = Listener()
    feeds = market.venue.feeds
    feeds.watch_account(market.alice.id, other)
    feeds.unwatch_account(market.alice.id, alice)
    feeds.unwatch_account(market.alice.id, alice)

    await market.buy(market.alice, 1, 90)
    feeds.unwatch_account(market.alice.id, other)
    await market.buy(market.alice, 1, 90)

    assert (len(alice.updates), len(other.updates)) == (0, 1)


async def test_public_trades_and_changed_books_are_told_by_instrument(market: Market) -> None:
    """A commit that touches no book says nothing of books."""
    trades: list[tuple[int, list[Traded]]] = []
    books: list[set[int]] = []
    feeds = market.venue.feeds
    told_trades, told_books = (lambda instrument, some: trades.append((instrument, some))), books.append
    feeds.watch_trades(told_trades)
    feeds.watch_books(told_books)

    await market.index(100)
    await market.trade(2, 100)
    feeds.unwatch_trades(told_trades)
    feeds.unwatch_books(told_books)
    await market.trade(2, 100)

    assert [(instrument, [trade.quantity for trade in some]) for instrument, some in trades] == [(BTC_USD.id, [2])]
    assert books == [{BTC_USD.id}, {BTC_USD.id}]


async def test_a_listener_that_fails_harms_nobody(market: Market, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged; the order is answered and the other listeners are told."""
    books: list[set[int]] = []

    def broken(changed: set[int]) -> None:
        raise RuntimeError("the socket is gone")

    market.venue.feeds.watch_books(broken)
    market.venue.feeds.watch_books(books.append)

    placed = await market.buy(market.alice, 1, 90)

    assert placed.reject is None
    assert books == [{BTC_USD.id}]
    assert "the socket is gone" in caplog.text


async def test_a_listener_may_read_the_committed_book(market: Market) -> None:
    """Between commits the book can be read directly, and is that of the commit being told."""
    seen: list[tuple[int, int]] = []
    data = market.venue.market_data
    market.venue.feeds.watch_books(lambda changed: seen.append(data.depth_now(BTC_USD.id, 1).bids[0]))

    await market.buy(market.alice, 1, 90)
    await market.buy(market.alice, 2, 91)

    assert seen == [(90, 1), (91, 2)]
