"""What requests for market data carry, with the venue's field names. Nothing here converts or judges.

Source: BTSE spot API v3.2 and v3.3, request tables; the public API as ccxt's btse.py 4.5.90 sends it.
"""

from __future__ import annotations

from bedesten.dialects.btse.shapes import Body


class OhlcvQuery(Body):
    """GET /ohlcv."""

    symbol: str
    resolution: str
    start: int | None = None
    end: int | None = None


class OrderBookQuery(Body):
    """GET /orderbook."""

    symbol: str
    group: int = 0
    limit_bids: int | None = None
    limit_asks: int | None = None
    depth: int | None = None


class OrderBookL2Query(Body):
    """GET /orderbook/L2."""

    symbol: str
    depth: int | None = None


class TradesQuery(Body):
    """GET /trades."""

    symbol: str
    startTime: int | None = None
    endTime: int | None = None
    count: int | None = None
    beforeSerialId: int | None = None
    afterSerialId: int | None = None


class MarketsQuery(Body):
    """public-api market/v1 lists: one of symbol, symbols or types; the last two are JSON arrays."""

    symbol: str | None = None
    symbols: str | None = None
    types: str | None = None


class DepthQuery(Body):
    """GET /public-api/market/v1/orderbook."""

    symbol: str
    depth: int = 10


class RecentTradesQuery(Body):
    """GET /public-api/market/v1/trades."""

    symbol: str
    limit: int = 50


class KlinesQuery(Body):
    """GET /public-api/market/v1/klines."""

    symbol: str
    resolution: str
    limit: int | None = None
    start: int | None = None
    end: int | None = None
