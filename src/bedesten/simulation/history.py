"""A past for the demo: minutes before the venue's first trade, cut from the reference path when somebody asks.

Implements the History port of the services. Keeps nothing and computes nothing ahead: a minute is a pure function of seed,
instrument and instant; of what is yet to come nothing is told. Invariant: a minute opens where the one before it closed,
and low ≤ open, close ≤ high.
"""

from __future__ import annotations

from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bedesten.clock import Clock
from bedesten.config import VenueFile
from bedesten.domain.instruments import Instrument
from bedesten.services.records import Candle
from bedesten.simulation.activity import Activity, activity_of, bustle
from bedesten.simulation.chance import Values, key_of, mix, normals, uniforms
from bedesten.simulation.reference import MINUTE_NS, ReferencePrices

MINUTE_S: Final = 60
MINUTES_MAX: Final = 100 * 24 * 60  # of one call, the newest: half a second of work, and everybody else waits for it
WICK: Final = 0.35  # how far a minute reaches beyond its open and close, in deviations of a minute's return

Integers = NDArray[np.int64]


class ReferenceHistory:
    """The History port over reference prices."""

    def __init__(self, venue_file: VenueFile, reference: ReferencePrices, seed: int, clock: Clock) -> None:
        self._venue_file = venue_file
        self._reference = reference
        self._seed = seed
        self._clock = clock

    def minutes(self, instrument: int, start_s: int, end_s: int) -> list[Candle]:
        """Return minutes in start_s ≤ start < end_s, oldest first: whole ones, of more than MINUTES_MAX the newest."""
        end = min(-(-end_s // MINUTE_S), self._clock.now_ns() // MINUTE_NS)
        first = max(-(-start_s // MINUTE_S), end - MINUTES_MAX, 0)
        if first >= end or not 1 <= instrument <= len(self._venue_file.instruments):
            return []
        columns = self._columns(self._venue_file.instruments[instrument - 1], first, end - first)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return list(map(tuple.__new__, repeat(Candle), rows))  # Candle._make without its Python frame: half the time

    def _columns(self, instrument: Instrument, first: int, count: int) -> tuple[Integers, ...]:
        prices = self._reference.minute_closes(instrument.id, first, count + 1)
        deviation = self._reference.minute_deviation(instrument.id)
        words = np.arange(first, first + count).astype(np.uint64) ^ np.uint64(key_of(self._seed, "past", instrument.id))
        chance = mix(words)
        up, down = np.abs(normals(chance)), np.abs(normals(mix(chance)))
        low_edge, high_edge = np.minimum(prices[:-1], prices[1:]), np.maximum(prices[:-1], prices[1:])
        ticks = _ticks(prices)
        low = _ticks(low_edge * (1 - WICK * deviation * down))
        high = _ticks(high_edge * (1 + WICK * deviation * up))
        starts = np.arange(first, first + count) * MINUTE_S
        swing = np.abs(np.diff(prices)) / (prices[:-1] * deviation) if deviation else np.full(count, 0.8)
        activity = activity_of(self._venue_file, instrument)
        volume = _volume(activity, starts.astype(np.float64), swing, uniforms(mix(chance + np.uint64(1))))
        mean = (ticks[:-1] + ticks[1:] + low + high) / 4
        quote_volume = np.floor(mean * volume * float(instrument.tick_value)).astype(np.int64)
        return starts, ticks[:-1], high, low, ticks[1:], volume, quote_volume


def _ticks(prices: Values) -> Integers:
    return np.maximum(np.rint(prices), 1).astype(np.int64)


def _volume(activity: Activity, starts: Values, swing: Values, chance: Values) -> Integers:
    # A minute's trades: as busy as the hour, more when the price moves, and never quite the same.
    mean_lots = activity.trades_per_minute * activity.trade_lots
    lots = mean_lots * bustle(starts) * (0.4 + 0.75 * swing) * -np.log(chance)
    return np.maximum(np.rint(lots), 1).astype(np.int64)
