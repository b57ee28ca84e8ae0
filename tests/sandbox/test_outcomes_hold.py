"""Whatever stands in a book: any order in it is filled, or the call says what stands before it and changes nothing."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.domain.events import Placed
from bedesten.domain.orders import Order
from bedesten.services.sandbox.refusals import InTheWay
from bedesten.testing.venue import TestVenue

ACCOUNTS = ("trader1", "trader2")
ORDERS = 24  # of a book; prices repeat, so that time decides as well
FILLS = 12  # of each book


async def filled_book(venue: TestVenue, chance: Random) -> None:
    """Place orders of both customers at few prices on one side, behind those of makers or in an empty book."""
    steering, running = venue._steering, venue.running
    pair, side = steering.pair("BTC-USD"), chance.choice((Side.BUY, Side.SELL))
    for _ in range(ORDERS):
        account = steering.account(chance.choice(ACCOUNTS))
        price = pair.ticks(str(chance.choice((20_000, 20_001, 20_002) if side == Side.BUY else (400_000, 400_001))))
        command = PlaceOrder(
            account=account.id, instrument=pair.id, side=side, order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=price, quantity=chance.randrange(10, 200),
        )  # fmt: skip
        result = await running.venue.sequencer.submit(command)
        assert any(isinstance(event, Placed) for event in result.events)


def customers_orders(venue: TestVenue) -> dict[int, Order]:
    machine = venue.running.venue.sequencer.state.machine
    rows = (row for name in ACCOUNTS for row in machine.open_orders(venue._steering.account(name).id))
    return {order.order_id: order for order in map(Order._make, rows)}


def before(order: Order, other: Order) -> bool:
    """Whether *other* trades before *order*: a better price, or the same and longer in the book."""
    better = other.price > order.price if order.side == Side.BUY else other.price < order.price
    return better or (other.price == order.price and other.order_id < order.order_id)


async def fill_once(venue: TestVenue, chance: Random) -> str:
    """Fill one order, and return what came of it: refused, filled, or through."""
    standing = customers_orders(venue)
    order = standing[chance.choice(sorted(standing))]
    rivals = {number for number, other in standing.items() if number != order.order_id and before(order, other)}
    lots, through = chance.randrange(1, order.remaining + 1), chance.random() < 0.5
    pair = venue._steering.pair("BTC-USD")
    outcomes = venue._steering.outcomes
    asking = outcomes.fill(order.account, order_id=order.order_id, quantity=pair.quantity_text(lots), through=through)
    try:
        filled = await asking
    except InTheWay:
        assert rivals and not through, "it stands first, or goes through"
        assert customers_orders(venue) == standing, "what is refused changes nothing"
        return "refused"
    now = customers_orders(venue)
    untouched = standing.keys() - rivals - {order.order_id}
    assert filled == lots
    assert (now[order.order_id].remaining if order.order_id in now else 0) == order.remaining - lots
    assert not rivals & now.keys(), "whoever stands before it is filled before it"
    assert through or not rivals
    assert all(now[number] == standing[number] for number in untouched), "nobody behind it is touched"
    venue.running.venue.sequencer.state.machine.audit()
    return "through" if rivals else "filled"


@pytest.mark.parametrize("books", ["empty", "living"])
def test_any_order_in_any_book_is_filled_and_nobody_elses_is_touched(venue_factory: Any, books: str) -> None:
    """Price and time decide, with other customers before it or not; the ledger balances behind each fill."""
    came = set()
    for seed in range(4):
        venue, chance = venue_factory(books=books, seed=1), Random(seed)
        venue.call(filled_book(venue, chance))
        for _ in range(FILLS):
            if not venue._look(lambda venue=venue: customers_orders(venue)):  # type: ignore[misc]
                venue.call(filled_book(venue, chance))
            came.add(venue.call(fill_once(venue, chance)))
    assert came == {"refused", "filled", "through"}
