"""Answers to order commands: built from the command and its events alone, they must say what the core would say."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.services.market import BTC_USD, MINUTE, Market, order

from bedesten.domain.commands import AmendOrder, CancelOrder, PlaceOco, PlaceOrder
from bedesten.domain.enums import (
    CloseReason,
    OrderType,
    PriceSource,
    RejectReason,
    SelfTrade,
    Side,
    TimeInForce,
    Trigger,
)
from bedesten.domain.orders import Order
from bedesten.services.orders.order_result import Outcome

LIMIT, MARKET, PEG = OrderType.LIMIT, OrderType.MARKET, OrderType.PEG
STOP, TAKE_PROFIT = Trigger.STOP, Trigger.TAKE_PROFIT
WATCH_LAST = dict(trigger_source=PriceSource.LAST)

#: Orders of every kind that a book of bids at 98 and 99 and asks at 101 and 102 (five lots each) lets live or ends.
KINDS: dict[str, dict[str, int]] = {
    "rests": dict(side=Side.BUY, price=97, quantity=3),
    "rests behind the best": dict(side=Side.SELL, price=104, quantity=3, post_only=1),
    "takes one level": dict(side=Side.BUY, price=101, quantity=2),
    "takes a level and rests": dict(side=Side.BUY, price=101, quantity=9),
    "sweeps two levels and rests": dict(side=Side.BUY, price=102, quantity=12),
    "sells into two bids": dict(side=Side.SELL, price=98, quantity=7),
    "immediate or cancel": dict(side=Side.BUY, price=101, quantity=9, time_in_force=TimeInForce.IOC),
    "fill or kill": dict(side=Side.BUY, price=102, quantity=9, time_in_force=TimeInForce.FOK),
    "good till a date": dict(side=Side.BUY, price=90, quantity=1, time_in_force=TimeInForce.GTD, expires_ns=MINUTE),
    "market by quantity": dict(side=Side.BUY, order_type=MARKET, quantity=6),
    "market by budget": dict(side=Side.BUY, order_type=MARKET, budget=710),
    "market sell": dict(side=Side.SELL, order_type=MARKET, quantity=6),
    "stop": dict(side=Side.SELL, price=94, quantity=2, trigger=STOP, trigger_price=95, **WATCH_LAST),
    "stop that is met at once": dict(
        side=Side.SELL, price=98, quantity=7, trigger=STOP, trigger_price=101, **WATCH_LAST
    ),
    "take profit": dict(side=Side.SELL, price=109, quantity=2, trigger=TAKE_PROFIT, trigger_price=110, **WATCH_LAST),
    "trailing stop": dict(
        side=Side.SELL, order_type=MARKET, quantity=2, trigger=Trigger.TRAILING_DISTANCE, trail=3, **WATCH_LAST
    ),
    "peg": dict(side=Side.BUY, order_type=PEG, price=99, quantity=2, deviation_ppm=-30_000),
    "peg that shows a part": dict(
        side=Side.BUY, order_type=PEG, price=99, quantity=20, deviation_ppm=-30_000, display_ppm=100_000
    ),
    "decrements its own": dict(side=Side.BUY, price=103, quantity=20, self_trade=SelfTrade.DECREMENT),
    "ends its own older orders": dict(side=Side.BUY, price=103, quantity=20, self_trade=SelfTrade.CANCEL_OLDEST),
}


@pytest.fixture
async def book(market: Market) -> Market:
    """Bids at 99 and 98, asks at 101 and 102, five lots each; last and index price 100; one ask at 103 is bob's own."""
    await market.index(100)
    await market.trade(1, 100)
    for price in (99, 98):
        await market.buy(market.alice, 5, price)
    for price in (101, 102):
        await market.sell(market.alice, 5, price)
    await market.sell(market.bob, 2, 103)
    return market


def without_hold(row: Any) -> Order:
    """Return an order without the one column that only the core tells."""
    return Order._make(row)._replace(held=0)


def assert_told_right(market: Market, outcome: Outcome) -> None:
    """Whatever lives is told as the core has it."""
    machine = market.venue.sequencer.state.machine
    assert outcome.reject is None and outcome.orders
    for record in outcome.orders:
        row = machine.order(record.order.order_id)
        if row is None:
            assert record.order.close_reason
        else:
            assert record.order._replace(held=0) == without_hold(row)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_placed_order_is_told_as_the_core_has_it(book: Market, kind: str) -> None:
    """Every kind of order, resting, waiting, partly filled or ended, is answered without asking the core."""
    columns = dict(KINDS[kind])
    if columns.get("expires_ns"):
        columns["expires_ns"] += book.venue.clock.now_ns()

    outcome = await book.venue.trading.place(order(book.bob, **{"quantity": 0, "price": 0, **columns}))

    assert_told_right(book, outcome)
    assert outcome.order_id == outcome.orders[0].order.order_id


async def test_both_legs_of_an_oco_order_are_told(book: Market) -> None:
    """The limit leg first, then the stop leg with its own limit; they name each other and share the client id."""
    outcome = await book.venue.trading.place(an_oco(book), "pair")

    assert_told_right(book, outcome)
    limit_leg, stop_leg = (record.order for record in outcome.orders)
    assert (limit_leg.price, limit_leg.is_waiting, stop_leg.price, stop_leg.is_waiting) == (104, False, 94, True)
    assert (limit_leg.sibling_id, stop_leg.sibling_id) == (stop_leg.order_id, limit_leg.order_id)
    assert [record.client_id for record in outcome.orders] == ["pair", "pair"]


