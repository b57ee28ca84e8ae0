"""Symbols: the venue's string for an instrument, "BTC-USD", and back.

Source: BTSE spot API v3.3, Market Summary: base and quote with a dash, in capitals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedesten.domain.instruments import Instrument

if TYPE_CHECKING:
    from bedesten.services.instruments import Catalogue


def symbol_of(instrument: Instrument) -> str:
    """Return the instrument's symbol."""
    return instrument.name


def find(catalogue: Catalogue, symbol: str) -> Instrument | None:
    """Return the instrument that *symbol* names, or None. Small letters are read as capitals: the docs' fee sample has them."""
    return catalogue.instrument(symbol) or catalogue.instrument(symbol.upper())
