"""What the spot socket tells: public trades, notifications in four generations, fills and announcements.

The JSON itself is printed by streams.py and render_notices.py.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bedesten.dialects.btse.shapes import (
    BaseAsset,
    ClientId,
    OrderId,
    Price,
    QuoteAsset,
    Side,
    Size,
    Symbol,
    TakerSide,
    TimeMs,
    TradeId,
)
from bedesten.dialects.btse.spot.shapes_answers import (
    AveragePrice,
    Deviation,
    Filled,
    OrderCurrency,
    OrderType,
    PostOnly,
    Remaining,
    Sized,
    State,
    Status,
    Stealth,
    TimeInForce,
    TriggerPrice,
)

TxType = Annotated[int, Meta(description="Kind of order: 0 limit, 1 stop, 2 take profit, 3 one of two (OCO)")]
TxName = Annotated[Literal["LIMIT", "STOP", "TRIGGER", "OCO"], Meta(description="Kind of order, in a word")]
Mode = Annotated[Literal["MODE_BUY", "MODE_SELL"], Meta(description="Side of the order")]
TypeName = Annotated[Literal["TYPE_LIMIT", "TYPE_MARKET", "TYPE_PEG"], Meta(description="Type of the order")]
EventPrice = Annotated[
    Price, Meta(description="Price of the match, else the limit or what was paid, in the quote asset")
]
EventSize = Annotated[float, Meta(description="What the match took, in base; without a match, the order's size")]
Maker = Annotated[bool, Meta(description="Whether it made liquidity; before any match, whether it can")]
SizeInBase = Annotated[float, Meta(description="In the base asset; 0 for an order by budget")]
SizeInQuote = Annotated[float, Meta(description="In the quote asset; 0 unless the order is by budget")]


class StreamedTrade(msgspec.Struct, kw_only=True):
    """A public trade."""

    symbol: Symbol
    side: TakerSide
    size: Size
    price: Price
    tradeId: Annotated[int, Meta(description="Serial number of the trade: a later one is larger")]
    timestamp: TimeMs


class FormerTrade(StreamedTrade, kw_only=True):
    """A public trade, with the fields of the topic's former name."""

    amount: Size
    gain: Annotated[Literal[1, -1], Meta(description="1: the taker bought, −1: sold")]
    orderMode: Annotated[Literal["MODE_BUY", "MODE_SELL"], Meta(description="Side of the taker")]
    serialId: Annotated[int, Meta(description="Serial number of the trade")]
    transactionUnixtime: TimeMs
    transactionUnixtimestamp: TimeMs


class Announced(msgspec.Struct):
    """Something that an operator changed."""

    key: Annotated[str, Meta(description="What was changed, as the venue file names it")]
    before: Annotated[str, Meta(description="Its value before")]
    after: Annotated[str, Meta(description="Its value now")]
    timestamp: TimeMs


class NoticeV3(msgspec.Struct, kw_only=True):
    """What happened to an order."""

    symbol: Symbol
    orderID: OrderId
    side: Side
    orderType: OrderType
    txType: TxType
    price: EventPrice
    triggerPrice: TriggerPrice
    pegPriceDeviation: Deviation
    stealth: Stealth
    status: Status
    timestamp: TimeMs
    avgFilledPrice: AveragePrice
    clOrderID: ClientId
    maker: Maker
    postOnly: PostOnly
    orderUserInitiated: Annotated[bool, Meta(description="Whether the customer's own request did it")]
    originalOrderBaseSize: SizeInBase
    originalOrderQuoteSize: SizeInQuote
    currentOrderBaseSize: SizeInBase
    currentOrderQuoteSize: SizeInQuote
    filledBaseSize: Annotated[Size, Meta(description="What this match took, in the base asset; 0: no match")]
    totalFilledBaseSize: Filled
    remainingBaseSize: SizeInBase
    remainingQuoteSize: SizeInQuote
    remainingOrderBaseSize: SizeInBase
    remainingOrderQuoteSize: SizeInQuote
    remainingSize: Remaining
    orderCurrency: OrderCurrency
    time_in_force: TimeInForce


class NoticeV2(msgspec.Struct, kw_only=True):
    """What happened to an order."""

    symbol: Symbol
    orderID: OrderId
    side: Side
    type: OrderType
    price: EventPrice
    size: EventSize
    originalSize: Sized
    avgFillPrice: AveragePrice
    fillSize: Filled
    status: Status
    clOrderID: ClientId
    maker: Maker
    stealth: Stealth
    timestamp: TimeMs
    pegPriceDeviation: Deviation
    remainingSize: Remaining
    time_in_force: TimeInForce
    txType: TxType
    triggerPrice: TriggerPrice
    avgFilledPrice: AveragePrice


class NoticeV1(msgspec.Struct, kw_only=True):
    """What happened to an order, in words."""

    averageFillPrice: AveragePrice
    clOrderID: ClientId
    fillSize: Filled
    maker: Maker
    orderID: OrderId
    orderMode: Mode
    orderType: TypeName
    pegPriceDeviation: Deviation
    postOnly: PostOnly
    price: EventPrice
    remainingSize: Remaining
    size: EventSize
    status: State
    stealth: Stealth
    symbol: Symbol
    time_in_force: TimeInForce
    timestamp: TimeMs
    triggerPrice: TriggerPrice
    type: TxName


class NoticeV0(msgspec.Struct, kw_only=True):
    """What happened to an order: every value is a text."""

    symbol: Symbol
    orderID: OrderId
    orderMode: Mode
    orderType: TypeName
    type: TxName
    price: Annotated[str, Meta(description="Price of the match, else the limit or what was paid, in the quote asset")]
    size: Annotated[str, Meta(description="What the match took, in base; without a match, the order's size")]
    status: State
    timestamp: Annotated[str, Meta(description="Unix time, milliseconds")]
    triggerPrice: Annotated[str, Meta(description="Price that triggers the order, in the quote asset; 0: none")]
    pegPriceDeviation: Annotated[str, Meta(description="A peg's distance from the index; 1 for other orders")]
    stealth: Annotated[str, Meta(description="Part of a peg that is shown; 1 for other orders")]
    clOrderID: ClientId


class StreamedFill(msgspec.Struct, kw_only=True):
    """An own trade."""

    orderId: OrderId
    serialId: Annotated[int, Meta(description="Serial number of the trade: a later one is larger")]
    clOrderId: ClientId
    type: Annotated[str, Meta(description="76 limit, 77 market, 80 peg")]
    symbol: Symbol
    side: Side
    price: Annotated[str, Meta(description="Price of the trade, in the quote asset, with a decimal: 1.0")]
    size: Annotated[str, Meta(description="Quantity of the trade, in the base asset, with a decimal: 1.0")]
    feeAmount: Annotated[str, Meta(description="Fee and tax, in feeCurrency")]
    feeCurrency: Annotated[str, Meta(description="Code of the asset that the fee is paid in")]
    base: BaseAsset
    quote: QuoteAsset
    maker: Annotated[bool, Meta(description="Whether the order rested in the book")]
    timestamp: TimeMs
    tradeId: TradeId
