"""What a market maker wants to stand in a book, and the commands that get it there. Pure: no clock, no venue.

A ladder's prices lie on fixed grids, fine near the middle and coarse further out, so that a small move of the price changes
one level at each end and leaves the rest of the queue where it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

from bedesten.domain.commands import AmendOrder, CancelOrder, Command, PlaceOrder
from bedesten.domain.enums import OrderType, SelfTrade, Side, TimeInForce
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import PPM
from bedesten.domain.orders import Order
from bedesten.simulation.activity import Activity
from bedesten.simulation.chance import key_of, mix, uniforms

FINE_LEVELS: Final = 14
COARSE_LEVELS: Final = 10
FINE_STEP: Final = 1.5e-4  # of the price: about the swing of one second
COARSE_STEP: Final = 2e-3  # so that the far end stands some two per cent away
HALF_SPREAD: Final = 0.8e-4
SPREAD_TIMES_MAX: Final = 1_000  # 8 % to either side: beyond it the far levels of a side would come to nothing
LEVEL_TRADES: Final = 4.0  # the size of a level near the middle, in mean trades
NICE: Final = (1, 2, 5)
COARSE_WEIGHT: Final = 3.0  # how much larger a level of the coarse ring is
SIZE_LIFE_NS: Final = 240_000_000_000  # how long a level keeps its size before the maker thinks again

Ladder = dict[int, int]  # price in ticks → quantity in lots


class Grid(NamedTuple):
    """An instrument's steps, in ticks."""

    fine: int
    coarse: int


