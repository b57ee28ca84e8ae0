"""The graph host's candles: days, and TradingView's history of any resolution. Bare JSON, numbers as numbers, times in seconds.

A period in which nothing traded is left out. An unknown pair or an empty range is an empty answer, not an error.
Source: BtcTurk API documents, OHLC Data and Get Kline Data; issues 400, 434 and 500; parse.py has what a request means.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk.graph import render
from bedesten.dialects.btcturk.graph.parse import Begins, calendar_of, period_of, range_of
from bedesten.dialects.btcturk.graph.shapes import KlinesQuery, OhlcsQuery
from bedesten.dialects.btcturk.numbers import NS_PER_S
from bedesten.dialects.btcturk.pairs import Pair, pairs_of
from bedesten.dialects.btcturk.rest import render_market
from bedesten.dialects.contract import Request
from bedesten.services.market.candles import ROWS_MAX, period_start
from bedesten.services.market.day import DAY_S
from bedesten.services.store_types import Candle
from bedesten.services.threads import histories

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers
    from bedesten.services.venue import Venue

BUCKETS_MAX: Final = 11_000  # in one answer (a remark in ccxt)
BUCKETS_DEFAULT: Final = 300  # without a beginning
DAYS_DEFAULT: Final = 100
DAYS_MAX: Final = 5_000


async def days(venue: Venue, request: Request, form: OhlcsQuery) -> list[render_market.Row]:
    """Return the days of a pair, oldest first; the day that holds `from` is one of them."""
    pair = pairs_of(venue.catalogue).find(form.pair) if form.pair else None
    if pair is None:
        return []
    last = DAYS_DEFAULT if form.last is None else max(1, min(form.last, DAYS_MAX))
    start_s, end_s = range_of(_now_s(venue), form.from_, form.to, (last - 1) * DAY_S)
    if start_s > end_s:
        return []
    limit = DAYS_MAX if form.last is None else last
    candles = await _candles(venue, pair, DAY_S, period_start(start_s, DAY_S), end_s, limit)
    return [render_market.day(pair, candle) for candle in candles]


class History:
    """The candles of a pair, oldest first, one list a column."""

    def __init__(self, answers: Answers) -> None:
        self._calendar = calendar_of(answers["weeks"])

    async def __call__(self, venue: Venue, request: Request, form: KlinesQuery) -> dict[str, Any]:
        """Return them."""
        resolution = form.resolution.replace(" ", "").upper()
        return await _history(venue, form, resolution, self._calendar.get(resolution))


async def _history(
    venue: Venue, form: KlinesQuery, resolution: str, calendar: tuple[Begins, int] | None
) -> dict[str, Any]:
    period_s = calendar[1] if calendar is not None else period_of(resolution)
    pair = pairs_of(venue.catalogue).find(form.symbol) if form.symbol else None
    start_s, end_s = range_of(_now_s(venue), form.from_, form.to, BUCKETS_DEFAULT * period_s)
    if pair is None or start_s > end_s:
        return render.columns(None, [])
    if calendar is None:
        candles = await _candles(venue, pair, period_s, start_s, end_s, BUCKETS_MAX)
    else:
        first_s = max(start_s - period_s, 0)  # a period is whole when the days before the range are known
        by_day = await _candles(venue, pair, DAY_S, first_s, end_s, BUCKETS_MAX)
        candles = [candle for candle in _joined(by_day, calendar[0]) if candle.start_s >= start_s]
    return await histories.run(render.columns, pair, candles)  # thousands of numbers in print


def _now_s(venue: Venue) -> int:
    return venue.clock.now_ns() // NS_PER_S


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
