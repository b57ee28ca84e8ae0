"""Reference prices: one dollar path an asset, and every pair a quotient of two, so that no triangle of pairs disagrees.

A path is a Brownian motion in the logarithm, built the way Lévy did: knots 91 days apart, then midpoints, midpoints of
those, down to two seconds. Each midpoint is a hash of where it stands, so a price is a pure function of seed, asset and
instant: nothing is stored and any instant costs the same. The knots themselves do not wander off; after years, bitcoin
still costs what the venue file says, give or take.

Invariant: at whole minutes, minute_closes() and usd() are the same path.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from bedesten.config import DemoPrice, VenueFile, demo_venue_file
from bedesten.domain.instruments import Instrument
from bedesten.simulation.chance import Values, Words, key_of, mix, normals

MINUTE_NS: Final = 60_000_000_000
KNOT_SHIFT: Final = 17  # knots stand 2^17 minutes, 91 days, apart
FINE_LEVELS: Final = 5  # halvings below a minute: down to a midpoint every 1.9 s
LEVELS: Final = KNOT_SHIFT + FINE_LEVELS
YEAR_MINUTES: Final = 365.25 * 24 * 60
VOLATILE_FROM: Final = 0.3  # a year's deviation above which an asset swims with the market
MARKET_SHARE: Final = 0.75  # correlation of such an asset with the market
PRICE_UNKNOWN: Final = DemoPrice(
    usd="1"
)  # for an asset that neither the venue file nor the packaged one has a price for


def demo_price(venue_file: VenueFile, code: str) -> DemoPrice:
    """Return where an asset's price starts from: as the venue file says, else the packaged one, else at a dollar."""
    return venue_file.demo.prices.get(code) or _packaged_prices().get(code, PRICE_UNKNOWN)


def unpriced(venue_file: VenueFile) -> list[str]:
    """Return the assets that the venue file has no price for, each with what it is simulated at."""
    codes = [asset.code for asset in venue_file.assets if asset.code not in venue_file.demo.prices]
    return [f"{code} at {demo_price(venue_file, code).usd}" for code in codes]


@functools.cache
def _packaged_prices() -> dict[str, DemoPrice]:
    return demo_venue_file().demo.prices


