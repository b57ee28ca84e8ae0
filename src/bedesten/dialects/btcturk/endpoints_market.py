"""Public REST of api/v2: the clock, what is listed, tickers, books, trades, and the old daily candles.

Source: BtcTurk API documents, Public Endpoints; recorded answers. Counts are clamped to what the venue serves, as it does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bedesten import __version__
from bedesten.dialects.btcturk import errors, rows_market
from bedesten.dialects.btcturk.envelope import Envelope, shown
from bedesten.dialects.btcturk.models import CurrencyQuery, LastQuery, OrderBookQuery, PairQuery
from bedesten.dialects.btcturk.numbers import NS_PER_S, ms
from bedesten.dialects.btcturk.pairs import Pair, pairs_of
from bedesten.dialects.contract import Request
from bedesten.services.market.day import DAY_S

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

BOOK_LEVELS_MAX: Final = 100  # the documents say 1000, the venue gives 100 (issue 567)
TRADES_MAX: Final = 50
DAYS_DEFAULT: Final = 50
DAYS_MAX: Final = 1_000


def pair_named(venue: Venue, text: str) -> Pair:
    """Return the pair of a mandatory parameter.

    Raises: BtcTurkError.
    """
    if not text:
        raise errors.invalid_request("The PairSymbol field is required.")
    pair = pairs_of(venue.catalogue).find(text)
    if pair is None:
        raise errors.pair_not_found()
    return pair


async def server_time(venue: Venue, request: Request, form: None) -> dict[str, Any]:
    """Return the clock, twice."""
    now_ns = venue.clock.now_ns()
    second, rest = divmod(now_ns, NS_PER_S)
    text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {"serverTime": ms(now_ns), "serverTime2": f"{text}.{rest // 100:07d}+00:00"}


async def server_ping(venue: Venue, request: Request, form: None) -> dict[str, Any]:
    """Return a sign of life."""
    return {"pong": True}


async def server_version(venue: Venue, request: Request, form: None) -> dict[str, Any]:
    """Return the program's version."""
    return {"version": __version__}


async def exchange_info(venue: Venue, request: Request, form: None) -> Envelope:
    """Return everything that is listed."""
    summaries = {summary.instrument: summary for summary in await venue.market_data.summaries()}
    symbols = []
    for pair in pairs_of(venue.catalogue):
        summary = summaries[pair.instrument.id]
        symbols.append(rows_market.symbol(pair, summary.index_price or summary.last))
    data = {
        "timeZone": "UTC",
        "serverTime": ms(venue.clock.now_ns()),
        "symbols": symbols,
        "currencies": [rows_market.currency(asset, venue.wallets.networks(asset)) for asset in venue.catalogue.assets],
        "currencyOperationBlocks": [
            {
                "currencySymbol": asset.code,
                "withdrawalDisabled": asset.is_fiat,
                "depositDisabled": not venue.wallets.networks(asset),
            }
            for asset in venue.catalogue.assets
        ],
    }
    return shown(data)


async def ticker(venue: Venue, request: Request, form: PairQuery) -> Envelope:
    """Return one ticker, or those of every pair that traded in the last day."""
    if form.pairSymbol:
        pair = pair_named(venue, form.pairSymbol)
        return shown([rows_market.ticker(pair, await venue.market_data.summary(pair.instrument.id))])
    return shown([row for _, row in await _tickers(venue)])


async def ticker_of_currency(venue: Venue, request: Request, form: CurrencyQuery) -> Envelope:
    """Return the tickers of the pairs that have a currency on either side."""
    if not form.symbol:
        raise errors.invalid_request("The Symbol field is required.")
    code = form.symbol.upper()
    if venue.catalogue.asset(code) is None:
        raise errors.pair_not_found()
    return shown([row for pair, row in await _tickers(venue) if code in (pair.base.code, pair.quote.code)])


async def _tickers(venue: Venue) -> list[tuple[Pair, rows_market.Row]]:
    summaries = {summary.instrument: summary for summary in await venue.market_data.summaries()}
    return [
        (pair, rows_market.ticker(pair, summaries[pair.instrument.id]))
        for pair in pairs_of(venue.catalogue)
        if summaries[pair.instrument.id].volume_lots
    ]


async def order_book(venue: Venue, request: Request, form: OrderBookQuery) -> Envelope:
    """Return the best levels of both sides, by the pair's own price steps."""
    pair = pair_named(venue, form.pairSymbol)
    limit = _clamped(form.limit, BOOK_LEVELS_MAX, BOOK_LEVELS_MAX)
    depth = await venue.market_data.depth(pair.instrument.id, limit, pair.group)
    price, quantity = pair.price, pair.quantity
    return shown(
        {
            "timestamp": rows_market.time_of(depth.time_ns),
            "bids": [(price(at), quantity(lots)) for at, lots in depth.bids],
            "asks": [(price(at), quantity(lots)) for at, lots in depth.asks],
        }
    )


async def trades(venue: Venue, request: Request, form: LastQuery) -> Envelope:
    """Return the last trades of a pair, newest first."""
    pair = pair_named(venue, form.pairSymbol)
    last = _clamped(form.last, TRADES_MAX, TRADES_MAX)
    return shown([rows_market.trade(pair, row) for row in venue.market_data.recent_trades(pair.instrument.id, last)])


async def old_days(venue: Venue, request: Request, form: LastQuery) -> Envelope:
    """Return the last days of a pair that traded, oldest first."""
    pair = pair_named(venue, form.pairSymbol)
    last = _clamped(form.last, DAYS_DEFAULT, DAYS_MAX)
    now_s = venue.clock.now_ns() // NS_PER_S
    candles = await venue.candles.candles(pair.instrument.id, DAY_S, 0, now_s + 1, last)
    return shown([rows_market.old_day(pair, candle) for candle in candles if candle.volume_lots])


def _clamped(asked: int | None, default: int, most: int) -> int:
    return default if asked is None else max(1, min(asked, most))
