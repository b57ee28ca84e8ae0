"""A past for the demo: minutes before the venue's first trade, cut from the reference path when somebody asks.

Implements the History port of the services. Computes nothing ahead: a minute is a pure function of seed, instrument and
instant, longer candles are made of minutes, and of what is yet to come nothing is told. Invariant: a minute opens where
the one before it closed, and low ≤ open, close ≤ high.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bedesten.clock import Clock
from bedesten.config import VenueFile
from bedesten.domain.enums import Side
from bedesten.domain.instruments import Instrument
from bedesten.services.store_types import Candle, Trade
from bedesten.simulation.activity import Activity, activity_of, bustle
from bedesten.simulation.chance import Values, key_of, mix, normals, uniforms
from bedesten.simulation.reference import MINUTE_NS, ReferencePrices

MINUTE_S: Final = 60
HOUR: Final = 60  # minutes, as all that follows
DAY: Final = 24 * HOUR
MONTH: Final = 30 * DAY  # what is made at once: a few milliseconds, and the arrays stay in the processor's cache
PAST: Final = 400 * DAY  # the past begins at least so long ago, at a multiple of a month: a year of days and more
MONTHS_KEPT: Final = 256  # months of hours that are remembered, 40 kB each: a year of twenty instruments
ROWS_MAX: Final = 50_000  # of one answer, the newest: forty times a day of minutes
TRADES: Final = 4  # of a minute: at its open, its extremes and its close, a quarter of its volume each
QUARTER_NS: Final = MINUTE_NS // TRADES
NS_PER_MS: Final = 1_000_000
FIRST_NUMBER: Final = -(1 << 28)  # of the epoch's first minute: the past's numbers stay below 0 until the year 2097
WICK: Final = 0.35  # how far a minute reaches beyond its open and close, in deviations of a minute's return

Integers = NDArray[np.int64]

_BUSTLE: Final = bustle(np.arange(0.0, DAY * 60.0, 60.0))  # of each minute of a day


class ReferenceHistory:
    """The History port over reference prices."""

    def __init__(self, venue_file: VenueFile, reference: ReferencePrices, seed: int, clock: Clock) -> None:
        self._venue_file = venue_file
        self._reference = reference
        self._seed = seed
        self._clock = clock
        self._month_of_hours = lru_cache(MONTHS_KEPT)(
            lambda instrument, month: self._made(instrument, HOUR, month, month + MONTH)
        )

    def candles(self, instrument: int, period_s: int, start_s: int, end_s: int) -> list[Candle]:
        """Return candles as the port asks for; of more than ROWS_MAX the newest, and none of the time before the past began."""
        if not 1 <= instrument <= len(self._venue_file.instruments):
            return []
        length, first = period_s // MINUTE_S, -(-start_s // MINUTE_S)
        now = self._clock.now_ns() // MINUTE_NS
        end = min(-(-end_s // MINUTE_S), now)
        begin = max((now - PAST) // MONTH * MONTH, end - ROWS_MAX * length, 0)
        if first < begin:
            first += -(-(begin - first) // length) * length
        if first >= end:
            return []
        rows = zip(*self._joined(instrument, length, first, end).tolist(), strict=True)
        return list(map(tuple.__new__, repeat(Candle), rows))  # Candle._make without its Python frame: half the time

    def trades(self, instrument: int, end_s: int, limit: int) -> list[Trade]:
        """Return matches as the port asks for; none of the time before the past began."""
        if not 1 <= instrument <= len(self._venue_file.instruments) or limit < 1:
            return []
        now = self._clock.now_ns() // MINUTE_NS
        end = min(end_s // MINUTE_S, now)
        first = max(end + -limit // TRADES, (now - PAST) // MONTH * MONTH, 0)
        if first >= end:
            return []
        rules = self._venue_file.instruments[instrument - 1]
        rows = self._minutes(rules, first, end - first).T.tolist()
        return [trade for row in rows for trade in self._trades(rules, Candle._make(row))]

    def _trades(self, instrument: Instrument, minute: Candle) -> list[Trade]:
        # The extreme on the way comes first: a minute that rises was at its low before its high.
        rises = minute.close >= minute.open
        prices = (minute.open, *((minute.low, minute.high) if rises else (minute.high, minute.low)), minute.close)
        quarter, rest = divmod(minute.volume_lots, TRADES)
        number = minute.start_s // MINUTE_S
        trades: list[Trade] = []
        before, left = minute.close if rises else minute.open, minute.quote_volume
        for at, price in enumerate(prices):
            is_last = at == TRADES - 1
            chance = key_of(self._seed, "past trade", instrument.id, number, at)
            is_buy = price > before or (price == before and bool(chance >> 40 & 1))
            notional = left if is_last else instrument.notional(price, quarter)
            time_ns = number * MINUTE_NS + at * QUARTER_NS + chance % (QUARTER_NS // NS_PER_MS) * NS_PER_MS
            trades.append(
                Trade(
                    FIRST_NUMBER + number * TRADES + at, instrument.id, int(Side.BUY if is_buy else Side.SELL), price,
                    quarter + (rest if is_last else 0), notional, time_ns,
                )
            )  # fmt: skip
            before, left = price, left - notional
        return trades

    def _joined(self, instrument: int, length: int, first: int, end: int) -> Integers:
        if length % HOUR == 0 and first % HOUR == 0:
            return _join(self._hours(instrument, first, end), length // HOUR)
        step = max(MONTH // length, 1) * length
        parts = [self._made(instrument, length, at, min(at + step, end)) for at in range(first, end, step)]
        return np.concatenate(parts, axis=1)

    # Months that are over are remembered: a chart of a year then costs what its last month does.
    def _hours(self, instrument: int, first: int, end: int) -> Integers:
        parts: list[Integers] = []
        for month in range(first // MONTH * MONTH, end, MONTH):
            if month + MONTH <= end:
                parts.append(self._month_of_hours(instrument, month)[:, max(first - month, 0) // HOUR :])
            else:
                parts.append(self._made(instrument, HOUR, max(first, month), end))
        return np.concatenate(parts, axis=1)

    def _made(self, instrument: int, length: int, first: int, end: int) -> Integers:
        return _join(self._minutes(self._venue_file.instruments[instrument - 1], first, end - first), length)

    def _minutes(self, instrument: Instrument, first: int, count: int) -> Integers:
        prices = self._reference.minute_closes(instrument.id, first, count + 1)
        deviation = self._reference.minute_deviation(instrument.id)
        minutes = np.arange(first, first + count)
        chance = mix(minutes.astype(np.uint64) ^ np.uint64(key_of(self._seed, "past", instrument.id)))
        up, down = np.abs(normals(chance)), np.abs(normals(mix(chance)))
        low_edge, high_edge = np.minimum(prices[:-1], prices[1:]), np.maximum(prices[:-1], prices[1:])
        ticks = _ticks(prices)
        low = _ticks(low_edge * (1 - WICK * deviation * down))
        high = _ticks(high_edge * (1 + WICK * deviation * up))
        swing = (high_edge - low_edge) / (prices[:-1] * deviation) if deviation else np.full(count, 0.8)
        activity = activity_of(self._venue_file, instrument)
        volume = _volume(
            activity, minutes, swing, uniforms(mix(chance + np.uint64(1))), TRADES * instrument.min_quantity
        )
        # What the minute's trades come to: a quarter of the volume at each of its four prices, what is left over at the close.
        quarter, rest = volume // TRADES, volume % TRADES
        quote = (ticks[:-1] + ticks[1:] + low + high) * quarter.astype(np.float64) + ticks[1:] * rest.astype(np.float64)
        quote_volume = np.floor(quote * float(instrument.tick_value)).astype(np.int64)
        starts = minutes * MINUTE_S
        return np.array((starts, ticks[:-1], high, low, ticks[1:], volume, quote_volume))


def _join(columns: Integers, length: int) -> Integers:
    """Return the candles in *columns* joined, *length* of them to one; the last one may be of fewer."""
    if length == 1:
        return columns
    starts, opens, highs, lows, closes, volumes, quote_volumes = columns
    at = np.arange(0, len(starts), length)
    last = np.minimum(at + length, len(starts)) - 1
    return np.array((
        starts[at], opens[at], np.maximum.reduceat(highs, at), np.minimum.reduceat(lows, at), closes[last],
        np.add.reduceat(volumes, at), np.add.reduceat(quote_volumes, at),
    ))  # fmt: skip


def _ticks(prices: Values) -> Integers:
    return np.maximum(np.rint(prices), 1).astype(np.int64)


def _volume(activity: Activity, minutes: Integers, swing: Values, chance: Values, least: int) -> Integers:
    # A minute's trades: as busy as the hour, more when the price moves, and never quite the same.
    mean_lots = activity.trades_per_minute * activity.trade_lots
    lots = mean_lots * _BUSTLE[minutes % DAY] * (0.4 + 0.75 * swing) * -np.log(chance)
    return np.maximum(np.rint(lots), least).astype(np.int64)