class ReferencePrices:
    """What everything is worth at any instant, in a world made from a seed."""

    def __init__(self, venue_file: VenueFile, seed: int) -> None:
        prices = [demo_price(venue_file, asset.code) for asset in venue_file.assets]
        names = ["the market", *(asset.code for asset in venue_file.assets)]
        volatility = [float(price.volatility) for price in prices]
        self._keys = np.array([key_of(seed, "reference", name) for name in names], dtype=np.uint64)
        self._base = np.array([math.log(float(price.usd)) for price in prices])
        self._volatility = np.array(volatility)
        market = np.array([MARKET_SHARE if v >= VOLATILE_FROM else 0.0 for v in volatility])
        self._market = market * self._volatility
        self._own = np.sqrt(1 - market**2) * self._volatility
        instruments = venue_file.instruments
        self._bases = np.array([row.base.id - 1 for row in instruments], dtype=np.intp)
        self._quotes = np.array([row.quote.id - 1 for row in instruments], dtype=np.intp)
        self._log_tick = np.array([math.log(tick_price(row)) for row in instruments])
        # One column a level, knots left out: key, cell length and height of the tent of each.
        self._level_keys = np.array([key_of("level", level) for level in range(LEVELS + 1)], dtype=np.uint64)
        self._cells_ns = np.array([(MINUTE_NS << KNOT_SHIFT) >> level for level in range(LEVELS)], dtype=np.int64)
        self._heights = np.array([_tent_height(level) for level in range(LEVELS)])

    def usd(self, instant_ns: int) -> Values:
        """Return what one of each asset is worth in dollars, in the order of their ids."""
        standard = self._standard_paths(instant_ns)
        result: Values = np.exp(self._base + self._market * standard[0] + self._own * standard[1:])
        return result

    def all_ticks(self, instant_ns: int) -> Values:
        """Return the price of every instrument in (fractions of) ticks, in the order of their ids."""
        logs = np.log(self.usd(instant_ns))
        result: Values = np.exp(logs[self._bases] - logs[self._quotes] - self._log_tick)
        return result

    def ticks(self, instrument_id: int, instant_ns: int) -> int:
        """Return the price of one instrument, to the nearest tick and at least one."""
        return max(1, round(float(self.all_ticks(instant_ns)[instrument_id - 1])))

    def minute_closes(self, instrument_id: int, first_minute: int, count: int) -> Values:
        """Return an instrument's price in ticks at *count* whole minutes in a row.

        Units: minutes since the epoch.
        """
        base, quote = int(self._bases[instrument_id - 1]), int(self._quotes[instrument_id - 1])
        market = self._market[base] - self._market[quote]
        parts = ((0, market), (base + 1, self._own[base]), (quote + 1, -self._own[quote]))
        moving = [(path, weight) for path, weight in parts if weight]
        path = self._minute_path(
            self._keys[[path for path, _ in moving]], [weight for _, weight in moving], first_minute, count
        )
        path += self._base[base] - self._base[quote] - self._log_tick[instrument_id - 1]
        result: Values = np.exp(path)
        return result

    def minute_deviation(self, instrument_id: int) -> float:
        """Return the deviation of one minute's log return."""
        base, quote = int(self._bases[instrument_id - 1]), int(self._quotes[instrument_id - 1])
        market = self._market[base] - self._market[quote]
        return math.sqrt((market**2 + self._own[base] ** 2 + self._own[quote] ** 2) / YEAR_MINUTES)

    def _standard_paths(self, instant_ns: int) -> Values:
        """Return every path, for a volatility of 1, at one instant."""
        cells = instant_ns // self._cells_ns
        inside = (instant_ns % self._cells_ns) / self._cells_ns
        words = (self._keys[:, None] ^ self._level_keys[None, :LEVELS]) + cells.astype(np.uint64)
        tents = normals(mix(words)) * (self._heights * (1 - np.abs(2 * inside - 1)))
        knots = self._knots(self._keys[:, None], np.array([cells[0], cells[0] + 1]))
        result: Values = tents.sum(axis=1) + knots[:, 0] * (1 - inside[0]) + knots[:, 1] * inside[0]
        return result

    def _minute_path(self, keys: Words, weights: Sequence[float], first_minute: int, count: int) -> Values:
        """Return the sum of weighted paths at whole minutes, where the levels below a minute are zero."""
        last_minute = first_minute + count - 1
        first, last = first_minute >> KNOT_SHIFT, (last_minute >> KNOT_SHIFT) + 1
        # At the ends of the cells that cover the range. One row a path, summed up at each level: they share its work.
        points = _weighted(self._knots(keys[:, None], np.arange(first, last + 1)), weights)
        for level in range(KNOT_SHIFT):
            words = np.arange(first, last).astype(np.uint64) + (keys ^ self._level_keys[level])[:, None]
            halved = np.empty(2 * len(points) - 1)
            halved[::2] = points
            middles = points[:-1] + points[1:]
            middles /= 2
            middles += _weighted(normals(mix(words)), weights) * self._heights[level]
            halved[1::2] = middles
            shift = KNOT_SHIFT - level - 1
            skipped = (first_minute >> shift) - 2 * first
            first, last = first_minute >> shift, (last_minute >> shift) + 1
            points = halved[skipped : skipped + last - first + 1]
        return points[:count]

    def _knots(self, keys: Words | np.uint64, cells: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Values:
        words = cells.astype(np.uint64) + (keys ^ self._level_keys[LEVELS])
        # Two independent knots differ by √2 of their deviation; their difference is a motion over one cell.
        return normals(mix(words)) * math.sqrt((1 << KNOT_SHIFT) / YEAR_MINUTES / 2)


def _weighted(rows: Values, weights: Sequence[float]) -> Values:
    # Not a product of matrices, whose last bit depends on how many columns there are.
    total = np.zeros(rows.shape[1])
    for row, weight in zip(rows, weights, strict=True):
        total += row * weight
    return total


def tick_price(instrument: Instrument) -> float:
    """Return the size of one tick in quote."""
    return instrument.tick_size / 10.0**instrument.price_scale


def lot_quantity(instrument: Instrument) -> float:
    """Return the size of one lot in base."""
    return instrument.lot_size / 10.0**instrument.quantity_scale


def _tent_height(level: int) -> float:
    """Return the deviation of a midpoint from its neighbours' mean, in a cell of that level."""
    cell_minutes = 2.0 ** (KNOT_SHIFT - level)
    return math.sqrt(cell_minutes / YEAR_MINUTES) / 2
