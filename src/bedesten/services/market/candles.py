"""Candles: minutes made from trades, kept by the store, and joined to whatever period is asked for.

A minute that ended goes to the store with the next batch; until then, and while it is of the last day, it is here as well.
Restart makes the minutes that were not yet stored from the stored fills again, so none is lost or counted twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from bedesten.clock import NS_PER_S, Clock
from bedesten.domain.events import Traded
from bedesten.services.market.day import DAY_S, MINUTE_S, Day, DayFigures
from bedesten.services.ports import History, Rows
from bedesten.services.store_types import Candle, CandleRow, Trade
from bedesten.services.threads import histories, look_ups

READING_MAX: Final = 1  # histories read at a time: their threads share the interpreter with the matching
ROWS_MAX: Final = 5_000  # candles in one answer; venues here give 300 to 1,000
REBUILD_MAX: Final = 1_000_000  # trades read back at start: far more than the minutes not yet stored can hold
LOOK_BACK_S: Final = (DAY_S, 32 * DAY_S)  # how far a gap at the beginning is followed to the close before it
WEEK_S: Final = 7 * DAY_S
FIRST_MONDAY_S: Final = 4 * DAY_S  # the epoch began on a Thursday; weeks begin on Mondays


class _Series:
    """One instrument's minutes: the one that runs, those of the last day, and when the first one was."""

    __slots__ = ("day", "first_s", "is_whole", "running")

    def __init__(self) -> None:
        self.running: list[int] = []  # a Candle's fields, changed in place; empty: nothing traded this minute
        self.day = Day()
        self.is_whole = False  # whether `day` holds what was before the start as well
        self.first_s: int | None = None

    def minute(self) -> Candle | None:
        """The minute that runs."""
        return Candle._make(self.running) if self.running else None


