"""The public market API: markets, books, trades, candles and tickers, in the envelope.

A parameter that is missing is answered with an empty 400, as the live venue does; one that is wrong with 10010004.
Source: docs.btse.com, Markets, with the shapes recorded in ccxt's btse.py 4.5.90: one symbol asked of ticker/24hr answers an
object, anything else an array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse.errors import PUBLIC_PARAMETER, BtseError, Shape
from bedesten.dialects.btse.market import render
from bedesten.dialects.btse.market.endpoints_spot import CANDLES_MAX, RESOLUTIONS, candles
from bedesten.dialects.btse.market.errors import wrong
from bedesten.dialects.btse.market.parse import chosen, instrument_of
from bedesten.dialects.btse.market.shapes import DepthQuery, KlinesQuery, MarketsQuery, RecentTradesQuery
from bedesten.dialects.btse.replies import envelope
from bedesten.dialects.contract import Reply, Request
from bedesten.domain.instruments import Instrument
from bedesten.services.market.market_data import Summary

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

DEPTH_MAX: Final = 50
TRADES_MAX: Final = 500
KLINES_DEFAULT: Final = 10
_RATE_LIMITS: Final = '[{"type":"RAW_REQUEST","interval":"SECOND","intervalNum":2,"limit":50}]'

RowOf = Callable[[Instrument, Summary], str]


async def markets(venue: Venue, request: Request, query: MarketsQuery) -> Reply:
    """List the markets and their rules."""
    rows = ",".join(render.market_row(instrument) for instrument in chosen(venue, query))
    return envelope(f'{{"symbols":[{rows}]}}', venue.clock.now_ns())


async def exchange_info(venue: Venue, request: Request, query: MarketsQuery) -> Reply:
    """List the markets and their rules, and the rate limits."""
    rows = ",".join(render.market_row(instrument) for instrument in chosen(venue, query))
    return envelope(f'{{"rateLimits":{_RATE_LIMITS},"symbols":[{rows}]}}', venue.clock.now_ns())


async def order_book(venue: Venue, request: Request, query: DepthQuery) -> Reply:
    """Return the best levels of a book."""
    instrument = instrument_of(venue, query.symbol)
    if not 1 <= query.depth <= DEPTH_MAX:
        raise wrong("Invalid depth")
    depth = await venue.market_data.depth(instrument.id, query.depth)
    return envelope(render.public_book(instrument, depth), venue.clock.now_ns())


async def trades(venue: Venue, request: Request, query: RecentTradesQuery) -> Reply:
    """Return the last trades, newest first."""
    instrument = instrument_of(venue, query.symbol)
    if not 1 <= query.limit <= TRADES_MAX:
        raise wrong("Invalid limit")
    recent = venue.market_data.recent_trades(instrument.id, query.limit)
    rows = ",".join(render.public_trade(instrument, trade) for trade in recent)
    return envelope(f"[{rows}]", venue.clock.now_ns())


async def klines(venue: Venue, request: Request, query: KlinesQuery) -> Reply:
    """Return candles, newest first."""
    instrument = instrument_of(venue, query.symbol)
    resolution_s = RESOLUTIONS.get(query.resolution)
    if resolution_s is None:
        raise wrong("Invalid resolution")
    limit = query.limit
    if limit is None:  # a range speaks for itself
        limit = KLINES_DEFAULT if query.start is None or query.end is None else CANDLES_MAX
    if not 1 <= limit <= CANDLES_MAX:
        raise wrong("Invalid limit")
    found = await candles(venue, instrument, resolution_s, query.start, query.end, limit, too_many_candles)
    rows = ",".join(render.kline(instrument, candle) for candle in reversed(found))
    return envelope(f"[{rows}]", venue.clock.now_ns())


def too_many_candles() -> BtseError:
    """Return the refusal of a range with too many candles."""
    message = f"BADREQUEST: resolution too small for the requested time range. Records returned exceeds {CANDLES_MAX}"
    return BtseError(PUBLIC_PARAMETER, message, verbatim=True, data=(), shape=Shape.A)


class Ticker:
    """One of the tickers: they differ in their rows only."""

    def __init__(self, row_of: RowOf) -> None:
        self._row_of = row_of

    async def __call__(self, venue: Venue, request: Request, query: MarketsQuery) -> Reply:
        """Return the ticker of one market as an object, of several as an array."""
        row_of, market = self._row_of, venue.market_data
        if query.symbol is not None:
            (instrument,) = chosen(venue, query)
            return envelope(row_of(instrument, await market.summary(instrument.id)), venue.clock.now_ns())
        wanted = {instrument.id: instrument for instrument in chosen(venue, query)}
        summaries = {summary.instrument: summary for summary in await market.summaries()}
        rows = ",".join(row_of(instrument, summaries[number]) for number, instrument in wanted.items())
        return envelope(f"[{rows}]", venue.clock.now_ns())
