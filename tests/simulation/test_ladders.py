"""Ladders: what a maker wants to stand in a book, and the commands that get it there."""

from __future__ import annotations

import pytest

from bedesten.config import demo_venue_file
from bedesten.domain.commands import AmendOrder, CancelOrder, Command, PlaceOrder
from bedesten.domain.enums import Side
from bedesten.domain.instruments import Instrument
from bedesten.domain.orders import Order
from bedesten.simulation.activity import activity_of
from bedesten.simulation.ladders import Ladder, Quoter, changes, ladder_prices, least_lots
from bedesten.simulation.reference import ReferencePrices

VENUE = demo_venue_file()
BY_NAME = {row.name: row for row in VENUE.instruments}
NOW_NS = 1_795_226_000 * 10**9
MAKER = 16
reference = ReferencePrices(VENUE, seed=3)
TICKS = reference.all_ticks(NOW_NS)


def quoter(instrument: Instrument) -> Quoter:
    return Quoter(instrument, activity_of(VENUE, instrument), float(TICKS[instrument.id - 1]), seed=3)


def both(instrument: Instrument, middle: float, instant_ns: int = NOW_NS) -> tuple[Ladder, Ladder]:
    maker = quoter(instrument)
    return maker.ladder(middle, Side.BUY, instant_ns), maker.ladder(middle, Side.SELL, instant_ns)


def an_order(order_id: int, side: Side, price: int, quantity: int, filled: int = 0) -> Order:
    blank = dict.fromkeys(Order._fields, 0)
    blank |= {"order_id": order_id, "account": MAKER, "instrument": 1, "side": int(side)}
    return Order(**(blank | {"price": price, "quantity": quantity, "filled": filled}))


def standing(bids: Ladder, asks: Ladder) -> list[Order]:
    rows = [(Side.BUY, price, lots) for price, lots in bids.items()]
    rows += [(Side.SELL, price, lots) for price, lots in asks.items()]
    return [an_order(at + 1, *row) for at, row in enumerate(rows)]


def after(orders: list[Order], commands: list[Command]) -> tuple[Ladder, Ladder]:
    """Return the two sides once the commands have been carried out, none of them trading."""
    book = {order.order_id: order for order in orders}
    for command in commands:
        if isinstance(command, CancelOrder):
            del book[command.order_id]
        elif isinstance(command, AmendOrder):
            order = book[command.order_id]
            book[order.order_id] = order._replace(price=command.price or order.price, quantity=command.quantity)
        elif isinstance(command, PlaceOrder):
            row = an_order(1000 + len(book), Side(command.side), command.price, command.quantity)
            book[row.order_id] = row
        bids = [row.price for row in book.values() if row.side == Side.BUY]
        asks = [row.price for row in book.values() if row.side == Side.SELL]
        assert not bids or not asks or max(bids) < min(asks), "a maker met itself"
    return (
        {row.price: row.remaining for row in book.values() if row.side == Side.BUY},
        {row.price: row.remaining for row in book.values() if row.side == Side.SELL},
    )


@pytest.mark.parametrize("instrument", VENUE.instruments, ids=lambda row: row.name)
def test_every_book_has_two_deep_sides_around_the_price(instrument: Instrument) -> None:
    """Twenty levels a side within a few per cent; only where a tick is a large part of the price are there fewer bids."""
    middle = float(TICKS[instrument.id - 1])
    bids, asks = both(instrument, middle)

    assert max(bids) < middle < min(asks)
    assert len(asks) >= 20
    assert len(bids) >= min(20, int(middle) - 1)
    if middle > 2_000:
        assert min(bids) > middle * 0.95 and max(asks) < middle * 1.05
        assert (min(asks) - max(bids)) / middle < 0.0015
    for side in (bids, asks):
        assert list(side) == sorted(side, reverse=side is bids)
        for price, lots in side.items():
            assert lots >= least_lots(instrument, price) and instrument.notional(price, lots) >= instrument.min_notional


@pytest.mark.parametrize("name", ["BTC-USD", "BTC-TRY", "EOS-BTC", "XLM-USDT", "USDT-TRY"])
def test_a_small_move_changes_few_levels(name: str) -> None:
    """One fine step moves one order a side from the far end to the near one, and the rest keep their place."""
    instrument = BY_NAME[name]
    maker = quoter(instrument)
    middle = (int(float(TICKS[instrument.id - 1])) // maker.grid.fine + 0.5) * maker.grid.fine
    before = both(instrument, middle)
    wanted = both(instrument, middle + maker.grid.fine)

    commands = changes(instrument, MAKER, standing(*before), *wanted)

    assert 1 <= len(commands) <= 6
    assert after(standing(*before), commands) == wanted


@pytest.mark.parametrize("factor", [0.5, 0.97, 0.9995, 1.0, 1.0005, 1.03, 2.0])
@pytest.mark.parametrize("name", ["BTC-USD", "NEO-BTC", "DOGE-USDT"])
def test_a_maker_follows_any_move_without_meeting_itself(name: str, factor: float) -> None:
    """The side that moves away goes first, however far the price went."""
    instrument = BY_NAME[name]
    middle = float(TICKS[instrument.id - 1])
    before, wanted = both(instrument, middle), both(instrument, middle * factor)

    commands = changes(instrument, MAKER, standing(*before), *wanted)

    assert after(standing(*before), commands) == wanted
    assert factor != 1.0 or commands == []


def test_a_level_that_traded_is_left_until_most_of_it_is_gone() -> None:
    """Then it is replaced by a new order, so that no order's quantity grows without end."""
    instrument = BY_NAME["BTC-USD"]
    bids, asks = both(instrument, float(TICKS[instrument.id - 1]))
    price, lots = next(iter(bids.items()))

    def touched(filled: int) -> list[Command]:
        rows = [row for row in standing(bids, asks) if row.price != price]
        return changes(instrument, MAKER, [*rows, an_order(500, Side.BUY, price, lots, filled)], bids, asks)

    assert touched(lots // 3) == []
    assert [type(command) for command in touched(lots - 1)] == [CancelOrder, PlaceOrder]


def test_sizes_change_now_and_then_and_not_all_at_once() -> None:
    """Four minutes on every level has thought again; one second on hardly any has."""
    instrument = BY_NAME["BTC-USD"]
    middle = float(TICKS[instrument.id - 1])
    now, soon, later = (both(instrument, middle, NOW_NS + s * 10**9)[0] for s in (0, 1, 240))

    assert sum(now[price] != soon[price] for price in now) <= 3
    assert sum(now[price] != later[price] for price in now) > 20


def test_no_bid_stands_below_one_tick() -> None:
    """A price of two ticks has room for one bid."""
    assert ladder_prices(2.3, quoter(BY_NAME["EOS-BTC"]).grid, Side.BUY) == [2, 1]
