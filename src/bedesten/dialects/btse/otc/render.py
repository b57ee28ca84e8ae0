"""Quotes as text: quantities, amounts and prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedesten.dialects.btse import numbers
from bedesten.domain.enums import Side
from bedesten.services.otc.quotes import PRICE_SCALE, Quote

if TYPE_CHECKING:
    from bedesten.domain.instruments import Asset, Instrument


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
