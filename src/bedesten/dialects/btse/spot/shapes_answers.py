"""What the spot API answers about orders, fills, fees and balances. The JSON itself is printed by render.py and render_v4.py.

Sizes of an order by budget are amounts of quote: orderCurrency says which. Every test holds the answers to these shapes.
Those that v3.3 has with more fields are dataclasses: a struct has one base.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedesten.dialects.btse.shapes import (
    Asset,
    BaseAsset,
    ClientId,
    ClientIdOrNull,
    Nothing,
    OrderId,
    Price,
    QuoteAsset,
    Side,
    Size,
    Symbol,
    TimeMs,
    TradeId,
)

Status = Annotated[
    int,
    Meta(
        description="State of the order, or outcome of the request: 2 inserted, 4 filled, 5 filled in part, 6 canceled, "
        "7 refunded, 8 too little money, 9 trigger inserted, 10 trigger activated, 15 rejected, 16 not found, 17 failed, "
        "123 amended"
    ),
]
State = Annotated[str, Meta(description="State of the order, in a word")]
OrderType = Annotated[int, Meta(description="76 limit, 77 market, 80 peg, 81 OTC; 0: no such order")]
TriggerType = Annotated[int, Meta(description="1001 stop loss, 1002 take profit, 0 no trigger")]
TriggerPrice = Annotated[Price, Meta(description="Price that triggers the order, in the quote asset; 0: none")]
AveragePrice = Annotated[Price, Meta(description="Average price of the fills, in the quote asset; 0: none yet")]
Filled = Annotated[Size, Meta(description="Filled so far, in the base asset")]
FilledNow = Annotated[Size, Meta(description="Filled by this request, in the base asset")]
Sized = Annotated[float, Meta(description="Size of the order; in quote where it was placed by budget, else in base")]
Remaining = Annotated[float, Meta(description="What is left to fill; in quote where placed by budget, else in base")]
InBase = Annotated[float | None, Meta(description="In the base asset; null for an order by budget")]
InQuote = Annotated[float | None, Meta(description="In the quote asset; null unless the order is by budget")]
OrderCurrency = Annotated[
    Literal["base", "quote"], Meta(description="Whether sizes are in base, or in quote: by budget")
]
TimeInForce = Annotated[str, Meta(description="How long the order lives: GTC, IOC, FOK, or a time: HOUR, DAY, WEEK, …")]
TimeInForceOrNull = Annotated[str | None, Meta(description="How long the order lives; null: no such order")]
PostOnly = Annotated[bool, Meta(description="Whether it may only rest in the book")]
Stealth = Annotated[float, Meta(description="Part of a peg that is shown: 0.1 is 10 %; 1 for other orders")]
Deviation = Annotated[float, Meta(description="A peg's distance from the index: 0.01 is 1 %; 1 for other orders")]
Wallet = Annotated[Literal["SPOT@"], Meta(description="The wallet")]


@dataclass(kw_only=True)
class OrderV32:
    """An order after it was placed, amended or canceled, in v3.2; or why not."""

    status: Status
    symbol: Symbol
    orderType: OrderType
    price: Annotated[Price, Meta(description="Limit, or what the order paid, in the quote asset")]
    side: Side
    size: Sized
    orderID: OrderId
    timestamp: TimeMs
    triggerPrice: TriggerPrice
    stopPrice: Nothing
    trigger: Annotated[bool, Meta(description="Whether it has, or had, a trigger")]
    message: Annotated[str, Meta(description="Why it was not done; empty: it was")]
    averageFillPrice: AveragePrice
    fillSize: Filled
    clOrderID: ClientIdOrNull
    stealth: Stealth
    deviation: Deviation
    postOnly: PostOnly
    originalSize: Annotated[Sized, Meta(description="Size at first; in quote where placed by budget, else in base")]
    remainingSize: Remaining
    originalPrice: Annotated[Price | UnsetType, Meta(description="Limit at first; of an amendment only")] = UNSET
    time_in_force: TimeInForceOrNull


@dataclass(kw_only=True)
class Sizes:
    """An order's sizes by currency: the side that is not used is null."""

    originalOrderBaseSize: Annotated[InBase, Meta(description="Size at first, in base; null for an order by budget")]
    originalOrderQuoteSize: Annotated[InQuote, Meta(description="Budget at first, in quote; null unless by budget")]
    currentOrderBaseSize: Annotated[InBase, Meta(description="Size now, in base; null for an order by budget")]
    currentOrderQuoteSize: Annotated[InQuote, Meta(description="Budget now, in quote; null unless by budget")]
    remainingOrderBaseSize: Annotated[InBase, Meta(description="Left, in base; null for an order by budget")]
    remainingOrderQuoteSize: Annotated[InQuote, Meta(description="Left, in quote; null unless by budget")]
    totalFilledBaseSize: Filled
    orderCurrency: OrderCurrency
    avgFilledPrice: AveragePrice


