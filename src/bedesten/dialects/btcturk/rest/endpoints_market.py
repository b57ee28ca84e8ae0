"""Public REST of api/v2: the clock, what is listed, tickers, books, trades, and the old daily candles.

Source: BtcTurk API documents, Public Endpoints; recorded answers. Counts are clamped to what the venue serves, as it does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from bedesten import __version__
from bedesten.dialects.btcturk import errors
from bedesten.dialects.btcturk.errors import BtcTurkError, Code
from bedesten.dialects.btcturk.numbers import NS_PER_S, ms
from bedesten.dialects.btcturk.pairs import Pair, pairs_of
from bedesten.dialects.btcturk.rest import render_market
from bedesten.dialects.btcturk.rest.envelope import SUCCESS, Envelope, cached, shown
from bedesten.dialects.btcturk.rest.shapes import CurrencyQuery, LastQuery, OrderBookQuery, PairQuery
from bedesten.dialects.contract import Reply, Request
from bedesten.services.market.day import DAY_S

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers
    from bedesten.services.venue import Venue

BOOK_LEVELS_MAX: Final = 100  # the documents say 1000, the venue gives 100 (issue 567)
NAME_CHARS_MAX: Final = 50  # of a pair that is told back
TRADES_MAX: Final = 50
CACHED: Final = b"public, max-age=30, s-maxage=30, must-revalidate"
UNCACHED: Final = b"no-cache, no-store, max-age=0, must-revalidate"
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


class ExchangeInfo:
    """Everything that is listed. In this endpoint's envelope the message is an empty text, and there is a member more."""

    def __init__(self, answers: Answers) -> None:
        self._is_recorded = answers["exchange_info"] == "recorded"

    async def __call__(self, venue: Venue, request: Request, form: None) -> Reply:
        """Return it."""
        summaries = {summary.instrument: summary for summary in await venue.market_data.summaries()}
        symbols = []
        for pair in pairs_of(venue.catalogue):
            summary = summaries[pair.instrument.id]
            symbols.append(render_market.symbol(pair, summary.index_price or summary.last))
        networks = {asset: venue.network_deposits.networks(asset) for asset in venue.catalogue.assets}
        data = {
            "timeZone": "UTC",
            "serverTime": ms(venue.clock.now_ns()),
            "symbols": symbols,
            "currencies": [render_market.currency(asset, found) for asset, found in networks.items()],
            "currencyOperationBlocks": [
                {
                    "currencySymbol": asset.code.capitalize() if self._is_recorded else asset.code,
                    "withdrawalDisabled": asset.is_fiat,
                    "depositDisabled": not found,
                }
                for asset, found in networks.items()
            ],
        }
        return cached(shown(data) | ({"message": "", "extensions": None} if self._is_recorded else {}), CACHED)


class Ticker:
    """One ticker, or those of every pair that traded in the last day."""

    def __init__(self, answers: Answers) -> None:
        self._is_empty = answers["ticker"] == "recorded"

    async def __call__(self, venue: Venue, request: Request, form: PairQuery) -> Envelope:
        """Return them; of a pair that is not listed there are none."""
        if not form.pairSymbol:
            return shown([row for _, row in await _tickers(venue)])
        pair = pairs_of(venue.catalogue).find(form.pairSymbol)
        if pair is None and self._is_empty:
            return shown([])
        pair = pair or pair_named(venue, form.pairSymbol)
        return shown([render_market.ticker(pair, await venue.market_data.summary(pair.instrument.id))])


async def ticker_of_currency(venue: Venue, request: Request, form: CurrencyQuery) -> Envelope:
    """Return the tickers of the pairs that have a currency on either side."""
    if not form.symbol:
        raise errors.invalid_request("The Symbol field is required.")
    code = form.symbol.upper()
    if venue.catalogue.asset(code) is None:
        raise errors.pair_not_found()
    return shown([row for pair, row in await _tickers(venue) if code in (pair.base.code, pair.quote.code)])


async def _tickers(venue: Venue) -> list[tuple[Pair, render_market.Row]]:
    summaries = {summary.instrument: summary for summary in await venue.market_data.summaries()}
    return [
        (pair, render_market.ticker(pair, summaries[pair.instrument.id]))
        for pair in pairs_of(venue.catalogue)
        if summaries[pair.instrument.id].volume_lots
    ]


class OrderBook:
    """The best levels of both sides, by the pair's own price steps. This endpoint has errors and a code of its own."""

    def __init__(self, answers: Answers) -> None:
        self._is_recorded = answers["order_book"] == "recorded"

    async def __call__(self, venue: Venue, request: Request, form: OrderBookQuery) -> Reply:
        """Return them."""
        pair = _pair_of_book(venue, form.pairSymbol) if self._is_recorded else pair_named(venue, form.pairSymbol)
        limit = _clamped(form.limit, BOOK_LEVELS_MAX, BOOK_LEVELS_MAX)
        depth = await venue.market_data.depth(pair.instrument.id, limit, pair.group)
        data = {
            "timestamp": float(ms(depth.time_ns)) if self._is_recorded else ms(depth.time_ns),
            "bids": [render_market.level(pair, *level) for level in depth.bids],
            "asks": [render_market.level(pair, *level) for level in depth.asks],
        }
        return cached(shown(data) | ({"code": SUCCESS} if self._is_recorded else {}), UNCACHED)


def _pair_of_book(venue: Venue, text: str) -> Pair:
    if not text:
        raise BtcTurkError(Code.INVALID_REQUEST_ERROR)
    pair = pairs_of(venue.catalogue).find(text)
    if pair is None:
        raise BtcTurkError(Code.INVALID_REQUEST_ERROR, f"Pair {text[:NAME_CHARS_MAX]} does not exists.")
    return pair


async def trades(venue: Venue, request: Request, form: LastQuery) -> Envelope:
    """Return the last trades of a pair, newest first."""
    pair = pair_named(venue, form.pairSymbol)
    last = _clamped(form.last, TRADES_MAX, TRADES_MAX)
    return shown([render_market.trade(pair, row) for row in venue.market_data.recent_trades(pair.instrument.id, last)])


async def old_days(venue: Venue, request: Request, form: LastQuery) -> Envelope:
    """Return the last days of a pair that traded, oldest first."""
    pair = pair_named(venue, form.pairSymbol)
    last = _clamped(form.last, DAYS_DEFAULT, DAYS_MAX)
    now_s = venue.clock.now_ns() // NS_PER_S
    candles = await venue.candles.candles(pair.instrument.id, DAY_S, 0, now_s + 1, last)
    return shown([render_market.old_day(pair, candle) for candle in candles if candle.volume_lots])


def _clamped(asked: int | None, default: int, most: int) -> int:
    return default if asked is None else max(1, min(asked, most))
