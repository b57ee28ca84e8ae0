"""The graph host's candles: days, and TradingView's history of any resolution. Bare JSON, numbers as numbers, times in seconds.

A period in which nothing traded is left out. An unknown pair or an empty range is an empty answer, not an error.
Source: BtcTurk API documents, OHLC Data and Get Kline Data; issues 400, 434 and 500; ccxt, which writes "1 d" for a day and
counts `from` back from `to` with a negative number when it has no beginning to name. Days begin at 00:00 UTC, weeks on Thursdays,
as the epoch did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.graph.shapes import KlinesQuery, OhlcsQuery
from bedesten.dialects.btcturk.numbers import NS_PER_S, raw
from bedesten.dialects.btcturk.pairs import Pair, pairs_of
from bedesten.dialects.btcturk.rest import render_market
from bedesten.dialects.contract import Request
from bedesten.services.market.candles import ROWS_MAX, WEEK_S, period_start
from bedesten.services.market.day import DAY_S
from bedesten.services.records import Candle
from bedesten.services.threads import histories

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers
    from bedesten.services.venue import Venue

BUCKETS_MAX: Final = 11_000  # in one answer (a remark in ccxt)
BUCKETS_DEFAULT: Final = 300  # without a beginning
DAYS_DEFAULT: Final = 100
DAYS_MAX: Final = 5_000
MINUTES_MAX: Final = 10_080  # a week: no longer count of minutes is a resolution
SECONDS_MAX: Final = 1 << 40  # of any time: far beyond the calendar, and within what a period can be reckoned from

MONDAY, THURSDAY = 0, 3  # as datetime counts weekdays

Begins = Callable[[datetime], datetime]


def _month(day: datetime) -> datetime:
    return day.replace(day=1)


def _year(day: datetime) -> datetime:
    return day.replace(month=1, day=1)


def _week(day: datetime, first: int) -> datetime:
    return day - timedelta(days=(day.weekday() - first) % 7)


_week_of: Final[Mapping[str, Begins]] = {
    "monday": partial(_week, first=MONDAY),
    "thursday": partial(_week, first=THURSDAY),
}

#: Resolutions that are joined from days: no fixed time, or none that begins where the service's does.
CALENDAR: Final[dict[str, tuple[Begins, int]]] = {
    "M": (_month, 31 * DAY_S), "1M": (_month, 31 * DAY_S), "Y": (_year, 366 * DAY_S), "1Y": (_year, 366 * DAY_S),
}  # fmt: skip
FIXED: Final[dict[str, int]] = {"D": DAY_S, "1D": DAY_S}


async def days(venue: Venue, request: Request, form: OhlcsQuery) -> list[render_market.Row]:
    """Return the days of a pair, oldest first; the day that holds `from` is one of them."""
    pair = pairs_of(venue.catalogue).find(form.pair) if form.pair else None
    if pair is None:
        return []
    last = DAYS_DEFAULT if form.last is None else max(1, min(form.last, DAYS_MAX))
    start_s, end_s = _range(venue, form.from_, form.to, (last - 1) * DAY_S)
    if start_s > end_s:
        return []
    limit = DAYS_MAX if form.last is None else last
    candles = await _candles(venue, pair, DAY_S, period_start(start_s, DAY_S), end_s, limit)
    return [render_market.day(pair, candle) for candle in candles]


class History:
    """The candles of a pair, oldest first, one list a column."""

    def __init__(self, answers: Answers) -> None:
        week = (_week_of[answers["weeks"]], WEEK_S)
        self._calendar = CALENDAR | dict.fromkeys(("W", "1W", "10080"), week)

    async def __call__(self, venue: Venue, request: Request, form: KlinesQuery) -> dict[str, Any]:
        """Return them."""
        resolution = form.resolution.replace(" ", "").upper()
        return await _history(venue, form, resolution, self._calendar.get(resolution))


async def _history(
    venue: Venue, form: KlinesQuery, resolution: str, calendar: tuple[Begins, int] | None
) -> dict[str, Any]:
    period_s = calendar[1] if calendar is not None else _period(resolution)
    pair = pairs_of(venue.catalogue).find(form.symbol) if form.symbol else None
    start_s, end_s = _range(venue, form.from_, form.to, BUCKETS_DEFAULT * period_s)
    if pair is None or start_s > end_s:
        return _columns(None, [])
    if calendar is None:
        candles = await _candles(venue, pair, period_s, start_s, end_s, BUCKETS_MAX)
    else:
        first_s = max(start_s - period_s, 0)  # a period is whole when the days before the range are known
        by_day = await _candles(venue, pair, DAY_S, first_s, end_s, BUCKETS_MAX)
        candles = [candle for candle in _joined(by_day, calendar[0]) if candle.start_s >= start_s]
    return await histories.run(_columns, pair, candles)  # thousands of numbers in print


def _period(resolution: str) -> int:
    if resolution in FIXED:
        return FIXED[resolution]
    if resolution.isdecimal() and resolution.isascii() and len(resolution) <= 5 and 1 <= int(resolution) <= MINUTES_MAX:
        return int(resolution) * 60
    raise errors.invalid_request(f"The value '{resolution[:50]}' is not valid for resolution.")


def _range(venue: Venue, from_s: int | None, to_s: int | None, default_s: int) -> tuple[int, int]:
    now_s = venue.clock.now_ns() // NS_PER_S
    end_s = now_s if to_s is None else max(0, min(to_s, now_s))
    start_s = end_s - default_s if from_s is None else from_s if from_s >= 0 else end_s + from_s
    return max(0, min(start_s, SECONDS_MAX)), end_s


async def _candles(venue: Venue, pair: Pair, period_s: int, start_s: int, end_s: int, limit: int) -> list[Candle]:
    """Return the last *limit* periods that start in start_s ≤ start ≤ end_s, those without a trade left out."""
    found: list[Candle] = []
    until_s, left = end_s + 1, limit
    while left > 0 and until_s > start_s:
        count = min(left, ROWS_MAX)
        part = await venue.candles.candles(pair.instrument.id, period_s, start_s, until_s, count)
        if not part:
            break
        found[:0] = [candle for candle in part if candle.volume_lots]
        until_s, left = part[0].start_s, left - len(part)
        if len(part) < count:
            break
    return found


def _joined(by_day: Iterable[Candle], begins: Begins) -> list[Candle]:
    joined: list[Candle] = []
    for day in by_day:
        start_s = int(begins(datetime.fromtimestamp(day.start_s, UTC)).timestamp())
        if joined and joined[-1].start_s == start_s:
            one = joined[-1]
            joined[-1] = Candle(
                start_s, one.open, max(one.high, day.high), min(one.low, day.low), day.close,
                one.volume_lots + day.volume_lots, one.quote_volume + day.quote_volume,
            )  # fmt: skip
        else:
            joined.append(day._replace(start_s=start_s))
    return joined


def _columns(pair: Pair | None, candles: list[Candle]) -> dict[str, Any]:
    if pair is None or not candles:
        return {"s": None, "t": [], "h": [], "o": [], "l": [], "c": [], "v": []}
    price = pair.bare
    return {
        "s": "ok",
        "t": [candle.start_s for candle in candles],
        "h": [raw(price(candle.high)) for candle in candles],
        "o": [raw(price(candle.open)) for candle in candles],
        "l": [raw(price(candle.low)) for candle in candles],
        "c": [raw(price(candle.close)) for candle in candles],
        "v": [raw(pair.quantity(candle.volume_lots)) for candle in candles],
    }
