"""Symbols: the venue's string for an instrument, "BTC-USD", and back; and the groupings of its book.

Source: BTSE spot API v3.3, Market Summary: base and quote with a dash, in capitals. Orderbook (by grouping): for BTC, priced
in steps of 0.1, group 0 is 0.1, group 1 is 0.5, group 2 is 1; groups 3 to 8 are documented by number only and continue so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse import errors
from bedesten.domain.instruments import Instrument

if TYPE_CHECKING:
    from bedesten.services.instruments import Catalogue
    from bedesten.services.venue import Venue

GROUP_STEPS: Final = (1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000)  # a level's width in ticks, by group number


def symbol_of(instrument: Instrument) -> str:
    """Return the instrument's symbol."""
    return instrument.name


def find(catalogue: Catalogue, symbol: str) -> Instrument | None:
    """Return the instrument that *symbol* names, or None. Small letters are read as capitals: the docs' fee sample has them."""
    return catalogue.instrument(symbol) or catalogue.instrument(symbol.upper())


def instrument_named(venue: Venue, symbol: str | None) -> Instrument:
    """Return the instrument of a mandatory symbol."""
    if not symbol:
        raise errors.mandatory("symbol")
    instrument = find(venue.catalogue, symbol)
    if instrument is None:
        raise errors.unknown_symbol(symbol)
    return instrument