async def test_a_taker_is_told_what_it_traded_and_paid(book: Market) -> None:
    """Filled, notional, fee and what is left are exact; each match is listed."""
    outcome = await book.buy(book.bob, 12, 102)

    assert outcome.order is not None
    bought = outcome.order.order
    assert (bought.filled, bought.remaining, bought.notional) == (10, 2, 5 * 101 + 5 * 102)
    assert bought.fee == sum(trade.taker_fee for trade in outcome.trades) > 0
    assert [(trade.price, trade.quantity) for trade in outcome.trades] == [(101, 5), (102, 5)]


async def test_an_order_that_ended_at_once_is_told_with_its_reason(book: Market) -> None:
    """The rest of an immediate-or-cancel order is gone, and the answer says how much that was."""
    outcome = await book.buy(book.bob, 9, 101, time_in_force=TimeInForce.IOC)

    assert outcome.order is not None
    ended = outcome.order.order
    assert (ended.filled, ended.remaining, ended.close_reason) == (5, 4, CloseReason.NOT_RESTED)


async def test_a_refusal_names_its_reason_and_shows_no_order(book: Market) -> None:
    """A post-only order that would cross never was."""
    outcome = await book.buy(book.bob, 1, 101, post_only=1)

    assert (outcome.reject, outcome.orders, outcome.trades) == (RejectReason.POST_ONLY_WOULD_CROSS, (), ())
    assert outcome.order_id > 0


async def test_a_number_that_no_record_holds_is_a_refusal_too(book: Market) -> None:
    """The customer is told, and nothing was journaled."""
    seq = book.venue.sequencer.state.machine.seq

    outcome = await book.buy(book.bob, 1 << 70, 101)

    assert outcome.reject is RejectReason.AMOUNT_OUT_OF_RANGE
    assert book.venue.sequencer.state.machine.seq == seq


async def test_a_cancel_tells_what_it_ended(book: Market) -> None:
    """One leg of an OCO order takes the other with it; both are told."""
    placed = await book.venue.trading.place(an_oco(book), "pair")

    outcome = await book.venue.trading.cancel(CancelOrder(account=book.bob.id, order_id=placed.order_id))

    assert [(record.order.order_id, record.order.close_reason) for record in outcome.orders] == [
        (placed.order_id, CloseReason.CANCELED),
        (placed.order_id + 1, CloseReason.SIBLING),
    ]
    assert {record.client_id for record in outcome.orders} == {"pair"}


async def test_a_cancel_does_not_claim_what_expired_meanwhile(book: Market) -> None:
    """An order whose time came just then ended by itself, though the cancel was the first to see it."""
    clock: Any = book.venue.clock
    await book.buy(book.bob, 1, 90, time_in_force=TimeInForce.GTD, expires_ns=clock.now_ns() + MINUTE)
    kept = await book.buy(book.bob, 1, 91)
    clock.advance(MINUTE)

    outcome = await book.venue.trading.cancel_all(book.bob.id, BTC_USD.id)

    reasons = {record.order.close_reason for record in outcome.orders}
    assert reasons == {CloseReason.CANCELED}
    assert kept.order_id in {record.order.order_id for record in outcome.orders}


async def test_nothing_to_cancel_is_no_refusal(market: Market) -> None:
    """Cancel-all on an empty book is an empty answer; one order that is not there is a refusal."""
    everything = await market.venue.trading.cancel_all(market.bob.id)
    one = await market.venue.trading.cancel(CancelOrder(account=market.bob.id, order_id=99))

    assert (everything.reject, everything.orders) == (None, ())
    assert one.reject is RejectReason.UNKNOWN_ORDER


async def test_an_amended_order_is_told_as_it_stands(book: Market) -> None:
    """A new price that crosses trades at once, and the answer shows what is left."""
    placed = await book.buy(book.bob, 9, 97, "mine")

    outcome = await book.venue.trading.amend(AmendOrder(account=book.bob.id, order_id=placed.order_id, price=101))

    assert outcome.order is not None
    assert outcome.order.client_id == "mine"
    assert (outcome.order.order.price, outcome.order.order.filled, outcome.order.order.remaining) == (101, 5, 4)
    assert len(outcome.trades) == 1


async def test_an_amend_that_ends_the_order_tells_its_end(book: Market) -> None:
    """An order that an amend let fill completely is told as filled."""
    placed = await book.buy(book.bob, 3, 97, "mine")

    outcome = await book.venue.trading.amend(AmendOrder(account=book.bob.id, order_id=placed.order_id, price=101))

    assert outcome.order is not None
    assert (outcome.order.order.close_reason, outcome.order.client_id) == (CloseReason.FILLED, "mine")


async def test_an_amend_of_an_unknown_order_is_refused(book: Market) -> None:
    """There is nothing to show."""
    outcome = await book.venue.trading.amend(AmendOrder(account=book.bob.id, order_id=99, price=101))

    assert (outcome.reject, outcome.orders) == (RejectReason.UNKNOWN_ORDER, ())


def an_oco(book: Market) -> PlaceOco:
    """Return a pair that sells at 104, or below 94 once 95 has traded."""
    plain: PlaceOrder = order(
        book.bob, Side.SELL, 2, 104, trigger=STOP, trigger_price=95, trigger_source=PriceSource.LAST
    )
    columns = dict(zip(plain.__struct_fields__, plain.fields(), strict=True))
    return PlaceOco(**columns, stop_price=94)
