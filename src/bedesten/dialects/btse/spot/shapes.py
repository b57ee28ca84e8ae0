"""What requests to the spot API carry: one struct per form, with the venue's field names. Nothing here converts or judges.

Source: BTSE spot API v3.2 and v3.3, request tables; spot v4 as ccxt's btse.py 4.5.90 sends it.
"""

from __future__ import annotations

import msgspec

from bedesten.dialects.btse.shapes import Body, Number


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
