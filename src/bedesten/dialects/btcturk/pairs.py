"""Pairs: what the venue calls a listed instrument, in every spelling, and its numbers as the venue writes them.

Prices stand within the decimals of the pair's scale. Where another API quotes finer on the same book, the market's prices are
rounded half up, those of bids floored and of asks ceiled; what an account paid is told exactly, so that price times amount is
the money that moved. Everything is printed from integers; nothing is ever a float.
Source: BtcTurk API documents, Pairs Scale; exchangeinfo; README-pro ("BTCTRY or BTC_TRY").
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btcturk.numbers import fixed
from bedesten.domain.enums import Side
from bedesten.domain.instruments import Asset, Instrument, Listing
from bedesten.domain.money import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedesten.services.instruments import Catalogue

LIST: Final = "btcturk"  # the venue file's list of what this API shows
CATALOGUES_MAX: Final = 8  # whose pairs are kept: a process has one, its tests several


class Pair:
    """One listed instrument."""

    __slots__ = ("_cut", "base", "instrument", "listing", "name", "normalized", "position", "quote", "scale")

    def __init__(self, instrument: Instrument, listing: Listing, position: int = 1) -> None:
        self.instrument = instrument
        self.position = position  # in the list, from 1
        self.scale = listing.price_scale
        self._cut: int = 10 ** (instrument.price_scale - listing.price_scale)
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
        return to_text(self.shown(ticks), scale=self.scale, places=self.scale)

    def bare(self, ticks: int) -> str:
        """Return a price in its shortest form: "0.8"."""
        return to_text(self.shown(ticks), scale=self.scale)

    def shown(self, ticks: int) -> int:
        """Return a price in units of the pair's scale, rounded half up."""
        units, cut = ticks * self.instrument.tick_size, self._cut
        return int(units if cut == 1 else (2 * units + cut) // (2 * cut))

    def limit(self, side: int, ticks: int) -> int:
        """Return an order's price in units of the pair's scale, as the book shows it: of a bid floored, of an ask ceiled."""
        units, cut = ticks * self.instrument.tick_size, self._cut
        return units // cut if side == Side.BUY else -(-units // cut)

    def exact_price(self, ticks: int) -> str:
        """Return what was paid: at the pair's scale, and finer where the book is."""
        return self.instrument.price_text(ticks, places=self.scale)

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
        self._pairs = tuple(
            Pair(instrument, listing, at) for at, (instrument, listing) in enumerate(found, 1) if instrument is not None
        )
        self._by_id = {pair.instrument.id: pair for pair in self._pairs}
        self._by_name = {pair.normalized: pair for pair in self._pairs} | {pair.name: pair for pair in self._pairs}

    def __iter__(self) -> Iterator[Pair]:
        return iter(self._pairs)

    def find(self, text: str) -> Pair | None:
        """Return the pair that *text* names: "BTCTRY" or "BTC_TRY", in any case."""
        return self._by_name.get(text) or self._by_name.get(text.upper())

    def named(self, name: str) -> Pair | None:
        """Return the pair of exactly that name, as the feed has it: "BTCTRY"."""
        pair = self._by_name.get(name)
        return pair if pair is not None and pair.name == name else None

    def of(self, instrument_id: int) -> Pair | None:
        """Return the pair that an instrument is listed as, or None: other APIs may list more than this one."""
        return self._by_id.get(instrument_id)


def pairs_of(catalogue: Catalogue) -> Pairs:
    """Return the pairs of *catalogue*, made once for what it lists."""
    return _pairs_of(catalogue, catalogue.version)


@lru_cache(maxsize=CATALOGUES_MAX)
def _pairs_of(catalogue: Catalogue, version: int) -> Pairs:
    return Pairs(catalogue)
