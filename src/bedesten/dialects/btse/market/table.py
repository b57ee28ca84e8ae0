"""The rows of the market data: of the spot API in each version, and of the public API. Owns paths, limits and examples.

Source: BTSE spot API v3.2 and v3.3, public endpoints; docs.btse.com, Markets.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from bedesten.dialects.bodies import OneOf
from bedesten.dialects.btse.market import endpoints_public, endpoints_spot, render, shapes
from bedesten.dialects.btse.market import shapes_answers as answer
from bedesten.dialects.btse.market import shapes_streams as told
from bedesten.dialects.btse.shapes import MARKET_REFUSALS, QUERY_REFUSALS, Success, SymbolQuery
from bedesten.dialects.btse.shapes_streams import PING, Acknowledgement, Message, Subscription
from bedesten.dialects.contract import Endpoint, Topic

SPOT: Final = "https://btsecom.github.io/docs/spotV3_3/en/"
SITE: Final = "https://docs.btse.com/markets/rest/"
GROUP: Final = "Market data"
EXAMPLE: Final[Mapping[str, Any]] = {"symbol": "BTC-USD"}


def spot(version: str, deprecated: bool) -> list[Endpoint]:
    """Return the spot API's market data in one version."""
    get = partial(
        Endpoint, method="GET", limit="query", group=f"{GROUP} ({version})", source=SPOT, deprecated=deprecated,
        errors=QUERY_REFUSALS,
    )  # fmt: skip
    base, at, query = f"/spot/api/{version}", endpoints_spot, shapes
    ohlcv = {"symbol": "BTC-USD", "resolution": "60"}
    return [
        get(path=f"{base}/market_summary", call=at.market_summary, response=list[answer.MarketSummary], request=SymbolQuery,
            summary="Prices, volume and rules of one market or all", example=EXAMPLE),
        get(path=f"{base}/ohlcv", call=at.ohlcv, response=list[answer.Ohlcv], request=query.OhlcvQuery,
            summary="Candles, newest first", example=ohlcv),
        get(path=f"{base}/price", call=at.price, response=list[answer.MarketPrice], request=SymbolQuery,
            summary="Index and last price", example=EXAMPLE),
        get(path=f"{base}/orderbook", call=at.order_book, response=answer.OrderBook, request=query.OrderBookQuery,
            summary="The book, its levels joined by group", example=EXAMPLE),
        get(path=f"{base}/orderbook/L2", call=at.order_book_l2, response=answer.OrderBook, request=query.OrderBookL2Query,
            summary="The book by price level", example=EXAMPLE),
        get(path=f"{base}/trades", call=at.trades, response=list[answer.Trade], request=query.TradesQuery,
            summary="Public trades, newest first",
            example=EXAMPLE),
        get(path=f"{base}/time", call=at.time, response=answer.VenueTime, summary="The venue's clock"),
    ]  # fmt: skip


def public() -> list[Endpoint]:
    """Return the public API's market data."""
    base, at = "/public-api/market/v1", endpoints_public
    get = partial(
        Endpoint,
        method="GET",
        limit="market",
        group="Market data (public API)",
        example=EXAMPLE,
        errors=MARKET_REFUSALS,
    )
    lists = partial(get, request=shapes.MarketsQuery)
    klines = {"symbol": "BTC-USD", "resolution": "60"}
    return [
        lists(path=f"{base}/markets", call=at.markets, response=Success[answer.Markets], summary="Markets and their rules",
              source=f"{SITE}get-markets/"),
        lists(path=f"{base}/exchangeInfo", call=at.exchange_info, response=Success[answer.ExchangeInfo],
              summary="Markets, their rules and the rate limits",
              source=f"{SITE}get-markets/"),
        get(path=f"{base}/orderbook", call=at.order_book, response=Success[answer.PublicBook],
            request=shapes.DepthQuery, summary="The book",
            source=f"{SITE}get-orderbook/"),
        get(path=f"{base}/trades", call=at.trades, response=Success[list[answer.PublicTrade]],
            request=shapes.RecentTradesQuery, summary="Trades, newest first",
            source=f"{SITE}get-trades/"),
        get(path=f"{base}/klines", call=at.klines, response=Success[list[answer.Kline]], request=shapes.KlinesQuery,
            summary="Candles, newest first",
            source=f"{SITE}get-klines/", example=klines),
        lists(path=f"{base}/ticker/24hr", call=at.Ticker(render.ticker), response=_one_or_many(answer.Ticker),
              summary="The last 24 hours",
              source=f"{SITE}get-24-hr-ticker/"),
        lists(path=f"{base}/ticker/price", call=at.Ticker(render.ticker_price),
              response=_one_or_many(answer.TickerPrice), summary="Last price", source="https://docs.btse.com/"),
        lists(path=f"{base}/ticker/indices", call=at.Ticker(render.ticker_indices),
              response=_one_or_many(answer.TickerIndices), summary="Index price", source="https://docs.btse.com/"),
        lists(path=f"{base}/ticker/l1", call=at.Ticker(render.ticker_l1), response=_one_or_many(answer.TickerL1),
              summary="Best bid and ask", source="https://docs.btse.com/"),
    ]  # fmt: skip


def _one_or_many(kind: type) -> OneOf:
    """Return the answer about one market as an object, or about several as an array."""
    # a type that is made at run time is none to a checker
    return OneOf(Success[kind], Success[list[kind]])  # type: ignore[valid-type]


BOOK: Final = {
    "symbol": "Name of the market", "grouping": "How wide a level is: 0 is the tick, 1 to 8 are wider; left out: 0",
}  # fmt: skip
#: Of the order book socket.
TOPICS: Final = (
    Topic(
        name="update:{symbol}_{grouping}", parameters=BOOK, request=Subscription, ack=Acknowledgement,
        snapshot=Message[told.BookChange], update=Message[told.BookChange], source=SPOT,
        summary="The best 50 levels of each side, then what changes in them",
        example={"op": "subscribe", "args": ["update:BTC-USD_0"]},
    ),
    Topic(
        name="snapshotL1:{symbol}_0", parameters={"symbol": "Name of the market"}, request=Subscription, ack=Acknowledgement,
        snapshot=Message[told.BestQuotes], update=Message[told.BestQuotes], source=SPOT, summary="The best bid and ask",
        example={"op": "subscribe", "args": ["snapshotL1:BTC-USD_0"]},
    ),
    PING,
)  # fmt: skip
REFUSED: Final = told.SocketRefusal
