"""Pairs: the instruments as this API lists them, by its own names and numbers, and their prices and quantities in print.

Source: BtcTurk API, Exchange Info and Ticker: BTCTRY, normalized BTC_TRY; either is read, in any case. Decimals are those of the
listing; a price that other customers of the venue made finer is printed in full, never rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bedesten.dialects.printing import decimal_printer

if TYPE_CHECKING:
    from bedesten.domain.instruments import Instrument, Listing
    from bedesten.services.instruments import Catalogue

DIALECT: Final = "btcturk"  # the name of its listings in the venue file


class Pair:
    """An instrument as it is listed here."""

    __slots__ = ("id", "instrument", "listing", "normalized", "price", "quantity", "symbol")

    def __init__(self, listing: Listing, instrument: Instrument) -> None:
        self.listing = listing
        self.instrument = instrument
        self.id = listing.number
        self.symbol = listing.symbol
        self.normalized = f"{instrument.base.code}_{instrument.quote.code}"
        #: Return a price in ticks, and a quantity in lots, as decimal text.
        self.price = _printer(instrument.tick_size, instrument.price_scale, listing.price_scale)
        self.quantity = _printer(instrument.lot_size, instrument.quantity_scale, listing.quantity_scale)


class Pairs:
    """Every pair that is listed, in the listing's order."""

    def __init__(self, catalogue: Catalogue) -> None:
        instruments = {instrument.id: instrument for instrument in catalogue.instruments}
        self.all = tuple(Pair(row, instruments[row.instrument]) for row in catalogue.listings(DIALECT))
        self._by_name = {name: pair for pair in self.all for name in (pair.symbol, pair.normalized)}
        self._by_instrument = {pair.instrument.id: pair for pair in self.all}
        #: Return the pair of an instrument, or None when it is not listed here.
        self.of = self._by_instrument.get

    def find(self, text: str) -> Pair | None:
        """Return the pair that *text* names, or None."""
        return self._by_name.get(text) or self._by_name.get(text.upper())


def _printer(unit: int, scale: int, places: int) -> Callable[[int], str]:
    """Return what prints with *places* decimals, and with more only where it must."""
    text = decimal_printer(unit, scale)
    if places >= scale:
        return text
    spare = scale - places

    def cut(count: int) -> str:
        whole = text(count)
        tail = whole[-spare:]
        if tail.strip("0"):
            return whole.rstrip("0")
        return whole[:-spare].removesuffix(".")

    return cut
