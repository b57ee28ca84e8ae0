"""The venue's words and numbers for ours: status codes, order types, trigger kinds, times in force. Total maps, no decisions.

Source: BTSE spot API v3.3, API Enum and Create New Order; the error tables of the white-label copy of those pages say that 6
also answers a post-only order that would cross, a FOK order that cannot be filled and a self-trade, and 7 a market order
that traded nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from bedesten.domain.enums import CloseReason, OrderType, PriceSource, RejectReason, Side, TimeInForce, Trigger
from bedesten.domain.orders import Order


class Status(enum.IntEnum):
    """The order's state, or what became of a request, in an order row."""

    INSERTED = 2
    FULLY_TRANSACTED = 4
    PARTIALLY_TRANSACTED = 5
    CANCELLED = 6
    REFUNDED = 7
    INSUFFICIENT_BALANCE = 8
    TRIGGER_INSERTED = 9
    TRIGGER_ACTIVATED = 10
    REJECTED = 15
    NOT_FOUND = 16
    REQUEST_FAILED = 17
    AMENDED = 123


#: An order that ended. The venue has one number for every way of being taken off the book.
CLOSED_STATUS: Final[Mapping[CloseReason, Status]] = {
    CloseReason.FILLED: Status.FULLY_TRANSACTED,
    CloseReason.CANCELED: Status.CANCELLED,
    CloseReason.EXPIRED: Status.CANCELLED,
    CloseReason.NOT_RESTED: Status.CANCELLED,
    CloseReason.SELF_TRADE: Status.CANCELLED,
    CloseReason.NO_LIQUIDITY: Status.REFUNDED,
    CloseReason.BUDGET_SPENT: Status.REFUNDED,
    CloseReason.SIBLING: Status.CANCELLED,
    CloseReason.DEAD_MAN: Status.CANCELLED,
    CloseReason.REFUSED_AT_TRIGGER: Status.REJECTED,
    CloseReason.REISSUED: Status.CANCELLED,
    CloseReason.WORTHLESS: Status.CANCELLED,
    CloseReason.UNFUNDED: Status.CANCELLED,
}

#: Market orders that traded and then gave the rest back: the venue says 5 although they are finished.
REFUNDED_IN_PART: Final = frozenset({CloseReason.NO_LIQUIDITY, CloseReason.BUDGET_SPENT})

#: Refusals that the venue words as an order row with HTTP 200; errors.REFUSED has all others.
REFUSED_STATUS: Final[Mapping[RejectReason, Status]] = {
    RejectReason.POST_ONLY_WOULD_CROSS: Status.CANCELLED,
    RejectReason.FOK_NOT_FILLABLE: Status.CANCELLED,
    RejectReason.NO_LIQUIDITY: Status.REFUNDED,
}

#: The names that single-order look-ups and open orders use beside or instead of the numbers.
STATE_NAME: Final[Mapping[Status, str]] = {
    Status.INSERTED: "ORDER_INSERTED",
    Status.FULLY_TRANSACTED: "ORDER_FULLY_TRANSACTED",
    Status.PARTIALLY_TRANSACTED: "ORDER_PARTIALLY_TRANSACTED",
    Status.CANCELLED: "ORDER_CANCELLED",
    Status.REFUNDED: "ORDER_REFUNDED",
    Status.INSUFFICIENT_BALANCE: "INSUFFICIENT_BALANCE",
    Status.TRIGGER_INSERTED: "TRIGGER_INSERTED",
    Status.TRIGGER_ACTIVATED: "TRIGGER_ACTIVATED",
    Status.REJECTED: "ORDER_REJECTED",
    Status.NOT_FOUND: "ORDER_NOTFOUND",
    Status.REQUEST_FAILED: "REQUEST_FAILED",
    Status.AMENDED: "AMEND_ORDER",
}

SIDE_NAME: Final[Mapping[int, str]] = {Side.BUY: "BUY", Side.SELL: "SELL"}
SIDES: Final[Mapping[str, Side]] = {"BUY": Side.BUY, "SELL": Side.SELL}

TYPE_CODE: Final[Mapping[int, int]] = {OrderType.LIMIT: 76, OrderType.MARKET: 77, OrderType.PEG: 80}

#: 1001 stop loss, 1002 take profit, 0 none. A trailing stop is a stop.
TRIGGER_KIND: Final[Mapping[int, int]] = {
    0: 0,
    Trigger.STOP: 1001,
    Trigger.TAKE_PROFIT: 1002,
    Trigger.TRAILING_DISTANCE: 1001,
    Trigger.TRAILING_PERCENTAGE: 1001,
}

PRICE_SOURCES: Final[Mapping[str, PriceSource]] = {
    "INDEX_PRICE": PriceSource.INDEX,
    "LAST_PRICE": PriceSource.LAST,
}

_SECOND: Final = 1_000_000_000
PLAIN_TIMES_IN_FORCE: Final[Mapping[str, TimeInForce]] = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
}

#: Times in force that are a lifetime, shortest first. A month is thirty days: the venue does not say.
LIFETIMES_NS: Final[Mapping[str, int]] = {
    "HALFSEC": _SECOND // 2,
    "HALFMIN": 30 * _SECOND,
    "FIVEMIN": 300 * _SECOND,
    "HOUR": 3_600 * _SECOND,
    "TWELVEHOUR": 12 * 3_600 * _SECOND,
    "DAY": 86_400 * _SECOND,
    "WEEK": 7 * 86_400 * _SECOND,
    "MONTH": 30 * 86_400 * _SECOND,
}
_PLAIN_NAME: Final[Mapping[int, str]] = {code: name for name, code in PLAIN_TIMES_IN_FORCE.items()}

# In every answer to an order: looking a member up in its enum takes five times as long as finding a global.
_INSERTED: Final = Status.INSERTED
_PARTIALLY: Final = Status.PARTIALLY_TRANSACTED
_GTD: Final = TimeInForce.GTD


def status_of(order: Order) -> Status:
    """Return the state that an order is in."""
    if order.close_reason:
        reason = CloseReason(order.close_reason)
        if order.filled and reason in REFUNDED_IN_PART:
            return Status.PARTIALLY_TRANSACTED
        return CLOSED_STATUS[reason]
    if order.trigger and not order.triggered:
        return Status.TRIGGER_INSERTED
    return _PARTIALLY if order.filled else _INSERTED


def time_in_force_of(order: Order) -> str:
    """Return the venue's word for how long an order lives: of the lifetimes, the shortest that reaches its end."""
    if order.time_in_force != _GTD:
        return _PLAIN_NAME[order.time_in_force]
    lifetime_ns = order.expires_ns - order.created_ns
    for name, longest_ns in LIFETIMES_NS.items():
        if lifetime_ns <= longest_ns:
            return name
    return "MONTH"
