"""What an API's list of instruments asks of an order before the order goes further. The book's own rules are the core's.

An instrument may be listed by several APIs, each with decimals and a least value of its own; the book takes what suits them all,
so each API's narrower terms are checked here, on the texts that were sent: nothing is rounded.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from bedesten.domain.instruments import Instrument, Listing
from bedesten.domain.money import AMOUNT_MAX, to_units

_FINEST: Final = 40  # decimals: as fine as a text can be that is a number here


class Breach(enum.Enum):
    """What is wrong with an order's numbers, in the order of the checks."""

    NOT_A_NUMBER = enum.auto()  # or not above zero, or beyond what can be counted
    QUANTITY_SCALE = enum.auto()
    PRICE_SCALE = enum.auto()
    TRIGGER_PRICE_SCALE = enum.auto()
    VALUE_TOO_SMALL = enum.auto()


class Terms(NamedTuple):
    """An order's numbers. Units: quantity lots, budget quote minor units, prices ticks; 0: not asked for."""

    quantity: int
    budget: int
    price: int
    trigger_price: int


class TermsAsked(NamedTuple):
    """The same as they were sent; "": not sent.

    is_budget: *quantity* is an amount of quote to spend. is_market: *price* says nothing, but must have the listing's decimals.
    """

    quantity: str
    price: str = ""
    trigger_price: str = ""
    is_budget: bool = False
    is_market: bool = False


def terms_of(instrument: Instrument, listing: Listing, asked: TermsAsked, market_price: int) -> Terms | Breach:
    """Return what an order asks for, or what the listing has against it.

    *market_price*: what a market order by quantity is valued at, in ticks; 0: it is not valued.
    An amount to spend may have the decimals of a price, as the APIs have it that know such amounts.
    """
    if asked.is_market and not _is_amount(asked.price):
        asked = asked._replace(price="")
    for text in asked[:3]:
        if text and not _is_amount(text):
            return Breach.NOT_A_NUMBER
    quantity = budget = 0
    if asked.is_budget:
        places = min(listing.price_scale, instrument.quote.scale)
        budget = _units(asked.quantity, places, 10 ** (instrument.quote.scale - places), 1)
        if budget < 0:
            return Breach.QUANTITY_SCALE
    else:
        finer = 10 ** (instrument.quantity_scale - listing.quantity_scale)
        quantity = _units(asked.quantity, listing.quantity_scale, finer, instrument.lot_size)
        if quantity < 0:
            return Breach.QUANTITY_SCALE
    price, trigger_price = (_ticks(instrument, listing, text) for text in (asked.price, asked.trigger_price))
    if price < 0:
        return Breach.PRICE_SCALE
    if trigger_price < 0:
        return Breach.TRIGGER_PRICE_SCALE
    if asked.is_market:
        price = 0
    valued_at = price or trigger_price or market_price
    value = budget or (instrument.notional(valued_at, quantity) if valued_at else listing.min_value)
    if value < listing.min_value:
        return Breach.VALUE_TOO_SMALL
    if max(quantity * instrument.lot_value, budget, price, trigger_price) > AMOUNT_MAX:
        return Breach.NOT_A_NUMBER
    return Terms(quantity, budget, price, trigger_price)


def _is_amount(text: str) -> bool:
    """Whether a text is a decimal above zero."""
    try:
        return to_units(text, scale=_FINEST) > 0
    except ValueError:
        return False


def _ticks(instrument: Instrument, listing: Listing, text: str) -> int:
    finer = 10 ** (instrument.price_scale - listing.price_scale)
    return _units(text, listing.price_scale, finer, instrument.tick_size) if text else 0


def _units(text: str, scale: int, finer: int, size: int) -> int:
    """Return *text*, with at most *scale* decimals, in *size* units *finer* times as small; −1 when it does not fit."""
    try:
        count, between = divmod(to_units(text, scale=scale) * finer, size)
    except ValueError:
        return -1
    return -1 if between else count