@dataclass(kw_only=True)
class OrderV33(OrderV32, Sizes):
    """An order after it was placed, amended or canceled, in v3.3; or why not."""

    orderDetailType: Nothing
    filledBaseSize: FilledNow


@dataclass(kw_only=True)
class KnownOrder:
    """What a look-up and the open orders have in common."""

    orderID: OrderId
    symbol: Symbol
    orderType: OrderType
    price: Annotated[Price, Meta(description="Limit, or what a market order paid on average, in the quote asset")]
    size: Sized
    side: Side
    orderValue: Annotated[float, Meta(description="Limit × size, or the budget, in the quote asset")]
    trailValue: Annotated[float, Meta(description="Distance of a trailing trigger, in the quote asset; 0: none")]
    filledSize: Filled
    fillSize: Filled
    remainingSize: Remaining
    averageFillPrice: AveragePrice
    clOrderID: ClientIdOrNull
    timeInForce: TimeInForce
    timestamp: TimeMs
    pegPriceMin: Annotated[float, Meta(description="Lowest price of a peg that sells, in the quote asset; 0: none")]
    pegPriceMax: Annotated[float, Meta(description="Highest price of a peg that buys, in the quote asset; 0: none")]
    pegPriceDeviation: Deviation
    triggerOrder: Annotated[bool, Meta(description="Whether it has, or had, a trigger")]
    triggerPrice: TriggerPrice
    triggerOriginalPrice: Annotated[Price, Meta(description="Trigger at first, in the quote asset; 0: none")]
    triggerOrderType: TriggerType
    triggerTrailingStopDeviation: Annotated[float, Meta(description="Distance of a trailing trigger: 0.01 is 1 %")]
    triggerStopPrice: Annotated[
        Price, Meta(description="Limit of an order with a trigger, in the quote asset; 0: none")
    ]
    postOnly: PostOnly
    triggered: Annotated[bool, Meta(description="Whether the trigger was met")]


@dataclass(kw_only=True)
class LookedUpOrderV32(KnownOrder):
    """An order that was looked up, in v3.2."""

    orderId: OrderId
    quote: QuoteAsset
    status: Status
    orderState: State


@dataclass(kw_only=True)
class LookedUpOrderV33(LookedUpOrderV32, Sizes):
    """An order that was looked up, in v3.3."""


@dataclass(kw_only=True)
class OpenOrderV32(KnownOrder):
    """An open order, in v3.2."""

    cancelDuration: Annotated[int, Meta(description="Lifetime, milliseconds; 0: until canceled")]
    orderState: Annotated[
        Literal["STATUS_ACTIVE", "STATUS_INACTIVE"], Meta(description="Inactive: it waits for its trigger")
    ]


@dataclass(kw_only=True)
class OpenOrderV33(OpenOrderV32, Sizes):
    """An open order, in v3.3."""

    requestId: Annotated[int, Meta(description="The venue's number of the order")]
    vendorName: Nothing
    botID: Nothing
    quote: QuoteAsset
    orderDetailType: Nothing
    orderDetail: Nothing


class Timer(msgspec.Struct):
    """The dead-man timer was set. The venue documents no fields."""