def grid_of(base_ticks: float) -> Grid:
    """Return the steps that suit a price of *base_ticks*."""
    fine = _nice(base_ticks * FINE_STEP)
    return Grid(fine, max(fine, _nice(base_ticks * COARSE_STEP) // fine * fine))


def ladder_prices(middle: float, grid: Grid, side: Side, spread_times: int = 1) -> list[int]:
    """Return the prices of one side, best first, on the grid; none below one tick. spread_times: how much wider than usual."""
    direction = -1 if side is Side.BUY else 1
    edge = middle * (1 + direction * HALF_SPREAD * spread_times) / grid.fine
    price = (math.floor(edge) if side is Side.BUY else math.floor(edge) + 1) * grid.fine
    prices = [price + direction * grid.fine * level for level in range(FINE_LEVELS)]
    step = prices[-1] / grid.coarse
    price = (math.ceil(step) - 1 if side is Side.BUY else math.floor(step) + 1) * grid.coarse
    prices += [price + direction * grid.coarse * level for level in range(COARSE_LEVELS)]
    return [price for price in prices if price >= 1]


def is_let_in(instrument: Instrument, price: int, reference: int) -> bool:
    """Return whether an instrument with this reference price lets an order in as far away as *price*. Units: ticks.

    Where a price is a few ticks only, the far end of a ladder stands beyond the floor.
    """
    floor, ceiling = instrument.price_floor_ppm, instrument.price_ceiling_ppm
    return price * PPM >= reference * floor and (not ceiling or price * PPM <= reference * ceiling)


class Quoter:
    """One instrument's maker: which sizes it likes at which prices."""

    def __init__(self, instrument: Instrument, activity: Activity, base_ticks: float, seed: int) -> None:
        self.instrument = instrument
        self.grid = grid_of(base_ticks)
        self._key = key_of(seed, "sizes", instrument.id)
        self._level_lots = activity.trade_lots * LEVEL_TRADES

    def ladder(self, middle: float, side: Side, instant_ns: int, spread_times: int = 1) -> Ladder:
        """Return what should stand on one side, best price first."""
        prices = [
            price
            for price in ladder_prices(middle, self.grid, side, spread_times)
            if is_let_in(self.instrument, price, max(1, round(middle)))
        ]
        at = np.array(prices, dtype=np.int64).astype(np.uint64)
        who = mix(at ^ np.uint64(self._key))
        # Each level changes its mind at its own time.
        ages = (np.uint64(instant_ns) + who % np.uint64(SIZE_LIFE_NS)) // np.uint64(SIZE_LIFE_NS)
        # By ring and not by place, so that a move of the price leaves the sizes of most levels alone.
        weight = np.where(np.arange(len(prices)) < FINE_LEVELS, 1.0, COARSE_WEIGHT)
        lots = self._level_lots * weight * (0.4 + 1.2 * uniforms(mix(who + ages)))
        return {
            price: _within_rules(self.instrument, price, round(wanted))
            for price, wanted in zip(prices, lots.tolist(), strict=True)
        }


def changes(
    instrument: Instrument, account: int, standing: Iterable[Order], bids: Ladder, asks: Ladder
) -> list[Command]:
    """Return the commands that turn the *standing* orders into the two ladders.

    The side that moves away goes first, so that a maker does not meet itself half way.
    """
    orders: dict[int, list[Order]] = {Side.BUY: [], Side.SELL: []}
    for order in standing:
        orders[order.side].append(order)
    bid_changes = _side_changes(instrument, account, Side.BUY, orders[Side.BUY], bids)
    ask_changes = _side_changes(instrument, account, Side.SELL, orders[Side.SELL], asks)
    best_ask = min((order.price for order in orders[Side.SELL]), default=0)
    rises = bool(asks) and min(asks) > best_ask
    return [*ask_changes, *bid_changes] if rises else [*bid_changes, *ask_changes]


def _side_changes(
    instrument: Instrument, account: int, side: Side, standing: list[Order], wanted: Ladder
) -> Iterator[Command]:
    kept: set[int] = set()
    spare: list[Order] = []
    for order in sorted(standing, key=lambda row: (row.price, row.order_id)):
        quantity = wanted.get(order.price, 0)
        if not quantity or order.price in kept:
            spare.append(order)
        elif order.filled:
            # Topping it up would let its whole quantity grow without end; it goes once most of it is gone.
            if order.remaining * 2 < quantity:
                spare.append(order)
            else:
                kept.add(order.price)
        else:
            kept.add(order.price)
            if order.remaining != quantity:
                yield _amend(account, order, price=0, quantity=quantity)
    missing = [(price, quantity) for price, quantity in wanted.items() if price not in kept]
    for order in (row for row in spare if row.filled):
        yield CancelOrder(account=account, order_id=order.order_id, instrument=instrument.id)
    whole = [order for order in spare if not order.filled]
    for order, (price, quantity) in zip(whole, missing, strict=False):
        yield _amend(account, order, price=price, quantity=quantity)
    for order in whole[len(missing) :]:
        yield CancelOrder(account=account, order_id=order.order_id, instrument=instrument.id)
    for price, quantity in missing[len(whole) :]:
        yield place_limit(instrument.id, account, side, price, quantity)


def place_limit(instrument: int, account: int, side: Side, price: int, quantity: int) -> PlaceOrder:
    """Return a maker's order. Where it would meet another of its own, the older one gives way."""
    return PlaceOrder(
        account=account,
        instrument=instrument,
        side=int(side),
        order_type=int(OrderType.LIMIT),
        time_in_force=int(TimeInForce.GTC),
        price=price,
        quantity=quantity,
        self_trade=int(SelfTrade.CANCEL_OLDEST),
    )


def least_lots(instrument: Instrument, price: int) -> int:
    """Return the smallest quantity that the instrument's rules let through at a price."""
    value = instrument.tick_value * price
    for_notional = -(-instrument.min_notional * value.denominator // value.numerator) if value else 0
    return max(instrument.min_quantity, for_notional, 1)


def _amend(account: int, order: Order, *, price: int, quantity: int) -> AmendOrder:
    return AmendOrder(
        account=account, order_id=order.order_id, instrument=order.instrument, price=price, quantity=quantity
    )  # fmt: skip


def _within_rules(instrument: Instrument, price: int, quantity: int) -> int:
    quantity = max(quantity, least_lots(instrument, price))
    return min(quantity, instrument.max_quantity) if instrument.max_quantity else quantity


def _nice(ticks: float) -> int:
    """Return the 1, 2 or 5 times a power of ten at or below *ticks*, at least 1."""
    if ticks < 1:
        return 1
    power = 10 ** math.floor(math.log10(ticks))
    return int(power * max(n for n in NICE if n * power <= ticks or n == 1))
