"""Refusals of orders: what the core says, with the venue's codes and sentences. vocabulary.REFUSED_STATUS has those that are
order rows.

Source: BTSE API, Error codes (docs.btse.com), and the error tables of the white-label copy of the documents.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.errors import (
    GENERAL,
    INSUFFICIENT,
    ORDER_PRICE,
    ORDER_SIZE,
    PARAMETER,
    SYSTEM,
    BtseError,
    Shape,
    invalid_price,
    invalid_size,
    unknown_symbol,
)
from bedesten.dialects.btse.vocabulary import SIDE_NAME
from bedesten.domain.enums import RejectReason, Side
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import PPM


def price_too_small(instrument: Instrument, least_ticks: int) -> BtseError:
    """Return the refusal of a price below the instrument's least."""
    least = instrument.price_text(least_ticks)
    return BtseError(4005, f"order price must be at least {least} {instrument.quote.code}")


def too_large(instrument: Instrument, most_lots: int) -> BtseError:
    """Return the refusal of a quantity above the largest; where the instrument has none, it is no size at all."""
    if not instrument.max_quantity:
        return invalid_size()
    most = instrument.quantity_text(most_lots, places=1)
    return BtseError(
        4003,
        f"The order amount cannot surpass {most} {instrument.base.code}. Please adjust your order size and try again.",
    )


def order_not_found() -> BtseError:
    """Return the refusal of a look-up."""
    return BtseError(GENERAL, "Order not found")


def mixed_size_and_price() -> BtseError:
    """Return the refusal of a market order that names both what to trade and what to spend."""
    return BtseError(400, "Size and Price should not be mixed", shape=Shape.C)


class Refused(NamedTuple):
    """An order that the core refused, as far as the sentences need it. said: the core's own word, with its facts."""

    instrument: Instrument
    side: int
    said: Rejected


def refusal(refused: Refused) -> BtseError:
    """Return the venue's words for what the core said.

    Raises: KeyError for the reasons that are order rows.
    """
    return REFUSED[RejectReason(refused.said.reason)](refused)


def _price_out_of_range(refused: Refused) -> BtseError:
    value, bound = refused.said.value, refused.said.bound
    return price_too_small(refused.instrument, bound) if 0 < value < bound else invalid_price()


def _outside_band(refused: Refused) -> BtseError:
    instrument, side, said = refused
    towards = "lower" if said.value < said.bound else "higher"
    bound = instrument.price_text(said.bound)
    data = (SIDE_NAME[Side(side)], instrument.base.code, towards, bound, instrument.quote.code)
    return BtseError(33001003, "You can not {} {} {} than {} {}".format(*data), data=data)


def _too_far_from_trigger(refused: Refused) -> BtseError:
    percent = f"{numbers.decimal(_distance_ppm(refused), 4)}"
    percent = f"{percent if '.' in percent else percent + '.0'} %"
    return BtseError(
        33001001, f"The distance between Trigger Price and Limit Price cannot exceed {percent}", data=(percent,)
    )


