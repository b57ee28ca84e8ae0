"""What requests carry: one struct per form, with the venue's field names. Nothing here converts or judges.

Numbers are kept as the text that was sent (msgspec.Raw): clients send JSON numbers, in scientific notation too, or strings.
Fields that the venue ignores (reduceOnly, slide, includeOld, …) are not named: unknown fields are skipped.
Source: BTSE spot API v3.2 and v3.3, request tables; spot v4 and the public API as ccxt's btse.py 4.5.90 sends them.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

Number = Annotated[
    msgspec.Raw,
    msgspec.Meta(
        description="A JSON number, or a string holding one.", extra_json_schema={"type": ["number", "string"]}
    ),
]


class Body(msgspec.Struct, kw_only=True):
    """A JSON object."""


class CreateOrder(Body):
    """POST /order and /order/peg."""

    symbol: str
    side: str
    type: str
    size: Number = msgspec.field(default_factory=msgspec.Raw)
    price: Number = msgspec.field(default_factory=msgspec.Raw)
    quoteOrderSize: Number = msgspec.field(default_factory=msgspec.Raw)
    time_in_force: str | None = None
    txType: str | None = None
    triggerPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    stopPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    trailValue: Number = msgspec.field(default_factory=msgspec.Raw)
    triggerPriceType: str | None = None
    postOnly: bool | None = None
    clOrderID: str | None = None
    stealth: Number = msgspec.field(default_factory=msgspec.Raw)
    deviation: Number = msgspec.field(default_factory=msgspec.Raw)


class OtcQuoteBody(Body):
    """POST /otc/api/v1/quote: one of the two sizes."""

    baseCurrency: str
    orderCurrency: str
    side: str
    orderSizeInBaseCurrency: Number = msgspec.field(default_factory=msgspec.Raw)
    orderAmountInOrderCurrency: Number = msgspec.field(default_factory=msgspec.Raw)
    clientOrderId: str | None = None


class OtcAcceptBody(Body):
    """POST /otc/api/v1/accept/{quoteId}: neither amount accepts all."""

    baseAmount: Number = msgspec.field(default_factory=msgspec.Raw)
    quoteAmount: Number = msgspec.field(default_factory=msgspec.Raw)


class OtcQuoteForm(Body):
    """POST /public-api/otc/v1/quotes: one of the two sizes."""

    side: str
    baseCurrency: str
    quoteCurrency: str
    baseSize: Number = msgspec.field(default_factory=msgspec.Raw)
    quoteSize: Number = msgspec.field(default_factory=msgspec.Raw)
    clOrderId: str | None = None


class OtcAcceptForm(Body):
    """POST /public-api/otc/v1/quotes/accept: neither size accepts all."""

    quoteId: str
    baseSize: Number = msgspec.field(default_factory=msgspec.Raw)
    quoteSize: Number = msgspec.field(default_factory=msgspec.Raw)


class OtcLookUpQuery(msgspec.Struct):
    """GET /public-api/otc/v1/quotes."""

    quoteId: str


class AmendOrderBody(Body):
    """PUT /order."""

    symbol: str
    type: str
    orderID: str | None = None
    clOrderID: str | None = None
    value: Number = msgspec.field(default_factory=msgspec.Raw)
    orderPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    orderSize: Number = msgspec.field(default_factory=msgspec.Raw)
    triggerPrice: Number = msgspec.field(default_factory=msgspec.Raw)


class CancelAllAfterBody(Body):
    """POST /order/cancelAllAfter."""

    timeout: Number


class CancelOrders(Body):
    """DELETE /order, in the query or in a body."""

    symbol: str
    orderID: str | None = None
    clOrderID: str | None = None


class OrderQuery(Body):
    """GET /order."""

    orderID: str | None = None
    clOrderID: str | None = None


class OpenOrdersQuery(Body):
    """GET /user/open_orders."""

    symbol: str | None = None
    orderID: str | None = None
    clOrderID: str | None = None


class TradeHistoryQuery(Body):
    """GET /user/trade_history."""

    symbol: str | None = None
    startTime: int | None = None
    endTime: int | None = None
    count: int | None = None
    orderID: str | None = None
    clOrderID: str | None = None
    beforeSerialId: int | None = None
    afterSerialId: int | None = None
    isMatchSymbol: bool | None = None


class SymbolQuery(Body):
    """A symbol, or every one."""

    symbol: str | None = None


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


class CreateOrderV4(Body):
    """POST /api/v4/trade/orders."""

    symbol: str
    orderSide: str
    orderType: str
    orderPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    orderSize: Number = msgspec.field(default_factory=msgspec.Raw)
    quoteOrderSize: Number = msgspec.field(default_factory=msgspec.Raw)
    clOrderId: str | None = None
    timeInForce: str | None = None
    postOnly: bool | None = None


class CreateAlgoOrderV4(CreateOrderV4):
    """POST /api/v4/trade/orders/algo."""

    triggerOrderType: str | None = None
    triggerPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    triggerPriceType: str | None = None
    takeProfitOrderPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    stopLossOrderPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    stopLossTriggerPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    stopLossTriggerPriceType: str | None = None
    stealth: Number = msgspec.field(default_factory=msgspec.Raw)
    deviation: Number = msgspec.field(default_factory=msgspec.Raw)
    trailValue: Number = msgspec.field(default_factory=msgspec.Raw)
    trailValueType: str | None = None
    timePeriod: Number = msgspec.field(default_factory=msgspec.Raw)


class AmendOrderV4(Body):
    """PUT /api/v4/trade/orders."""

    symbol: str
    orderId: str | None = None
    clOrderId: str | None = None
    orderSize: Number = msgspec.field(default_factory=msgspec.Raw)
    orderPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    triggerPrice: Number = msgspec.field(default_factory=msgspec.Raw)
    totalAmountMode: bool | None = None


class CancelOrderV4(Body):
    """DELETE /api/v4/trade/orders."""

    symbol: str
    orderId: str | None = None
    clOrderId: str | None = None


class CancelAllV4(Body):
    """DELETE /api/v4/trade/orders/all."""

    symbol: str


class OrderQueryV4(Body):
    """GET /api/v4/trade/order."""

    orderId: str | None = None
    clOrderId: str | None = None
    symbol: str | None = None


class TradeHistoryQueryV4(Body):
    """GET /api/v4/trade/trade_history."""

    symbol: str
    startTime: int | None = None
    endTime: int | None = None
    count: int | None = None
    orderID: str | None = None
    clOrderID: str | None = None
    orderId: str | None = None
    clOrderId: str | None = None
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
