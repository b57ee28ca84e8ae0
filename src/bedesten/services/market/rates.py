"""What one asset is worth in another, by the prices of the instruments: directly, the other way round, or over one asset between.

What is settled at goes by index prices alone, none of them too old: customers' own orders decide nothing. Where a worth is shown,
and only there, the middle of the book or the last price stands in for an index that is missing. Of several assets that could
stand between, the one whose instrument comes first in the catalogue is taken, so that the same prices always tell the same rate.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from fractions import Fraction

from bedesten.clock import Clock
from bedesten.core import Machine
from bedesten.domain.instruments import Asset, Instrument
from bedesten.services.errors import ServiceError
from bedesten.services.instruments import Catalogue
from bedesten.services.market.indexes import fresh_index, index_of
from bedesten.services.market.market_data import MarketData
from bedesten.services.sequencing.sequencer import Sequencer


class IndexTooOld(ServiceError):
    """What is asked needs an index price, and the one that was told is too old."""


class _By(enum.Enum):
    FRESH = "index prices that are not too old"
    TOLD = "index prices of any age"
    SHOWN = "what there is: a fresh index, the middle of the book, the last price"


class Rates:
    """The rates between assets."""

    def __init__(self, sequencer: Sequencer, clock: Clock, catalogue: Catalogue, market_data: MarketData) -> None:
        self._sequencer = sequencer
        self._clock = clock
        self._market_data = market_data
        self._catalogue = catalogue
        self._of: dict[int, list[Instrument]] = {}
        self._join()
        catalogue.watch(self._join)

    def _join(self) -> None:
        self._of = {}
        for instrument in self._catalogue.instruments:
            self._of.setdefault(instrument.base.id, []).append(instrument)
            self._of.setdefault(instrument.quote.id, []).append(instrument)

    def is_traded(self, asset: Asset) -> bool:
        """Return whether any instrument could tell what the asset is worth."""
        return asset.id in self._of

    async def rate(self, source: Asset, target: Asset) -> Fraction | None:
        """Return how much of *target* one of *source* is worth, to be shown; None where no price says."""
        return await self._sequencer.read(lambda machine: self._rate(machine, source, target, _By.SHOWN))

    async def firm(self, source: Asset, target: Asset) -> Fraction | None:
        """Return what `rate` does, to be settled at: by index prices alone, none too old.

        Raises: IndexTooOld when there would be one if an index were not too old.
        """
        return await self._sequencer.read(lambda machine: self.firm_now(machine, source, target))

    def firm_now(self, machine: Machine, source: Asset, target: Asset) -> Fraction | None:
        """Return what `firm` does, at once: in the state as it is applied. Raises: IndexTooOld."""
        found = self._rate(machine, source, target, _By.FRESH)
        if found is None and self._rate(machine, source, target, _By.TOLD) is not None:
            raise IndexTooOld(f"no index price from {source.code} to {target.code} is young enough")
        return found

    def _rate(self, machine: Machine, source: Asset, target: Asset, by: _By) -> Fraction | None:
        if source.id == target.id:
            return Fraction(1)
        known = dict(self._beside(machine, source, by))
        if target.id in known:
            return known[target.id]
        onward = dict(self._beside(machine, target, by))
        between = next((asset for asset in known if asset in onward), None)
        return None if between is None else known[between] * _inverse(onward[between])

    def _beside(self, machine: Machine, asset: Asset, by: _By) -> Iterable[tuple[int, Fraction]]:
        """Yield what one of the asset is worth in every asset that it is traded against."""
        for instrument in self._of.get(asset.id, ()):
            price = self._price(machine, instrument, by)
            if price and asset.id == instrument.base.id:
                yield instrument.quote.id, price
            elif price:
                yield instrument.base.id, _inverse(price)

    def _price(self, machine: Machine, instrument: Instrument, by: _By) -> Fraction:
        if by is _By.TOLD:
            halves = 2 * index_of(machine, instrument.id).price
        else:
            halves = 2 * fresh_index(machine, instrument.id, self._clock.now_ns())
        if not halves and by is _By.SHOWN:
            bid, _, ask, _ = machine.bbo(instrument.id)
            halves = bid + ask if bid and ask else 2 * self._market_data.last_price(instrument.id)
        return Fraction(halves * instrument.tick_size, 2 * 10**instrument.price_scale)


def _inverse(rate: Fraction) -> Fraction:
    return Fraction(rate.denominator, rate.numerator)
