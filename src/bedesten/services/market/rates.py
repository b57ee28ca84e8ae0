"""What one asset is worth in another, by the prices of the instruments: directly, the other way round, or over one asset between.

The middle price counts: the index price, or the middle of the book where no index is told. Where an asset is shown, and only
there, the last price stands in for a middle that is missing. Of several assets that could stand between, the one whose instrument
comes first in the catalogue is taken, so that the same prices always tell the same rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from bedesten.core import Machine
from bedesten.domain.instruments import Asset, Instrument
from bedesten.services.instruments import Catalogue
from bedesten.services.market.market_data import MarketData
from bedesten.services.sequencing.sequencer import Sequencer


class Rates:
    """The rates between assets."""

    def __init__(self, sequencer: Sequencer, catalogue: Catalogue, market_data: MarketData) -> None:
        self._sequencer = sequencer
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
        return await self._sequencer.read(lambda machine: self._rate(machine, source, target, or_last=True))

    async def middle(self, source: Asset, target: Asset) -> Fraction | None:
        """Return what `rate` does, to be settled at: by middle prices alone."""
        return await self._sequencer.read(lambda machine: self._rate(machine, source, target, or_last=False))

    def _rate(self, machine: Machine, source: Asset, target: Asset, *, or_last: bool) -> Fraction | None:
        if source.id == target.id:
            return Fraction(1)
        known = dict(self._beside(machine, source, or_last))
        if target.id in known:
            return known[target.id]
        onward = dict(self._beside(machine, target, or_last))
        between = next((asset for asset in known if asset in onward), None)
        return None if between is None else known[between] * _inverse(onward[between])

    def _beside(self, machine: Machine, asset: Asset, or_last: bool) -> Iterable[tuple[int, Fraction]]:
        """Yield what one of the asset is worth in every asset that it is traded against."""
        for instrument in self._of.get(asset.id, ()):
            price = self._price(machine, instrument, or_last)
            if price and asset.id == instrument.base.id:
                yield instrument.quote.id, price
            elif price:
                yield instrument.base.id, _inverse(price)

    def _price(self, machine: Machine, instrument: Instrument, or_last: bool) -> Fraction:
        halves = 2 * machine.index_price(instrument.id)
        if not halves:
            bid, _, ask, _ = machine.bbo(instrument.id)
            halves = bid + ask if bid and ask else 0
        if not halves and or_last:
            halves = 2 * self._market_data.last_price(instrument.id)
        return Fraction(halves * instrument.tick_size, 2 * 10**instrument.price_scale)


def _inverse(rate: Fraction) -> Fraction:
    return Fraction(rate.denominator, rate.numerator)
