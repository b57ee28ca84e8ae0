"""What both OTC interfaces have in common: reading a request for a quote, and the codes and sentences of refusals.

Source: BTSE OTC API (https://btsecom.github.io/docs/otc/en/), Quote, Accept and the status codes, read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from bedesten.dialects.btse import errors, numbers
from bedesten.dialects.btse.spot import parse
from bedesten.domain.enums import Side
from bedesten.domain.money import AMOUNT_MAX
from bedesten.services.otc.desk import OtcRefusal as R
from bedesten.services.otc.quotes import PRICE_SCALE, Quote

if TYPE_CHECKING:
    from bedesten.domain.instruments import Asset, Instrument

ORDER_QUERY: Final = 30000
QUOTED: Final = 30001
COMPLETE: Final = 30007
REQUOTE: Final = 30008
INSUFFICIENT: Final = 8
UNAVAILABLE: Final = 40001
REJECTED: Final = 40003

#: The status of what the desk refuses; SETTLED is no failure: the answer is the settled quote once more.
STATUS: Final[Mapping[R, int]] = {
    R.UNKNOWN_MARKET: errors.UNKNOWN_SYMBOL,
    R.NO_PRICE: UNAVAILABLE,
    R.INDEX_TOO_OLD: UNAVAILABLE,
    R.TOO_SMALL: REJECTED,
    R.TOO_LARGE: REJECTED,
    R.NO_INVENTORY: REJECTED,
    R.TOO_MANY: UNAVAILABLE,
    R.UNKNOWN_QUOTE: REJECTED,
    R.EXPIRED: REJECTED,
    R.REJECTED: REJECTED,
    R.REQUOTED: REQUOTE,
    R.MOVED: REQUOTE,
    R.SETTLED: COMPLETE,
    R.INSUFFICIENT_AVAILABLE: INSUFFICIENT,
    R.SUSPENDED: REJECTED,
}

SIDES: Final[Mapping[str, Side]] = {"buy": Side.BUY, "sell": Side.SELL, "BUY": Side.BUY, "SELL": Side.SELL}


def sentence(refusal: R) -> str:
    """Return a refusal in words."""
    text: str = refusal.value
    return text[0].upper() + text[1:]


def units_of(raw: msgspec.Raw, asset: Asset) -> int:
    """Return a quantity in minor units; 0 when it was not sent.

    Raises: ValueError when it is no number, negative, finer than the asset, or more than can be counted.
    """
    units = parse.steps_of(bytes(raw), asset.scale, 1)
    if not 0 <= units <= AMOUNT_MAX:
        raise ValueError("out of range")
    return units


def is_nothing(*sizes: tuple[msgspec.Raw, int]) -> bool:
    """Return whether an acceptance names a part, and the part is nothing: that is no way to ask for all."""
    return not any(units for _, units in sizes) and any(parse.is_sent(bytes(raw)) for raw, _ in sizes)


def base_text(quote: Quote) -> str:
    """Return the quote's quantity as a number."""
    return numbers.decimal(quote.base, quote.instrument.base.scale)


def quote_text(quote: Quote) -> str:
    """Return the quote's amount as a number."""
    return numbers.decimal(quote.quote, quote.instrument.quote.scale)


def price_text(price: int) -> str:
    """Return a quote's price as a number."""
    return numbers.decimal(price, PRICE_SCALE)


def legs(quote: Quote) -> tuple[tuple[Asset, int], tuple[Asset, int]]:
    """Return what the customer gives, and what the customer gets."""
    instrument: Instrument = quote.instrument
    base, money = (instrument.base, quote.base), (instrument.quote, quote.quote)
    return (money, base) if quote.side is Side.BUY else (base, money)
