"""What one asset is worth in another, by the prices of the instruments: directly, the other way round, or over one asset between.

The index price counts, or the last price where there is none. For showing only: nothing is ever settled at it.
"""

from __future__ import annotations

from fractions import Fraction

from bedesten.domain.instruments import Asset, Instrument
from bedesten.services.instruments import Catalogue
from bedesten.services.market_data import MarketData


class Rates:
    """The rates between assets."""

    def __init__(self, catalogue: Catalogue, market_data: MarketData) -> None:
        self._catalogue = catalogue
        self._market_data = market_data

    async def rate(self, source: Asset, target: Asset) -> Fraction | None:
        """Return how much of *target* one of *source* is worth, None where no price says."""
        if source.id == target.id:
            return Fraction(1)
        known = await self._beside(source)
        if target.id in known:
            return known[target.id]
        onward = await self._beside(target)
        for between, worth in known.items():
            if onward.get(between):
                back = onward[between]
                return worth * Fraction(back.denominator, back.numerator)
        return None

    async def _beside(self, asset: Asset) -> dict[int, Fraction]:
        """Return what one of the asset is worth in every asset that it is traded against."""
        worth: dict[int, Fraction] = {}
        for instrument in self._catalogue.instruments:
            if asset.id not in (instrument.base.id, instrument.quote.id):
                continue
            price = await self._price(instrument)
            if not price:
                continue
            if asset.id == instrument.base.id:
                worth[instrument.quote.id] = price
            else:
                worth[instrument.base.id] = Fraction(price.denominator, price.numerator)
        return worth

    async def _price(self, instrument: Instrument) -> Fraction:
        index = await self._market_data.index_price(instrument.id)
        ticks = index or self._market_data.last_price(instrument.id)
        return Fraction(ticks * instrument.tick_size, 10**instrument.price_scale)
