"""Refusals: of each reason, what the facts in a REJECTED event mean (events.Rejected: value, bound, reference, asset, needed,
available). A fact that is not named here is 0.

The facts are what the core decided by, at that moment. So whoever explains a refusal reads them, and reckons nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bedesten.domain.enums import RejectReason
from bedesten.domain.fields import COUNT, ID, LOTS, MINOR, NS, QUOTE, TICKS, Field

_PRICE: Final = {"value": Field(TICKS, "the price"), "bound": Field(TICKS, "the limit that it passed")}
_QUANTITY: Final = {"value": Field(LOTS, "the quantity")}
_WORTH: Final = {"value": Field(QUOTE, "what the order is worth, or its budget")}

#: By reason, then by column of the event.
FACTS: Final[Mapping[RejectReason, Mapping[str, Field]]] = {
    RejectReason.MALFORMED: {
        "value": Field(
            COUNT, "the first column that this kind of command does not use and that is not 0; 0: another cause"
        )
    },
    RejectReason.UNKNOWN_ACCOUNT: {},
    RejectReason.UNKNOWN_ASSET: {},
    RejectReason.UNKNOWN_INSTRUMENT: {},
    RejectReason.ALREADY_EXISTS: {},
    RejectReason.ACCOUNT_SUSPENDED: {},
    RejectReason.INSTRUMENT_HALTED: {},
    RejectReason.INSTRUMENT_CANCEL_ONLY: {},
    RejectReason.INSTRUMENT_POST_ONLY: {},
    RejectReason.UNKNOWN_ORDER: {},
    RejectReason.AMEND_NOT_ALLOWED: {},
    RejectReason.AMEND_ALREADY_TRIGGERED: {},
    RejectReason.AMEND_QUANTITY_FILLED: _QUANTITY | {"bound": Field(LOTS, "what is filled already")},
    RejectReason.UNSUPPORTED_COMBINATION: {},
    RejectReason.QUANTITY_TOO_SMALL: _QUANTITY | {"bound": Field(LOTS, "the least")},
    RejectReason.QUANTITY_TOO_LARGE: _QUANTITY | {"bound": Field(LOTS, "the most")},
    RejectReason.PRICE_OUT_OF_RANGE: _PRICE,
    RejectReason.TRIGGER_PRICE_OUT_OF_RANGE: {
        "value": Field(TICKS, "the trigger price, or the trail"),
        "bound": Field(TICKS, "the limit that it passed"),
    },
    RejectReason.NOTIONAL_TOO_SMALL: _WORTH | {"bound": Field(QUOTE, "the least")},
    RejectReason.NOTIONAL_TOO_LARGE: {
        "value": Field(MINOR, "what the order is worth, may have to pay, or its budget; 2^62: that or more"),
        "bound": Field(MINOR, "the most"),
    },
    RejectReason.NO_REFERENCE_PRICE: {},
    RejectReason.PRICE_OUTSIDE_BAND: {
        "value": Field(TICKS, "the price"),
        "bound": Field(TICKS, "the last price inside the band"),
        "reference": Field(
            TICKS, "the index price, or the last trade's where there is none, that the band is reckoned from"
        ),
    },
    RejectReason.TRIGGER_DISTANCE_EXCEEDED: {
        "value": Field(TICKS, "the distance of price and trigger price"),
        "bound": Field(TICKS, "the most"),
        "reference": Field(TICKS, "the trigger price"),
    },
    RejectReason.TRIGGER_ALREADY_MET: {
        "value": Field(TICKS, "the trigger price"),
        "reference": Field(TICKS, "the price that the trigger watches"),
    },
    RejectReason.EXPIRED_ON_ARRIVAL: {"value": Field(NS, "the order's end"), "bound": Field(NS, "now")},
    RejectReason.TOO_MANY_OPEN_ORDERS: {
        "value": Field(COUNT, "the account's open orders, with this command's"),
        "bound": Field(COUNT, "the most"),
    },
    RejectReason.TOO_MANY_FOLLOWERS: {
        "value": Field(COUNT, "the instrument's orders that follow a price, with this one"),
        "bound": Field(COUNT, "the most"),
    },
    RejectReason.POST_ONLY_WOULD_CROSS: {
        "value": Field(TICKS, "the price"),
        "reference": Field(TICKS, "the best price of the other side"),
    },
    RejectReason.FOK_NOT_FILLABLE: _QUANTITY | {"bound": Field(LOTS, "what could be filled at once")},
    RejectReason.NO_LIQUIDITY: {},
    RejectReason.INSUFFICIENT_AVAILABLE: {
        "asset": Field(ID, "the asset that pays"),
        "needed": Field(MINOR, "what would be taken from what is available; 2^62: that or more"),
        "available": Field(MINOR, "what is available"),
    },
    RejectReason.AMOUNT_OUT_OF_RANGE: {
        "value": Field(MINOR, "the amount"),
        "bound": Field(MINOR, "the limit that it passed"),
    },
    RejectReason.NO_MEMORY: {},
    RejectReason.UNKNOWN_HOLD: {"value": Field(ID, "the hold")},
    RejectReason.BUDGET_TOO_SMALL: {
        "value": Field(QUOTE, "the budget"),
        "reference": Field(TICKS, "the best price of the other side that would trade"),
    },
    RejectReason.NO_PROTECTION: {},
    RejectReason.INDEX_TOO_OLD: {
        "value": Field(NS, "when the index price was told"),
        "reference": Field(TICKS, "the index price"),
    },
}
