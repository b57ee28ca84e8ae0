"""hftbacktest's event arrays as recordings (bedesten.lab.replay), and back.

Owns the meaning of their columns and flags, and the way from floats to ticks and lots: the nearest one, and what lies between two
is refused. Nothing of hftbacktest is imported.

Source: hftbacktest 2.4, docs "Data" (https://hftbacktest.readthedocs.io/en/latest/data.html), `hftbacktest/types.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bedesten.domain.enums import Side
from bedesten.domain.instruments import Instrument
from bedesten.lab.market import Rows
from bedesten.lab.replay import ADD, CANCEL, L2, L3, LEVEL_SET, REDUCE, TAKE, TRADE

#: One event: what it is, when the venue and when the reader had it in ns, price and quantity as floats, an order's id.
EVENT: Final = np.dtype(
    [
        ("ev", "<u8"), ("exch_ts", "<i8"), ("local_ts", "<i8"), ("px", "<f8"), ("qty", "<f8"), ("order_id", "<u8"),
        ("ival", "<i8"), ("fval", "<f8"),
    ]
)  # fmt: skip

DEPTH, TRADED, DEPTH_CLEAR, DEPTH_SNAPSHOT = 1, 2, 3, 4
ORDER_ADDED, ORDER_CANCELED, ORDER_MODIFIED, ORDER_FILLED = 10, 11, 12, 13
AT_VENUE, AT_READER, BUYS, SELLS = 1 << 31, 1 << 30, 1 << 29, 1 << 28
KIND_BITS: Final = 0xFF

OF_BOTH: Final = (TRADED, DEPTH_CLEAR)
OF_LEVELS: Final = (DEPTH, DEPTH_SNAPSHOT)
OF_ORDERS: Final = (ORDER_ADDED, ORDER_CANCELED, ORDER_MODIFIED, ORDER_FILLED)
OFF_MAX: Final = 1e-3  # of a tick or a lot: how far a float may be from a whole one
EXACT_MAX: Final = 2.0**53  # ticks or lots: above it floats have gaps

Clock = Literal["venue", "reader"]
Row = tuple[int, int, int, int, int, int]  # kind, time_ns, side, price, quantity, order


def from_hftbacktest(events: NDArray[np.void], instrument: Instrument, *, clock: Clock = "venue") -> Rows:
    """Return events as a recording: L3 where they tell of orders, else L2.

    clock: by whose time, and of the events that happen there. Prices and quantities are decimals of the instrument.
    A level that is cleared is one of quantity 0. An order that is changed loses its place unless only its quantity fell. Fills
    are left out, because trades and what is left of the orders say the same; so is the end of an order that was never added.
    Raises: ValueError for another type, a kind that is not read here, a trade or an order without a side, a price or a quantity
    between two ticks or lots, and time that goes back.
    """
    if events.dtype.names != EVENT.names:
        raise ValueError(f"events have the columns {', '.join(EVENT.names or ())}")
    flag, column = (AT_VENUE, "exch_ts") if clock == "venue" else (AT_READER, "local_ts")
    chosen = events[events["ev"] & np.uint64(flag) != 0]
    kinds = (chosen["ev"] & np.uint64(KIND_BITS)).astype(np.int64)
    has_orders = bool(np.isin(kinds, OF_ORDERS).any())
    strange = sorted(set(kinds.tolist()) - {*OF_BOTH, *(OF_ORDERS if has_orders else OF_LEVELS)})
    if strange:
        raise ValueError(f"kinds of events that are not read{' beside orders' if has_orders else ''}: {strange}")
    if bool((np.diff(chosen[column]) < 0).any()):
        raise ValueError(f"{column} goes back")
    sides = np.where(chosen["ev"] & np.uint64(BUYS) != 0, int(Side.BUY), 0)
    sides = np.where(chosen["ev"] & np.uint64(SELLS) != 0, int(Side.SELL), sides)
    is_clear, has_price = kinds == DEPTH_CLEAR, ~np.isin(kinds, (ORDER_CANCELED, ORDER_FILLED))
    if bool(((sides == 0) & ~is_clear & has_price).any()):
        raise ValueError("an event has no side")
    priced = has_price & ~(is_clear & ((sides == 0) | has_orders))
    prices = _whole(chosen["px"], priced, instrument.price_text, "price")
    quantities = _whole(chosen["qty"], has_price & ~is_clear, instrument.quantity_text, "quantity")
    told = zip(
        kinds.tolist(), chosen[column].tolist(), sides.tolist(), prices.tolist(), quantities.tolist(),
        chosen["order_id"].tolist(), strict=True,
    )  # fmt: skip
    return np.array(list(_orders(told)), dtype=L3) if has_orders else np.array(list(_levels(told)), dtype=L2)


def to_hftbacktest(recording: Rows, instrument: Instrument, *, latency_ns: int = 0) -> NDArray[np.void]:
    """Return recorded levels and trades (L2) as events that the reader has so many ns after the venue.

    Raises: ValueError for recorded orders, which do not say which of them a trade met; for a negative latency.
    """
    if recording.dtype != L2 or latency_ns < 0:
        raise ValueError("a recording of levels and trades, and a latency that is not negative")
    made = np.zeros(len(recording), dtype=EVENT)
    kinds = np.where(recording["kind"] == TRADE, TRADED, DEPTH)
    sides = np.where(recording["side"] == int(Side.BUY), BUYS, SELLS)
    made["ev"] = kinds | sides | AT_VENUE | AT_READER
    made["exch_ts"], made["local_ts"] = recording["time_ns"], recording["time_ns"] + latency_ns
    made["px"] = _decimals(recording["price"], instrument.price_text)
    made["qty"] = _decimals(recording["quantity"], instrument.quantity_text)
    return made


def _whole(
    values: NDArray[np.float64], matters: NDArray[np.bool_], text: Callable[[int], str], name: str
) -> NDArray[np.int64]:
    """Return floats in ticks or lots, 0 where they do not matter."""
    counted = np.where(matters, values, 0.0) / float(text(1))
    with np.errstate(invalid="ignore"):
        off = ~(
            (np.abs(counted - np.rint(counted)) <= OFF_MAX) & (np.abs(counted) <= EXACT_MAX)
        )  # so is what is no number
    if bool(off.any()):
        raise ValueError(f"{name} {values[off][0]} is not a multiple of {text(1)}")
    whole: NDArray[np.int64] = np.rint(counted).astype(np.int64)
    return whole


def _decimals(values: NDArray[np.int64], text: Callable[[int], str]) -> NDArray[np.float64]:
    distinct, at = np.unique(values, return_inverse=True)
    decimals: NDArray[np.float64] = np.array([float(text(value)) for value in distinct.tolist()])[at]
    return decimals


def _levels(told: Iterator[Row]) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield rows of L2. A clear takes the levels away from the best one to its price, or both sides where it names none."""
    standing: dict[int, set[int]] = {int(Side.BUY): set(), int(Side.SELL): set()}
    for kind, time_ns, side, price, quantity, _ in told:
        if kind == TRADED:
            yield time_ns, TRADE, side, price, quantity
        elif kind != DEPTH_CLEAR:
            (standing[side].add if quantity else standing[side].discard)(price)
            yield time_ns, LEVEL_SET, side, price, quantity
        else:
            for each in (side,) if side else standing:
                gone = [level for level in standing[each] if not side or _reaches(each, level, price)]
                standing[each].difference_update(gone)
                yield from ((time_ns, LEVEL_SET, each, level, 0) for level in sorted(gone))


