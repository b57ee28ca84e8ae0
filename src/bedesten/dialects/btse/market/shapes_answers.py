"""What market data is answered with. The JSON itself is printed by render.py; every test holds it to these structs.

Spot v3 writes numbers, but its book in texts; the public API writes every decimal as a text.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from bedesten.dialects.btse.shapes import (
    Amount,
    AmountText,
    BaseAsset,
    False_,
    Nothing,
    Price,
    PriceText,
    QuoteAsset,
    Serial,
    Size,
    SizeText,
    Symbol,
    TakerSide,
    TimeMs,
    TimeS,
    Zero,
)


class MarketSummary(msgspec.Struct, kw_only=True):
    """The last 24 hours of a market, and its rules."""

    symbol: Symbol
    last: Annotated[Price, Meta(description="Price of the last trade, in the quote asset; 0: none yet")]
    lowestAsk: Annotated[Price, Meta(description="Best ask, in the quote asset; 0: none")]
    highestBid: Annotated[Price, Meta(description="Best bid, in the quote asset; 0: none")]
    percentageChange: Annotated[float, Meta(description="Change of the price in 24 hours, in percent")]
    volume: Annotated[Amount, Meta(description="Traded in 24 hours, in the quote asset")]
    high24Hr: Annotated[Price, Meta(description="Highest price in 24 hours, in the quote asset")]
    low24Hr: Annotated[Price, Meta(description="Lowest price in 24 hours, in the quote asset")]
    base: BaseAsset
    quote: QuoteAsset
    active: Annotated[bool, Meta(description="Whether orders are taken")]
    size: Annotated[Size, Meta(description="Traded in 24 hours, in the base asset")]
    minValidPrice: Annotated[Price, Meta(description="Lowest price of an order, in the quote asset")]
    minPriceIncrement: Annotated[Price, Meta(description="Step of prices, in the quote asset")]
    minOrderSize: Annotated[Size, Meta(description="Smallest order, in the base asset")]
    maxOrderSize: Annotated[Size, Meta(description="Largest order, in the base asset")]
    minSizeIncrement: Annotated[Size, Meta(description="Step of sizes, in the base asset")]
    openInterest: Zero
    openInterestUSD: Zero
    contractStart: Zero
    contractEnd: Zero
    timeBasedContract: False_
    openTime: Zero
    closeTime: Zero
    startMatching: Zero
    inactiveTime: Zero
    fundingRate: Zero
    contractSize: Zero
    maxPosition: Zero
    minRiskLimit: Zero
    maxRiskLimit: Zero
    availableSettlement: Nothing
    futures: False_
    isMarketOpenToOtc: Annotated[bool, Meta(description="Whether the OTC desk quotes it")]
    isMarketOpenToSpot: Annotated[Literal[True], Meta(description="Whether it is a spot market")]


class MarketPrice(msgspec.Struct):
    """The prices of a market."""

    symbol: Symbol
    indexPrice: Annotated[Price, Meta(description="Index price, in the quote asset; 0: none")]
    lastPrice: Annotated[Price, Meta(description="Price of the last trade, in the quote asset; 0: none yet")]
    markPrice: Zero


class Quote(msgspec.Struct):
    """A price level of a book."""

    price: PriceText
    size: SizeText


class OrderBook(msgspec.Struct):
    """A book."""

    buyQuote: Annotated[list[Quote], Meta(description="Bids, best first")]
    sellQuote: Annotated[list[Quote], Meta(description="Asks, best first")]
    timestamp: TimeMs
    symbol: Symbol
    depth: Annotated[int, Meta(description="How many levels of a side were asked for, at most")]


class Trade(msgspec.Struct):
    """A public trade."""

    price: Price
    size: Size
    side: TakerSide
    symbol: Symbol
    serialId: Serial
    timestamp: TimeMs


class Ohlcv(msgspec.Struct, array_like=True):
    """A candle."""

    time: Annotated[int, Meta(description="Start of the candle, Unix time in seconds")]
    open: Annotated[Price, Meta(description="First price, in the quote asset")]
    high: Annotated[Price, Meta(description="Highest price, in the quote asset")]
    low: Annotated[Price, Meta(description="Lowest price, in the quote asset")]
    close: Annotated[Price, Meta(description="Last price, in the quote asset")]
    volume: Annotated[Amount, Meta(description="Traded, in the quote asset")]


class VenueTime(msgspec.Struct):
    """The venue's clock."""

    iso: Annotated[str, Meta(description="Time in UTC, ISO 8601 with milliseconds")]
    epoch: TimeS


# ── the public market API ──


class Market(msgspec.Struct, kw_only=True):
    """A market and its rules."""

    symbol: Symbol
    type: Annotated[Literal["Spot"], Meta(description="Kind of market")]
    category: Annotated[Literal["CRYPTO"], Meta(description="Kind of what is traded")]
    tradeCurrency: BaseAsset
    baseCurrency: BaseAsset
    quoteCurrency: QuoteAsset
    displayName: Annotated[str, Meta(description="Name of the base asset, for people")]
    active: Annotated[bool, Meta(description="Whether orders are taken")]
    minOrderPrice: Annotated[PriceText, Meta(description="Lowest price of an order, in the quote asset")]
    minPriceIncrement: Annotated[PriceText, Meta(description="Step of prices, in the quote asset")]
    pricePrecision: Annotated[int, Meta(description="Decimals of a price")]
    minOrderSize: Annotated[SizeText, Meta(description="Smallest order, in the base asset")]
    maxOrderSize: Annotated[SizeText, Meta(description="Largest order, in the base asset")]
    minSizeIncrement: Annotated[SizeText, Meta(description="Step of sizes, in the base asset")]
    sizePrecision: Annotated[int, Meta(description="Decimals of a size")]


