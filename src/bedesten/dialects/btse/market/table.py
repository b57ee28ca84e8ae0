"""The rows of the market data: of the spot API in each version, and of the public API. Owns paths, limits and examples.

Source: BTSE spot API v3.2 and v3.3, public endpoints; docs.btse.com, Markets.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from bedesten.dialects.btse.market import endpoints_public, endpoints_spot, render, shapes
from bedesten.dialects.btse.shapes import SymbolQuery
from bedesten.dialects.contract import Endpoint

SPOT: Final = "https://btsecom.github.io/docs/spotV3_3/en/"
SITE: Final = "https://docs.btse.com/markets/rest/"
GROUP: Final = "Market data"
EXAMPLE: Final[Mapping[str, Any]] = {"symbol": "BTC-USD"}


def spot(version: str, deprecated: bool) -> list[Endpoint]:
    """Return the spot API's market data in one version."""
    get = partial(
        Endpoint, method="GET", limit="query", group=f"{GROUP} ({version})", source=SPOT, deprecated=deprecated
    )
    base, at, query = f"/spot/api/{version}", endpoints_spot, shapes
    ohlcv = {"symbol": "BTC-USD", "resolution": "60"}
    return [
        get(path=f"{base}/market_summary", call=at.market_summary, request=SymbolQuery,
            summary="Prices, volume and rules of one market or all", example=EXAMPLE),
        get(path=f"{base}/ohlcv", call=at.ohlcv, request=query.OhlcvQuery, summary="Candles, newest first", example=ohlcv),
        get(path=f"{base}/price", call=at.price, request=SymbolQuery, summary="Index and last price", example=EXAMPLE),
        get(path=f"{base}/orderbook", call=at.order_book, request=query.OrderBookQuery,
            summary="The book, its levels joined by group", example=EXAMPLE),
        get(path=f"{base}/orderbook/L2", call=at.order_book_l2, request=query.OrderBookL2Query,
            summary="The book by price level", example=EXAMPLE),
        get(path=f"{base}/trades", call=at.trades, request=query.TradesQuery, summary="Public trades, newest first",
            example=EXAMPLE),
        get(path=f"{base}/time", call=at.time, summary="The venue's clock"),
    ]  # fmt: skip


def public() -> list[Endpoint]:
    """Return the public API's market data."""
    base, at = "/public-api/market/v1", endpoints_public
    get = partial(Endpoint, method="GET", limit="market", group="Market data (public API)", example=EXAMPLE)
    lists = partial(get, request=shapes.MarketsQuery)
    klines = {"symbol": "BTC-USD", "resolution": "60"}
    return [
        lists(path=f"{base}/markets", call=at.markets, summary="Markets and their rules",
              source=f"{SITE}get-markets/"),
        lists(path=f"{base}/exchangeInfo", call=at.exchange_info, summary="Markets, their rules and the rate limits",
              source=f"{SITE}get-markets/"),
        get(path=f"{base}/orderbook", call=at.order_book, request=shapes.DepthQuery, summary="The book",
            source=f"{SITE}get-orderbook/"),
        get(path=f"{base}/trades", call=at.trades, request=shapes.RecentTradesQuery, summary="Trades, newest first",
            source=f"{SITE}get-trades/"),
        get(path=f"{base}/klines", call=at.klines, request=shapes.KlinesQuery, summary="Candles, newest first",
            source=f"{SITE}get-klines/", example=klines),
        lists(path=f"{base}/ticker/24hr", call=at.Ticker(render.ticker), summary="The last 24 hours",
              source=f"{SITE}get-24-hr-ticker/"),
        lists(path=f"{base}/ticker/price", call=at.Ticker(render.ticker_price), summary="Last price", source="https://docs.btse.com/"),
        lists(path=f"{base}/ticker/indices", call=at.Ticker(render.ticker_indices), summary="Index price", source="https://docs.btse.com/"),
        lists(path=f"{base}/ticker/l1", call=at.Ticker(render.ticker_l1), summary="Best bid and ask", source="https://docs.btse.com/"),
    ]  # fmt: skip
