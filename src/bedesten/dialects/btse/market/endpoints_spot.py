"""Spot v3 public endpoints: summary, candles, prices, books, trades, time.

Source: BTSE spot API v3.2 and v3.3, Market Summary, Charting Data, Price, Orderbook, Level 2 Orderbook, Public Trade Fills,
Query Server Time. v3 documents start and end of ohlcv in milliseconds, the public API its own in seconds: told apart by size.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btse import errors, symbols
from bedesten.dialects.btse.market import render
from bedesten.dialects.btse.market.parse import Bounds, _seconds, bounds_of, count_of, levels_of, time_range
from bedesten.dialects.btse.market.shapes import OhlcvQuery, OrderBookL2Query, OrderBookQuery, TradesQuery
from bedesten.dialects.btse.numbers import NS_PER_MS
from bedesten.dialects.btse.replies import json_array
from bedesten.dialects.btse.shapes import SymbolQuery
from bedesten.dialects.btse.symbols import GROUP_STEPS, instrument_named
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.instruments import Instrument
from bedesten.services.ports import NS_MAX
from bedesten.services.store_types import Candle

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

DEPTH_DEFAULT: Final = 50  # levels of a side
CANDLES_MAX: Final = 300
TRADES_DEFAULT: Final = 10
DAY_MS: Final = 86_400_000
TRADES_WINDOW_MS: Final = 3 * DAY_MS  # where one end of the range, or none, is given
TRADES_RANGE_MAX_MS: Final = 30 * DAY_MS
NS_PER_S: Final = 1_000_000_000

#: Seconds in each resolution, by its name in minutes. Months are 30 days, as the name says.
RESOLUTIONS: Final = {
    name: int(name) * 60 for name in ("1", "5", "15", "30", "60", "240", "360", "1440", "10080", "43200")
}


async def market_summary(venue: Venue, request: Request, query: SymbolQuery) -> Reply:
    """Return the last day and the rules of one market, or of all."""
    if query.symbol:
        instrument = instrument_named(venue, query.symbol)
        summary = await venue.market_data.summary(instrument.id)
        return json_array([render.summary_row(instrument, summary, has_desk=_has_desk(venue, instrument))])
    summaries = await venue.market_data.summaries()
    listed = ((venue.catalogue.by_id(summary.instrument), summary) for summary in summaries)
    return json_array(
        render.summary_row(instrument, summary, has_desk=_has_desk(venue, instrument))
        for instrument, summary in listed
        if instrument
    )


def _has_desk(venue: Venue, instrument: Instrument) -> bool:
    return venue.otc.market(instrument.id) is not None


async def price(venue: Venue, request: Request, query: SymbolQuery) -> Reply:
    """Return index and last price of one market, or of all."""
    instruments = venue.catalogue.instruments
    if query.symbol:
        found = symbols.find(venue.catalogue, query.symbol)
        if found is None:  # with this code here, as recorded
            raise errors.BtseError(errors.PARAMETER, f"Unsupported symbol: {query.symbol[:32]}")
        instruments = (found,)
    market = venue.market_data
    rows = [
        render.price_row(instrument, await market.index_price(instrument.id), await market.price(instrument.id))
        for instrument in instruments
    ]
    return json_array(rows)


async def order_book(venue: Venue, request: Request, query: OrderBookQuery) -> Reply:
    """Return the book with its levels joined by a grouping, 0 being the tick."""
    instrument = instrument_named(venue, query.symbol)
    if not 0 <= query.group < len(GROUP_STEPS):
        raise errors.invalid("group")
    default = levels_of(query.depth, DEPTH_DEFAULT, "depth")
    bids = levels_of(query.limit_bids, default, "limit_bids")
    asks = levels_of(query.limit_asks, default, "limit_asks")
    depth = await venue.market_data.depth(instrument.id, max(bids, asks), GROUP_STEPS[query.group])
    return Reply(200, render.order_book(instrument, depth, bids, asks).encode())


async def order_book_l2(venue: Venue, request: Request, query: OrderBookL2Query) -> Reply:
    """Return the book by price level."""
    instrument = symbols.find(venue.catalogue, query.symbol)
    if instrument is None:
        raise errors.BtseError(errors.UNKNOWN_SYMBOL, "Coin pair does not exist")
    levels = levels_of(query.depth, DEPTH_DEFAULT, "depth")
    depth = await venue.market_data.depth(instrument.id, levels)
    return Reply(200, render.order_book(instrument, depth, levels, levels).encode())


async def trades(venue: Venue, request: Request, query: TradesQuery) -> Reply:
    """Return public trades, newest first."""
    instrument = instrument_named(venue, query.symbol)
    count = count_of(query.count, TRADES_DEFAULT)
    found: list[Any]
    now_ms = venue.clock.now_ns() // NS_PER_MS
    start_ms, end_ms = time_range(query.startTime, query.endTime, now_ms, TRADES_WINDOW_MS)
    if end_ms - start_ms > TRADES_RANGE_MAX_MS:
        raise errors.invalid("startTime and endTime are more than 30 days apart")
    is_open = query.startTime is None and query.endTime is None
    bounds, window = (
        bounds_of(query.beforeSerialId, query.afterSerialId),
        (start_ms * NS_PER_MS, (end_ms + 1) * NS_PER_MS),  # the venue's range holds its end
    )
    if bounds.is_given:
        found = await _walked(venue, instrument, bounds, (0, NS_MAX) if is_open else window, count)
    elif is_open:
        recent = venue.market_data.recent_trades(instrument.id, count)
        found = [trade for trade in recent if trade.time_ns >= start_ms * NS_PER_MS]
    else:
        found = list(await venue.market_data.trades(instrument.id, *window, count))
    return json_array(render.trade_row(instrument, trade) for trade in found)


async def _walked(
    venue: Venue, instrument: Instrument, bounds: Bounds, window: tuple[int, int], count: int
) -> list[Any]:
    found = await venue.market_data.trades(
        instrument.id, *window, count, after_id=bounds.after, before_id=bounds.before, oldest_first=bounds.is_onwards
    )
    return found[::-1] if bounds.is_onwards else found


async def ohlcv(venue: Venue, request: Request, query: OhlcvQuery) -> Reply:
    """Return candles, newest first."""
    instrument = instrument_named(venue, query.symbol)
    resolution_s = RESOLUTIONS.get(query.resolution)
    if resolution_s is None:
        raise errors.invalid("resolution")
    found = await candles(venue, instrument, resolution_s, query.start, query.end, CANDLES_MAX, too_many_candles)
    return json_array(render.ohlcv_row(instrument, candle) for candle in reversed(found))


def too_many_candles() -> errors.BtseError:
    """Return the refusal of a range with too many candles."""
    return errors.BtseError(
        400,
        f"resolution too small for the requested time range. Records returned exceeds {CANDLES_MAX}",
        data=(),
        shape=errors.Shape.A,
    )


async def candles(
    venue: Venue,
    instrument: Instrument,
    resolution_s: int,
    start: int | None,
    end: int | None,
    limit: int,
    too_many: Any,
) -> list[Candle]:
    """Return candles, oldest first: from the start on where only that is given, else up to the end.

    Raises: what *too_many* returns, when both ends are given and lie more than CANDLES_MAX candles apart.
    """
    start_s, end_s = _seconds(start), _seconds(end)
    now_s = venue.clock.now_ns() // NS_PER_S
    if start_s is not None and end_s is not None:
        if start_s > end_s:
            raise errors.invalid("start and end")
        if end_s - start_s > CANDLES_MAX * resolution_s:
            raise too_many()
    elif start_s is not None:
        end_s = min(start_s + limit * resolution_s, now_s + 1)
    if end_s is None:
        end_s = now_s + 1
    if start_s is None:
        start_s = end_s - limit * resolution_s
    return await venue.candles.candles(instrument.id, resolution_s, max(start_s, 0), end_s, limit)


async def time(venue: Venue, request: Request, query: None) -> Reply:
    """Return the venue's clock; epoch is in seconds."""
    now_ns = venue.clock.now_ns()
    moment = dt.datetime.fromtimestamp(now_ns // NS_PER_S, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    iso = f"{moment}.{now_ns // NS_PER_MS % 1000:03d}Z"
    return Reply(200, f'{{"iso":"{iso}","epoch":{now_ns // NS_PER_S}}}'.encode())
