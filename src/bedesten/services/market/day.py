"""The last 24 hours of one instrument, rolling: sums and extremes are kept up as minutes come and go, at a fixed cost each."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from bedesten.services.store_types import Candle

MINUTE_S: Final = 60
DAY_S: Final = 86_400


class DayFigures(NamedTuple):
    """What traded in the last 24 hours.

    Units: prices ticks, volume_lots lots, quote_volume quote minor units. All 0 when nothing ever traded.
    """

    open: int
    high: int
    low: int
    close: int
    volume_lots: int
    quote_volume: int


class Day:
    """The finished minutes of the last 24 hours, oldest first."""

    __slots__ = ("_before", "_highs", "_lows", "_quote_volume", "_volume_lots", "minutes")

    def __init__(self, minutes: Sequence[Candle] = ()) -> None:
        """Begin with *minutes*, oldest first."""
        self.minutes: deque[Candle] = deque(minutes)
        self._highs: deque[Candle] = deque()  # each lower than those before it, so the first is the highest
        self._lows: deque[Candle] = deque()
        self._volume_lots = sum([minute.volume_lots for minute in minutes])
        self._quote_volume = sum([minute.quote_volume for minute in minutes])
        self._before = 0  # the close of the last minute that left
        high, low = -1, 0  # what add() leaves of them, found from the end: most minutes are then looked at once
        for minute in reversed(minutes):
            if minute.high > high:
                high = minute.high
                self._highs.appendleft(minute)
            if minute.low < low or not self._lows:
                low = minute.low
                self._lows.appendleft(minute)

    def add(self, minute: Candle) -> None:
        """Take in a minute later than all before it, and let go of those a day older."""
        self._let_go(minute.start_s - DAY_S)
        self.minutes.append(minute)
        self._volume_lots += minute.volume_lots
        self._quote_volume += minute.quote_volume
        while self._highs and self._highs[-1].high <= minute.high:
            self._highs.pop()
        self._highs.append(minute)
        while self._lows and self._lows[-1].low >= minute.low:
            self._lows.pop()
        self._lows.append(minute)

    def figures(self, now_s: int, running: Candle | None) -> DayFigures:
        """Return the figures up to now; *running*: the minute that has not ended."""
        self._let_go(now_s - DAY_S)
        last = running or (self.minutes[-1] if self.minutes else None)
        if last is None:
            return DayFigures(self._before, self._before, self._before, self._before, 0, 0)
        first = self.minutes[0] if self.minutes else last
        high = max(self._highs[0].high, last.high) if self._highs else last.high
        low = min(self._lows[0].low, last.low) if self._lows else last.low
        volume_lots, quote_volume = self._volume_lots, self._quote_volume
        if running is not None:
            volume_lots, quote_volume = volume_lots + running.volume_lots, quote_volume + running.quote_volume
        return DayFigures(self._before or first.open, high, low, last.close, volume_lots, quote_volume)

    def _let_go(self, before_s: int) -> None:
        minutes = self.minutes
        while minutes and minutes[0].start_s < before_s:
            gone = minutes.popleft()
            self._volume_lots -= gone.volume_lots
            self._quote_volume -= gone.quote_volume
            self._before = gone.close
            if self._highs[0] is gone:
                self._highs.popleft()
            if self._lows[0] is gone:
                self._lows.popleft()