class Candles:
    """The candles of every instrument."""

    def __init__(self, rows: Rows, clock: Clock, instruments: Iterable[int], backfill: History | None = None) -> None:
        self._rows = rows
        self._clock = clock
        self._backfill = backfill
        self._series = {instrument: _Series() for instrument in instruments}
        self._finished: list[CandleRow] = []
        self._reading = asyncio.Semaphore(READING_MAX)
        self._completing = asyncio.Semaphore(READING_MAX)

    def include(self, instruments: Iterable[int]) -> None:
        """Keep candles of these, too."""
        for instrument in instruments:
            self._series.setdefault(instrument, _Series())

    # ── from trades ──

    def load(self) -> None:
        """Take up where the store stands: call once, before the first trade."""
        for instrument, series in self._series.items():
            span = self._rows.candle_span(instrument)
            series.first_s = None if span is None else span[0]
            since_s = 0 if span is None else span[1] + MINUTE_S
            trades = self._rows.trades(instrument, start_ns=since_s * NS_PER_S, limit=REBUILD_MAX)
            if trades and series.first_s is None:
                series.first_s = _minute_of(trades[-1])
            self.note(instrument, trades[::-1])

    def note(self, instrument_id: int, trades: Sequence[Traded | Trade]) -> None:
        """Take in matches, oldest first."""
        series = self._series.get(instrument_id)
        if series is None:
            series = self._series[instrument_id] = _Series()
        running = series.running
        for trade in trades:
            start_s = _minute_of(trade)
            price = trade.price
            if not running or running[0] != start_s:
                self._finish(instrument_id, series)
                series.running = running = [start_s, price, price, price, price, trade.quantity, trade.notional]
                if series.first_s is None:
                    series.first_s = start_s
                continue
            if price > running[2]:
                running[2] = price
            elif price < running[3]:
                running[3] = price
            running[4] = price
            running[5] += trade.quantity
            running[6] += trade.notional

    def take_finished(self) -> list[CandleRow]:
        """Return the minutes that ended since the last call, for the store; the caller commits them."""
        finished, self._finished = self._finished, []
        return finished

    def _finish(self, instrument_id: int, series: _Series) -> None:
        if (minute := series.minute()) is not None:
            series.day.add(minute)
            self._finished.append(CandleRow(instrument_id, minute))
            series.running = []

    # ── asking ──

    def last_day(self, instrument_id: int) -> DayFigures:
        """Return what traded in the last 24 hours, as far as `complete` has read it."""
        now_s = self._clock.now_ns() // NS_PER_S
        series = self._series.get(instrument_id)
        if series is None:
            return DayFigures(0, 0, 0, 0, 0, 0)
        if series.running and series.running[0] + MINUTE_S <= now_s:
            self._finish(instrument_id, series)
        return series.day.figures(now_s, series.minute())

    async def complete(self, instruments: Iterable[int]) -> None:
        """Read what the last day of these was before the venue started, unless it is here; `last_day` tells it from then on.

        Raises: StoreFailure.
        """
        for instrument in instruments:
            series = self._series.get(instrument)
            if series is None or series.is_whole:
                continue
            async with self._completing:  # not behind those who read histories
                if not series.is_whole:  # somebody may have read it meanwhile
                    await self._complete(instrument, series)

    def first_s(self, instrument_id: int) -> int:
        """Return where the venue's own trades begin, a whole minute: what history tells ends there."""
        series = self._series.get(instrument_id)
        now_s = self._clock.now_ns() // NS_PER_S
        return now_s - now_s % MINUTE_S if series is None or series.first_s is None else series.first_s

    async def candles(
        self, instrument_id: int, resolution_s: int, start_s: int, end_s: int, limit: int = ROWS_MAX
    ) -> list[Candle]:
        """Return the candles that start in start_s ≤ start < end_s, oldest first; the last *limit* of them.

        Shape: one for each period from the first to the last that ever traded, without gaps: where nothing traded, all four
        prices are the close before and the volumes 0. *resolution_s* is a multiple of 60.
        Raises: ValueError when it is not.
        """
        if resolution_s <= 0 or resolution_s % MINUTE_S:
            raise ValueError(f"a candle's period is whole minutes, was {resolution_s} s")
        end_s = min(end_s, self._clock.now_ns() // NS_PER_S + 1)
        last_s = period_start(end_s - 1, resolution_s)
        first_s = max(period_start(start_s + resolution_s - 1, resolution_s), 0)
        first_s = max(first_s, last_s - (min(limit, ROWS_MAX) - 1) * resolution_s)
        if last_s < first_s:
            return []
        series = self._series.get(instrument_id) or _Series()
        recent = self._recent(instrument_id, series)  # as it is now, however long others read before
        async with self._reading:
            return await histories.run(
                self._joined, instrument_id, resolution_s, first_s, last_s + resolution_s, series.first_s, recent
            )

    # What is older than the start is read when somebody asks: a start need not wait for a day of every instrument.
    async def _complete(self, instrument_id: int, series: _Series) -> None:
        minute_s = self._clock.now_ns() // NS_PER_S // MINUTE_S * MINUTE_S
        here = (
            series.day.minutes[0].start_s if series.day.minutes else series.running[0] if series.running else minute_s
        )
        start_s, end_s = minute_s - DAY_S - MINUTE_S, here
        past = await look_ups.run(self._day, instrument_id, start_s, end_s, series.first_s)
        series.day = Day([*past, *series.day.minutes])  # with those that ended meanwhile
        series.is_whole = True

    # In a thread.
    def _day(self, instrument_id: int, start_s: int, end_s: int, live_s: int | None) -> list[Candle]:
        past = self._past(instrument_id, MINUTE_S, start_s, end_s, self._known_s(instrument_id, live_s))
        return past + self._rows.candles(instrument_id, start_s=start_s, end_s=end_s)

    def _recent(self, instrument_id: int, series: _Series) -> list[Candle]:
        pending = [row.candle for row in self._finished if row.instrument == instrument_id]
        since_s = series.first_s or 0
        known = {minute.start_s: minute for minute in (*series.day.minutes, *pending) if minute.start_s >= since_s}
        if (running := series.minute()) is not None:
            known[running.start_s] = running
        return [known[start_s] for start_s in sorted(known)]

    # In a thread.
    def _joined(
        self, instrument_id: int, resolution_s: int, first_s: int, end_s: int, live_s: int | None, recent: list[Candle]
    ) -> list[Candle]:
        known_s = self._known_s(instrument_id, live_s)
        rows = self._past(instrument_id, resolution_s, first_s, end_s, known_s)
        if known_s is None:
            return rows
        from_s = max(first_s, period_start(known_s, resolution_s))
        minutes: list[Candle] = []
        for back_s in LOOK_BACK_S:
            minutes = self._minutes(instrument_id, max(from_s - back_s, known_s), end_s, recent)
            if minutes and minutes[0].start_s < from_s + resolution_s:
                break
        own = [candle for candle in join(minutes, resolution_s) if candle.start_s >= from_s]
        if rows and own and rows[-1].start_s == own[0].start_s:
            own[0] = _one(rows.pop(), own[0])
        return rows + own

    def _known_s(self, instrument_id: int, live_s: int | None) -> int | None:
        """Return the first minute that is the venue's own: the store's, which may forget, or else memory's."""
        span = self._rows.candle_span(instrument_id)
        return live_s if span is None else span[0]

    def _minutes(self, instrument_id: int, start_s: int, end_s: int, recent: list[Candle]) -> list[Candle]:
        # The store first, then what memory knows later or better.
        if recent and recent[0].start_s <= start_s:
            return [minute for minute in recent if start_s <= minute.start_s < end_s]
        minutes = {
            minute.start_s: minute for minute in self._rows.candles(instrument_id, start_s=max(start_s, 0), end_s=end_s)
        }
        minutes.update((minute.start_s, minute) for minute in recent if start_s <= minute.start_s < end_s)
        return [minutes[at] for at in sorted(minutes)]

    def _past(self, instrument_id: int, period_s: int, start_s: int, end_s: int, known_s: int | None) -> list[Candle]:
        """Return what history tells of the time before the venue's own minutes."""
        end_s = end_s if known_s is None else min(end_s, known_s)
        if self._backfill is None or start_s >= end_s:
            return []
        return self._backfill.candles(instrument_id, period_s, start_s, end_s)


def period_start(instant_s: int, resolution_s: int) -> int:
    """Return where the period that holds an instant begins; weeks begin on Mondays, all others at the epoch's multiples."""
    origin_s = FIRST_MONDAY_S if resolution_s == WEEK_S else 0
    return instant_s - (instant_s - origin_s) % resolution_s


def join(minutes: Iterable[Candle], resolution_s: int) -> list[Candle]:
    """Join minutes to longer candles, and fill the periods between them in which nothing traded."""
    rows: list[Candle] = []
    start_s = open_ = high = low = close = volume = quote = 0
    for minute in minutes:
        at = period_start(minute.start_s, resolution_s)
        if volume and at == start_s:
            high, low, close = max(high, minute.high), min(low, minute.low), minute.close
            volume, quote = volume + minute.volume_lots, quote + minute.quote_volume
            continue
        if volume:
            rows.append(Candle(start_s, open_, high, low, close, volume, quote))
            rows += [
                Candle(gap, close, close, close, close, 0, 0) for gap in range(start_s + resolution_s, at, resolution_s)
            ]
        start_s, (_, open_, high, low, close, volume, quote) = at, minute
    if volume:
        rows.append(Candle(start_s, open_, high, low, close, volume, quote))
    return rows


def _one(first: Candle, then: Candle) -> Candle:
    """Return the candle of a period of which history tells the beginning and the venue the rest."""
    return Candle(
        first.start_s, first.open, max(first.high, then.high), min(first.low, then.low), then.close,
        first.volume_lots + then.volume_lots, first.quote_volume + then.quote_volume,
    )  # fmt: skip


def _minute_of(trade: Traded | Trade) -> int:
    second = trade.time_ns // NS_PER_S
    return second - second % MINUTE_S