class Markets(msgspec.Struct):
    """Markets and their rules."""

    symbols: Annotated[list[Market], Meta(description="The markets")]


class RateLimit(msgspec.Struct):
    """How many requests are answered."""

    type: Annotated[Literal["RAW_REQUEST"], Meta(description="What is counted")]
    interval: Annotated[Literal["SECOND"], Meta(description="Unit of the interval")]
    intervalNum: Annotated[int, Meta(description="Length of the interval, in its unit")]
    limit: Annotated[int, Meta(description="Requests in an interval")]


class ExchangeInfo(msgspec.Struct):
    """Markets and their rules, and the rate limits."""

    rateLimits: Annotated[list[RateLimit], Meta(description="The rate limits of the public API")]
    symbols: Annotated[list[Market], Meta(description="The markets")]


class PublicLevel(msgspec.Struct, array_like=True):
    """A price level of a book."""

    price: PriceText
    size: SizeText


class PublicBook(msgspec.Struct):
    """A book. Both sides run from the highest price to the lowest: the best ask is last."""

    timestamp: TimeMs
    bids: Annotated[list[PublicLevel], Meta(description="Bids, best first")]
    asks: Annotated[list[PublicLevel], Meta(description="Asks, best last")]


class PublicTrade(msgspec.Struct):
    """A public trade."""

    id: Serial
    timestamp: TimeMs
    price: PriceText
    size: SizeText
    quoteSize: AmountText
    side: TakerSide


class Kline(msgspec.Struct, array_like=True):
    """A candle, all texts."""

    time: Annotated[str, Meta(description="Start of the candle, Unix time in seconds")]
    open: Annotated[PriceText, Meta(description="First price, in the quote asset")]
    high: Annotated[PriceText, Meta(description="Highest price, in the quote asset")]
    low: Annotated[PriceText, Meta(description="Lowest price, in the quote asset")]
    close: Annotated[PriceText, Meta(description="Last price, in the quote asset")]
    volume: Annotated[AmountText, Meta(description="Traded, in the quote asset")]


class Ticker(msgspec.Struct, kw_only=True):
    """The last 24 hours of a market."""

    symbol: Symbol
    lastPrice: Annotated[PriceText, Meta(description="Price of the last trade, in the quote asset")]
    openPrice: Annotated[PriceText, Meta(description="Price 24 hours ago, in the quote asset")]
    highPrice: Annotated[PriceText, Meta(description="Highest price in 24 hours, in the quote asset")]
    lowPrice: Annotated[PriceText, Meta(description="Lowest price in 24 hours, in the quote asset")]
    amount: Annotated[SizeText, Meta(description="Traded in 24 hours, in the base asset")]
    volume: Annotated[AmountText, Meta(description="Traded in 24 hours, in the quote asset")]
    openTime: Annotated[int, Meta(description="Start of the 24 hours, Unix time in seconds")]
    closeTime: Annotated[int, Meta(description="End of the 24 hours, Unix time in seconds")]
    priceChange: Annotated[PriceText, Meta(description="Change of the price in 24 hours, in the quote asset")]
    priceChangePercent: Annotated[str, Meta(description="The same as a part of the price 24 hours ago: 0.01 is 1 %")]
    prevClosePrice: Annotated[PriceText, Meta(description="Price 24 hours ago, in the quote asset")]
    bidPrice: Annotated[PriceText, Meta(description="Best bid, in the quote asset; 0: none")]
    bidQty: Annotated[SizeText, Meta(description="Quantity at the best bid, in the base asset")]
    askPrice: Annotated[PriceText, Meta(description="Best ask, in the quote asset; 0: none")]
    askQty: Annotated[SizeText, Meta(description="Quantity at the best ask, in the base asset")]


class TickerPrice(msgspec.Struct):
    """The last price of a market."""

    symbol: Symbol
    price: Annotated[PriceText, Meta(description="Price of the last trade, in the quote asset")]
    lastPrice: Annotated[PriceText, Meta(description="The same")]
    time: TimeMs


class TickerIndices(msgspec.Struct):
    """The index price of a market."""

    symbol: Symbol
    indexPrice: Annotated[PriceText, Meta(description="Index price, in the quote asset; 0: none")]
    markPrice: Annotated[Literal["0"], Meta(description="Always 0: this venue has no futures")]


class TickerL1(msgspec.Struct):
    """The best bid and ask of a market."""

    symbol: Symbol
    bidPrice: Annotated[PriceText, Meta(description="Best bid, in the quote asset; 0: none")]
    bidQty: Annotated[SizeText, Meta(description="Quantity at the best bid, in the base asset")]
    askPrice: Annotated[PriceText, Meta(description="Best ask, in the quote asset; 0: none")]
    askQty: Annotated[SizeText, Meta(description="Quantity at the best ask, in the base asset")]
    time: TimeMs
