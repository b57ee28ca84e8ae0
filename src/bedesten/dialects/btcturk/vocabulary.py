"""The venue's words for what we know by number: sides, methods, statuses. Each is sent as a word and taken as a word or number.

Source: BtcTurk API documents, Submit Order; Swagger v1, OrderModel; the enums of the official C# client (OrderMethod, OrderType).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from bedesten.domain.enums import CloseReason, OrderType, Side
from bedesten.domain.orders import Order


class Method(enum.IntEnum):
    """How an order is priced and whether it waits; the numbers are the venue's."""

    LIMIT = 0
    MARKET = 1
    STOP_LIMIT = 2
    STOP_MARKET = 3

    @property
    def is_market(self) -> bool:
        return self in (Method.MARKET, Method.STOP_MARKET)

    @property
    def is_stop(self) -> bool:
        return self in (Method.STOP_LIMIT, Method.STOP_MARKET)


METHOD_NAME: Final[Mapping[Method, str]] = {
    Method.LIMIT: "limit",
    Method.MARKET: "market",
    Method.STOP_LIMIT: "stoplimit",
    Method.STOP_MARKET: "stopmarket",
}
METHODS: Final[Mapping[str, Method]] = {name: method for method, name in METHOD_NAME.items()} | {
    str(int(method)): method for method in Method
}
SIDE_NAME: Final[Mapping[int, str]] = {Side.BUY: "buy", Side.SELL: "sell"}
SIDES: Final[Mapping[str, Side]] = {"buy": Side.BUY, "sell": Side.SELL, "0": Side.BUY, "1": Side.SELL}
#: By the taker's side, the side of the order that rested: a public trade's `side` over REST.
RESTING_NAME: Final[Mapping[int, str]] = {Side.BUY: "sell", Side.SELL: "buy"}
SIDE_NUMBER: Final[Mapping[int, int]] = {Side.BUY: 0, Side.SELL: 1}  # on the WebSocket

#: Ends by which an order counts as carried out: all of it traded, or a market order took what it could.
DONE: Final = frozenset({CloseReason.FILLED, CloseReason.BUDGET_SPENT})
#: Ends of a market order that took all it could, when it took anything.
_TOOK: Final = frozenset({CloseReason.NO_LIQUIDITY, CloseReason.WORTHLESS, CloseReason.UNFUNDED})


def method_of(order: Order) -> Method:
    """Return an order's method. A stop that fired and goes on under its own number is a plain order since."""
    if order.trigger and (not order.triggered or order.close_reason == CloseReason.REISSUED):
        return Method.STOP_MARKET if order.order_type == OrderType.MARKET else Method.STOP_LIMIT
    return Method.MARKET if order.order_type == OrderType.MARKET else Method.LIMIT


def status_of(order: Order) -> str:
    """Return an order's status: Untouched, Partial, Closed or Canceled. A stop order that fired and goes on anew is Canceled."""
    if not order.close_reason:
        return "Partial" if order.filled else "Untouched"
    took = order.order_type == OrderType.MARKET and order.filled > 0
    is_done = order.close_reason in DONE or (took and order.close_reason in _TOOK)
    return "Closed" if is_done else "Canceled"
