"""The table of the graph host: candles, and the data feed of TradingView's charts, which is the price graph of api/v2."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bedesten.dialects.bodies import Media, OneOf
from bedesten.dialects.btcturk.graph import endpoints_candles, endpoints_chart, shapes
from bedesten.dialects.contract import Endpoint

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers


def endpoints(answers: Answers) -> tuple[Endpoint, ...]:
    """Return the rows."""
    return (*_candles(answers), *_chart(answers))


def _candles(answers: Answers) -> list[Endpoint]:
    at = endpoints_candles
    get = partial(
        Endpoint, method="GET", group="Candles (graph host)", source="https://docs.btcturk.com/public-endpoints/"
    )
    return [
        get(path="/v1/ohlcs", call=at.days, request=shapes.OhlcsQuery, limit="ohlcs", response=list[shapes.Day],
            summary="Days, oldest first", example={"pair": "BTCTRY"}),
        get(path="/v1/klines/history", call=at.History(answers), request=shapes.KlinesQuery, limit="klines",
            response=shapes.Candles, summary="Candles of any resolution",
            example={"symbol": "BTCTRY", "resolution": "60", "from": -86400}),
    ]  # fmt: skip


def _chart(answers: Answers) -> list[Endpoint]:
    at, base = endpoints_chart, "/api/v2/pricegraph"
    get = partial(
        Endpoint,
        method="GET",
        group="Chart feed",
        limit="public",
        source="https://github.com/BTCTrader/broker-api-docs",
    )
    symbol = {"symbol": "BTCTRY"}
    return [
        get(path=f"{base}/config", call=at.config, response=shapes.ChartConfig, summary="What the feed can do"),
        get(path=f"{base}/time", call=at.time, response=Media("text/plain", "Unix time in seconds"),
            summary="The venue's clock, in seconds"),
        get(path=f"{base}/symbols", call=at.symbols, request=shapes.ChartSymbolQuery,
            response=OneOf(shapes.ChartSymbol, shapes.UnknownSymbol), summary="A pair", example=symbol),
        get(path=f"{base}/symbol_info", call=at.symbol_info, response=shapes.ChartSymbolColumns, summary="All pairs"),
        get(path=f"{base}/search", call=at.search, request=shapes.ChartSearchQuery, response=list[shapes.ChartFound],
            summary="Pairs by a text", example={"query": "btc"}),
        get(path=f"{base}/history", call=at.History(answers), request=shapes.ChartHistoryQuery,
            response=OneOf(shapes.ChartCandles, shapes.UnknownSymbol), summary="Candles",
            example={**symbol, "resolution": "60", "from": -86400}),
    ]  # fmt: skip