# The core says how many ticks it allowed of which trigger price. The file's ratio is told where it comes to those ticks; where
# the rule was another at that moment, the ratio with the fewest digits that comes to them.
def _distance_ppm(refused: Refused) -> int:
    bound, trigger_price, of_file = refused.said.bound, refused.said.reference, refused.instrument.trigger_distance_ppm
    if trigger_price * of_file // PPM == bound or not trigger_price:
        return of_file
    least = -(-bound * PPM // trigger_price)
    for step in (10_000, 1_000, 100, 10):
        rounded = -(-least // step) * step
        if trigger_price * rounded // PPM == bound:
            return rounded
    return least


def _says(code: int, message: str) -> Callable[[Refused], BtseError]:
    return lambda refused: BtseError(code, message)


#: Refusals of the core that are error bodies; vocabulary.REFUSED_STATUS has the other ones. Where the venue has no recorded
#: sentence the code is 400 and the sentence ours.
REFUSED: Final[Mapping[RejectReason, Callable[[Refused], BtseError]]] = {
    RejectReason.MALFORMED: _says(PARAMETER, "Invalid request parameters"),
    RejectReason.UNKNOWN_ACCOUNT: _says(-1042, "User can not trade"),
    RejectReason.UNKNOWN_ASSET: _says(-2023, "Unknown currency"),
    RejectReason.UNKNOWN_INSTRUMENT: lambda refused: unknown_symbol(refused.instrument.name),
    RejectReason.ALREADY_EXISTS: _says(400, "Already exists"),
    RejectReason.ACCOUNT_SUSPENDED: _says(-1042, "User can not trade"),
    RejectReason.INSTRUMENT_HALTED: _says(1, "Market unavailable"),
    RejectReason.INSTRUMENT_CANCEL_ONLY: _says(1, "Market unavailable: orders can only be cancelled"),
    RejectReason.INSTRUMENT_POST_ONLY: _says(1, "Market unavailable: only postOnly orders are accepted"),
    RejectReason.UNKNOWN_ORDER: lambda refused: order_not_found(),
    RejectReason.AMEND_NOT_ALLOWED: _says(400, "This order can not be amended"),
    RejectReason.AMEND_ALREADY_TRIGGERED: _says(400, "The trigger price can not be amended once triggered"),
    RejectReason.AMEND_QUANTITY_FILLED: _says(ORDER_SIZE, "Invalid order size: already filled"),
    RejectReason.UNSUPPORTED_COMBINATION: _says(400, "This combination of order parameters is not supported"),
    RejectReason.QUANTITY_TOO_SMALL: lambda refused: invalid_size(),
    RejectReason.QUANTITY_TOO_LARGE: lambda refused: too_large(refused.instrument, refused.said.bound),
    RejectReason.PRICE_OUT_OF_RANGE: _price_out_of_range,
    RejectReason.TRIGGER_PRICE_OUT_OF_RANGE: _says(ORDER_PRICE, "Invalid order price: triggerPrice"),
    RejectReason.NOTIONAL_TOO_SMALL: _says(ORDER_SIZE, "Invalid order size: the order value is too small"),
    RejectReason.NOTIONAL_TOO_LARGE: _says(ORDER_SIZE, "Invalid order size: the order value is too large"),
    RejectReason.BUDGET_TOO_SMALL: _says(ORDER_SIZE, "Invalid order size: it does not pay for the smallest size"),
    RejectReason.NO_PROTECTION: _says(400, "A market buy by size can not wait for its trigger on this market"),
    RejectReason.NO_REFERENCE_PRICE: _says(1, "Market unavailable: there is no index price"),
    RejectReason.INDEX_TOO_OLD: _says(1, "Market unavailable: the index price is too old"),
    RejectReason.PRICE_OUTSIDE_BAND: _outside_band,
    RejectReason.TRIGGER_DISTANCE_EXCEEDED: _too_far_from_trigger,
    RejectReason.TRIGGER_ALREADY_MET: _says(ORDER_PRICE, "Invalid order price: triggerPrice is met already"),
    RejectReason.EXPIRED_ON_ARRIVAL: _says(400, "The order expired before it arrived"),
    RejectReason.TOO_MANY_OPEN_ORDERS: _says(304, "Maximum open orders exceeded"),
    RejectReason.TOO_MANY_FOLLOWERS: _says(304, "Maximum open orders exceeded"),
    RejectReason.INSUFFICIENT_AVAILABLE: _says(INSUFFICIENT, "Insufficient wallet balance"),
    RejectReason.AMOUNT_OUT_OF_RANGE: lambda refused: invalid_size(),
    RejectReason.UNKNOWN_HOLD: _says(400, "Unknown request"),
    RejectReason.NO_MEMORY: lambda refused: BtseError(SYSTEM, "System error", status=503, verbatim=True),
}
