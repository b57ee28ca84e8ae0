"""Pairs: what the venue calls a listed instrument, in every spelling, and its numbers as the venue writes them.

Prices stand with the decimals of the pair's scale, and with more where the book has more (other APIs may quote finer on the same
book). Everything is printed from integers; nothing is ever a float.
Source: BtcTurk API documents, Pairs Scale; exchangeinfo; README-pro ("BTCTRY or BTC_TRY").
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk.numbers import fixed
from bedesten.domain.instruments import Asset, Instrument, Listing
from bedesten.domain.money import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedesten.services.instruments import Catalogue

LIST: Final = "btcturk"  # the venue file's list of what this API shows
CATALOGUES_MAX: Final = 8  # whose pairs are kept: a process has one, its tests several


class Pair:
    """One listed instrument."""

    __slots__ = ("base", "instrument", "listing", "name", "normalized", "quote")

    def __init__(self, instrument: Instrument, listing: Listing) -> None:
        self.instrument = instrument
        self.listing = listing
        self.name = listing.symbol  # "BTCTRY"
        self.normalized = f"{instrument.base.code}_{instrument.quote.code}"
        self.base: Asset = instrument.base
        self.quote: Asset = instrument.quote

    @property
    def number(self) -> int:
        """The pair's id on the wire."""
        return self.listing.number

    @property
    def group(self) -> int:
        """Ticks in one step of the pair's price: its book is shown by these."""
        finer: int = 10 ** (self.instrument.price_scale - self.listing.price_scale)
        return max(finer // self.instrument.tick_size, 1)

    def best(self, bid: int, ask: int) -> tuple[int, int]:
        """Return the best prices in steps of the pair's price, as its book is shown: the bid floored, the ask ceiled."""
        return bid - bid % self.group, ask + -ask % self.group

    def price(self, ticks: int) -> str:
        """Return a price at the pair's scale: "0.80"."""
        return self.instrument.price_text(ticks, places=self.listing.price_scale)

    def quantity(self, lots: int) -> str:
        """Return a quantity in its shortest form: "0.001"."""
        return self.instrument.quantity_text(lots)

    def quantity_fixed(self, lots: int, places: int) -> str:
        """Return a quantity with *places* decimals."""
        return fixed(lots * self.instrument.lot_size, self.instrument.quantity_scale, places)

    def amount(self, minor_units: int) -> str:
        """Return an amount of the denominator in its shortest form."""
        return to_text(minor_units, scale=self.quote.scale)

    def average_units(self, notional: int, lots: int, places: int) -> int:
        """Return notional ÷ quantity in units of ten to the minus *places*, rounded half up; 0 without a quantity."""
        if not lots:
            return 0
        up: int = notional * 10 ** (self.instrument.quantity_scale + places)
        down: int = lots * self.instrument.lot_size * 10**self.quote.scale
        return (2 * up + down) // (2 * down)


class Pairs:
    """The pairs of a venue, in the order of its list."""

    def __init__(self, catalogue: Catalogue) -> None:
        found = ((catalogue.by_id(listing.instrument), listing) for listing in catalogue.listings(LIST))
        self._pairs = tuple(Pair(instrument, listing) for instrument, listing in found if instrument is not None)
        self._by_id = {pair.instrument.id: pair for pair in self._pairs}
        self._by_name = {pair.normalized: pair for pair in self._pairs} | {pair.name: pair for pair in self._pairs}

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._pairs)

    def find(self, text: str) -> Pair | None:
        """Return the pair that *text* names: "BTCTRY" or "BTC_TRY", in any case."""
        return self._by_name.get(text) or self._by_name.get(text.upper())

    def of(self, instrument_id: int) -> Pair | None:
        """Return the pair that an instrument is listed as, or None: other APIs may list more than this one."""
        return self._by_id.get(instrument_id)


def pairs_of(catalogue: Catalogue) -> Pairs:
    """Return the pairs of *catalogue*, made once for what it lists."""
    return _pairs_of(catalogue, catalogue.version)


@lru_cache(maxsize=CATALOGUES_MAX)
def _pairs_of(catalogue: Catalogue, version: int) -> Pairs:
    return Pairs(catalogue)