def _reaches(side: int, level: int, price: int) -> bool:
    return level >= price if side == int(Side.BUY) else level <= price


class _Stay(NamedTuple):
    """An order at one place of a queue, under an id of its own."""

    id: int
    side: int
    price: int
    quantity: int


def _orders(told: Iterator[Row]) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Yield rows of L3. An order that moves is canceled, and added under another id."""
    standing: dict[int, _Stay] = {}
    ids = 0
    for kind, time_ns, side, price, quantity, order in told:
        stay = standing.get(order)
        if kind == DEPTH_CLEAR:
            for each in [each for each, cleared in standing.items() if side in (0, cleared.side)]:
                yield _canceled(standing.pop(each), time_ns)
        elif kind == TRADED:
            ids += 1
            yield time_ns, TAKE, ids, side, price, quantity
        elif kind == ORDER_MODIFIED and stay is not None and price == stay.price and quantity <= stay.quantity:
            standing[order] = stay._replace(quantity=quantity)
            yield time_ns, REDUCE, stay.id, stay.side, price, quantity
        elif kind != ORDER_FILLED:
            if stay is not None:
                yield _canceled(standing.pop(order), time_ns)
            if kind != ORDER_CANCELED:
                ids += 1
                standing[order] = _Stay(ids, side, price, quantity)
                yield time_ns, ADD, ids, side, price, quantity


def _canceled(stay: _Stay, time_ns: int) -> tuple[int, int, int, int, int, int]:
    return time_ns, CANCEL, stay.id, stay.side, stay.price, 0