class FillV32(msgspec.Struct, kw_only=True):
    """An own trade, in v3.2."""

    tradeId: TradeId
    orderId: OrderId
    clOrderID: ClientIdOrNull
    username: Annotated[str, Meta(description="Name of the account")]
    side: Side
    orderType: OrderType
    triggerType: TriggerType
    price: Annotated[Price, Meta(description="Limit of the order, or what it paid on average, in the quote asset")]
    size: Sized
    filledPrice: Annotated[Price, Meta(description="Price of the trade, in the quote asset")]
    filledSize: Annotated[Size, Meta(description="Quantity of the trade, in the base asset")]
    triggerPrice: TriggerPrice
    base: BaseAsset
    quote: QuoteAsset
    symbol: Symbol
    feeCurrency: Annotated[Asset, Meta(description="Code of the asset that the fee is paid in")]
    feeAmount: Annotated[float, Meta(description="Fee and tax, in feeCurrency")]
    wallet: Wallet
    realizedPnl: Annotated[Literal[0], Meta(description="Always 0: a field of futures")]
    total: Annotated[Literal[0], Meta(description="Always 0: a field of futures")]
    serialId: Annotated[int, Meta(description="Serial number, to walk on from with beforeSerialId and afterSerialId")]
    timestamp: TimeMs
    maker: Annotated[bool, Meta(description="Whether the order rested in the book")]
    averageFillPrice: Annotated[Price, Meta(description="Price of the trade, in the quote asset")]


class FillV33(FillV32, kw_only=True):
    """An own trade, in v3.3."""

    avgFilledPrice: Annotated[Price, Meta(description="Price of the trade, in the quote asset")]


class Fees(msgspec.Struct):
    """What trading on a market costs the account."""

    symbol: Symbol
    makerFee: Annotated[float, Meta(description="Fee of a maker, as a part of the amount: 0.001 is 0.1 %")]
    takerFee: Annotated[float, Meta(description="Fee of a taker, as a part of the amount: 0.001 is 0.1 %")]


class Balance(msgspec.Struct):
    """What the account has of an asset."""

    currency: Asset
    total: Annotated[float, Meta(description="All of it, held or not, in the asset")]
    available: Annotated[float, Meta(description="What is not held, in the asset")]


# ── v4 ──


@dataclass(kw_only=True)
class OrderV4(Sizes):
    """An order, in v4; or why a request about it was not done."""

    orderId: OrderId
    clOrderId: ClientId
    status: Status
    orderState: State
    market: Symbol
    symbol: Symbol
    type: OrderType
    orderSide: Annotated[Literal["BUY", "SELL"] | None, Meta(description="Side of the order; null: no such order")]
    orderPrice: Annotated[Price, Meta(description="Limit, or what a market order paid on average, in the quote asset")]
    postOnly: PostOnly
    timestamp: TimeMs
    orderDetailType: Nothing
    message: Annotated[str | None, Meta(description="Why it was not done; null: it was")]
    userQuoteCurrency: Annotated[str | None, Meta(description="Code of the quote asset; null: no such order")]
    filledBaseSize: FilledNow
    triggerPrice: TriggerPrice
    triggerOrderType: TriggerType
    time_in_force: TimeInForceOrNull


class FillV4(msgspec.Struct, kw_only=True):
    """An own trade, in v4."""

    serialId: Annotated[int, Meta(description="Serial number, to walk on from with beforeSerialId and afterSerialId")]
    tradeId: TradeId
    orderId: OrderId
    clOrderId: ClientIdOrNull
    symbol: Symbol
    base: BaseAsset
    quote: QuoteAsset
    orderSide: Side
    orderType: OrderType
    triggerType: TriggerType
    triggerPrice: TriggerPrice
    price: Annotated[Price, Meta(description="Limit of the order, or what it paid on average, in the quote asset")]
    size: Sized
    filledPrice: Annotated[Price, Meta(description="Price of the trade, in the quote asset")]
    filledSize: Annotated[Size, Meta(description="Quantity of the trade, in the base asset")]
    feeCurrency: Annotated[Asset, Meta(description="Code of the asset that the fee is paid in")]
    feeAmount: Annotated[float, Meta(description="Fee and tax, in feeCurrency")]
    timestamp: TimeMs
    maker: Annotated[bool, Meta(description="Whether the order rested in the book")]
