"""What the OTC desk answers and streams. The OTC API writes numbers, the public API texts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedesten.dialects.btse.shapes import Asset, BaseAsset, QuoteAsset, Side, Symbol, TimeMs

QuoteId = Annotated[str, Meta(description="The venue's id of the quote")]
ClientId = Annotated[str | None, Meta(description="The client's own id of the quote; null: none")]
Status = Annotated[
    int,
    Meta(
        description="30000 open, 30001 quoted, 30007 settled, 30008 quoted anew, 8 too little money, 40001 no quote now, "
        "40003 rejected, -7006 no such market"
    ),
]


class DeskMarket(msgspec.Struct):
    """What the desk quotes of an asset. The lists have an item for each of supportQuoteCurrencies."""

    assetName: BaseAsset
    id: Annotated[int, Meta(description="Number of the asset")]
    supportQuoteCurrencies: Annotated[list[str], Meta(description="Codes of the quote assets")]
    minOrderSizes: Annotated[list[float], Meta(description="Smallest quantity, in the base asset")]
    maxOrderSizes: Annotated[list[float], Meta(description="Largest quantity, in the base asset")]
    minOrderValues: Annotated[list[float], Meta(description="Smallest amount, in the quote asset; 0: no price now")]
    maxOrderValues: Annotated[list[float], Meta(description="Largest amount, in the quote asset; 0: no price now")]


class DeskQuote(msgspec.Struct, kw_only=True):
    """A quote, and what became of it."""

    markets: Annotated[list[DeskMarket], Meta(description="The quote's market")]
    quoteAmountToDeduct: Annotated[float, Meta(description="What the customer gives, in quoteCurrencyToDeductIn")]
    quoteAmountToReceive: Annotated[float, Meta(description="What the customer gets, in quoteCurrencyToReceiveIn")]
    quoteCurrencyToDeductIn: Asset
    quoteCurrencyToReceiveIn: Asset
    quoteId: QuoteId
    clientOrderId: ClientId
    side: Side
    quotePriceInOrderCurrency: Annotated[float, Meta(description="Price of one of the base asset, in the quote asset")]
    quotePriceInUSD: Annotated[float | None, Meta(description="Price of one of the base asset, in USD; null: unknown")]
    quoteTimestamp: TimeMs
    quoteValidDurationMs: Annotated[int, Meta(description="How long it holds, milliseconds")]
    status: Status
    reason: Annotated[str | None, Meta(description="Why it was not settled; null: nothing to say")]


class PublicMarket(msgspec.Struct):
    """What the desk quotes of a market."""

    symbol: Symbol
    baseCurrency: BaseAsset
    quoteCurrency: QuoteAsset
    minBaseSize: Annotated[str, Meta(description="Smallest quantity, in the base asset")]
    minQuoteSize: Annotated[str, Meta(description="Smallest amount, in the quote asset; 0: no price now")]
    maxBaseSize: Annotated[str, Meta(description="Largest quantity, in the base asset")]
    maxQuoteSize: Annotated[str, Meta(description="Largest amount, in the quote asset; 0: no price now")]


class PublicQuote(msgspec.Struct):
    """A quote, and what became of it."""

    quoteId: QuoteId
    clOrderId: ClientId
    side: Side
    baseSize: Annotated[str, Meta(description="Quantity, in the base asset")]
    baseCurrency: BaseAsset
    quoteSize: Annotated[str, Meta(description="Amount, in the quote asset")]
    quoteCurrency: QuoteAsset
    ratio: Annotated[str, Meta(description="Price of one of the base asset, in the quote asset")]
    expireTime: TimeMs
    ttl: Annotated[int, Meta(description="How long it holds, seconds")]
    status: Annotated[
        Literal["NEW_QUOTE", "COMPLETED", "EXPIRED", "REQUOTED", "REJECTED"], Meta(description="What became of it")
    ]
    reason: Annotated[str | UnsetType, Meta(description="Why it was not settled")] = UNSET


# ── the stream ──

SideId = Annotated[str | None, Meta(description="Id to accept it with; null: not quoted, or nobody is logged in")]
SideQuantity = Annotated[float | None, Meta(description="Quantity, in the base asset; null: not quoted")]
SidePrice = Annotated[
    float | None, Meta(description="Price of one of the base asset, in the quote asset; null: not quoted")
]
SideAmount = Annotated[float | None, Meta(description="Amount, in the quote asset; null: not quoted")]


class StreamedQuote(msgspec.Struct, kw_only=True):
    """What the desk quotes now, or why it quotes nothing."""

    topic: Annotated[Literal["quote"], Meta(description="Name of the topic")]
    symbol: Annotated[str | None, Meta(description="Name of the market; null: a request that could not be read")]
    timestamp: TimeMs
    buyQuoteId: SideId
    sellQuoteId: SideId
    clOrderId: Annotated[str | None, Meta(description="The client's own id of the stream; null: none")]
    buyQuantity: SideQuantity
    buyUnitPrice: SidePrice
    buyTotalAmount: SideAmount
    sellQuantity: SideQuantity
    sellUnitPrice: SidePrice
    sellTotalAmount: SideAmount
    status: Annotated[str | None, Meta(description="The OTC API's number of the reason; null: quoted")]
    reason: Annotated[str | None, Meta(description="Why a side is not quoted; null: it is")]


class StreamQuantity(msgspec.Struct):
    """How much, and of which of the two assets."""

    quantity: Annotated[float, Meta(description="How much, in currency; a text is read, too")]
    currency: Annotated[str, Meta(description="Code of the base asset or of the quote asset")]


class StreamRequest(msgspec.Struct):
    """The beginning of a stream of quotes."""

    op: Annotated[Literal["quote"], Meta(description="What is asked for")]
    symbol: Symbol
    quantity: StreamQuantity
    side: Annotated[Literal["buy", "sell", ""] | None, Meta(description="Side to quote; none: both")] = None
    clOrderId: Annotated[str | None, Meta(description="The client's own id of the stream, up to 64 characters")] = None


class EndOfStream(msgspec.Struct):
    """The end of the streams that all of this names."""

    op: Annotated[Literal["unsubscribe-quote"], Meta(description="What is asked for")]
    symbol: Symbol
    quantity: Annotated[StreamQuantity | None, Meta(description="What the stream quotes; null: any")] = None
    side: Annotated[Literal["buy", "sell", ""] | None, Meta(description="Side it quotes; null: any")] = None
    clOrderId: Annotated[str | None, Meta(description="The client's own id of it; null: any")] = None


class EndOfStreams(msgspec.Struct):
    """The end of every stream of the connection."""

    op: Annotated[Literal["unsubscribe-quote-all"], Meta(description="What is asked for")]
