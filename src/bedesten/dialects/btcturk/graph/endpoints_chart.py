"""The price graph of api/v2: TradingView's data feed for its charts, over the candles of the graph host.

Source: Swagger v2 names the six routes (config, symbol_info, symbols, time, search, history) and no fields: they are those of
TradingView's Universal Data Feed, whose routes have these names. Bare JSON, as that feed is; errors are told within it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk.graph import endpoints_candles
from bedesten.dialects.btcturk.graph.shapes import ChartHistoryQuery, ChartSearchQuery, ChartSymbolQuery, KlinesQuery
from bedesten.dialects.btcturk.numbers import NS_PER_S
from bedesten.dialects.btcturk.pairs import Pair, pairs_of
from bedesten.dialects.contract import Reply, Request

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers
    from bedesten.services.venue import Venue

EXCHANGE: Final = "BTCTURK"
RESOLUTIONS: Final = ("1", "5", "15", "30", "60", "240", "1D", "1W", "1M")
FOUND_MAX: Final = 30  # in one search
_TEXT: Final = ((b"content-type", b"text/plain"),)
_UNKNOWN: Final = {"s": "error", "errmsg": "unknown_symbol"}


async def config(venue: Venue, request: Request, form: None) -> dict[str, Any]:
    """Return what the feed can do."""
    return {
        "supports_search": True,
        "supports_group_request": False,
        "supports_marks": False,
        "supports_timescale_marks": False,
        "supports_time": True,
        "exchanges": [{"value": EXCHANGE, "name": EXCHANGE, "desc": EXCHANGE}],
        "symbols_types": [{"name": "Crypto", "value": "crypto"}],
        "supported_resolutions": RESOLUTIONS,
    }


async def time(venue: Venue, request: Request, form: None) -> Reply:
    """Return the clock, in seconds, as plain text."""
    return Reply(200, b"%d" % (venue.clock.now_ns() // NS_PER_S), _TEXT)


async def symbols(venue: Venue, request: Request, form: ChartSymbolQuery) -> dict[str, Any]:
    """Return one pair; its name may have the exchange before it."""
    pair = pairs_of(venue.catalogue).find(form.symbol.rpartition(":")[2])
    if pair is None:
        return _UNKNOWN
    return {
        "name": pair.name,
        "ticker": pair.name,
        "description": _described(pair),
        "type": "crypto",
        "session": "24x7",
        "timezone": "Etc/UTC",
        "exchange": EXCHANGE,
        "listed_exchange": EXCHANGE,
        "format": "price",
        "minmov": 1,
        "pricescale": _price_scale(pair),
        "has_intraday": True,
        "has_weekly_and_monthly": True,
        "volume_precision": pair.listing.quantity_scale,
        "supported_resolutions": RESOLUTIONS,
        "data_status": "streaming",
    }


async def symbol_info(venue: Venue, request: Request, form: None) -> dict[str, Any]:
    """Return all pairs, one list a column; what is the same of all stands once."""
    pairs = list(pairs_of(venue.catalogue))
    return {
        "symbol": [pair.name for pair in pairs],
        "description": [_described(pair) for pair in pairs],
        "exchange-listed": EXCHANGE,
        "exchange-traded": EXCHANGE,
        "minmovement": 1,
        "pricescale": [_price_scale(pair) for pair in pairs],
        "has-intraday": True,
        "type": "crypto",
        "ticker": [pair.name for pair in pairs],
        "timezone": "Etc/UTC",
        "session-regular": "24x7",
        "supported-resolutions": RESOLUTIONS,
    }


async def search(venue: Venue, request: Request, form: ChartSearchQuery) -> list[dict[str, str]]:
    """Return the pairs whose name or description has a text in it."""
    wanted = form.query.casefold()
    most = FOUND_MAX if form.limit is None else max(1, min(form.limit, FOUND_MAX))
    if form.exchange.upper() not in ("", EXCHANGE) or form.type.lower() not in ("", "crypto"):
        return []
    found = [pair for pair in pairs_of(venue.catalogue) if wanted in f"{pair.name} {_described(pair)}".casefold()]
    return [
        {
            "symbol": pair.name,
            "full_name": f"{EXCHANGE}:{pair.name}",
            "description": _described(pair),
            "exchange": EXCHANGE,
            "ticker": pair.name,
            "type": "crypto",
        }
        for pair in found[:most]
    ]


class History:
    """Candles as the graph host has them."""

    def __init__(self, answers: Answers) -> None:
        self._candles = endpoints_candles.History(answers)

    async def __call__(self, venue: Venue, request: Request, form: ChartHistoryQuery) -> dict[str, Any]:
        """Return them; none are "no_data"."""
        pair = pairs_of(venue.catalogue).find(form.symbol.rpartition(":")[2])
        if pair is None:
            return _UNKNOWN
        asked = KlinesQuery(symbol=pair.name, resolution=form.resolution, from_=form.from_, to=form.to)
        found = await self._candles(venue, request, asked)
        return found if found["t"] else found | {"s": "no_data"}


def _described(pair: Pair) -> str:
    return f"{pair.base.name} / {pair.quote.name}"


def _price_scale(pair: Pair) -> int:
    return 10**pair.listing.price_scale  # type: ignore[no-any-return]
