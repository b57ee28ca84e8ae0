"""What is answered about the market, as structs: each member with its meaning and unit. Nothing is encoded from them; every test
holds what is printed to them.

Source: BtcTurk API documents, Public Endpoints; recorded answers. Times are Unix times in milliseconds unless a member says more.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.btcturk.numbers import DecimalNumber, DecimalText


class ServerTime(Struct):
    """The venue's clock."""

    serverTime: Annotated[int, Meta(description="now; Unix time in milliseconds")]
    serverTime2: Annotated[str, Meta(description="the same in ISO 8601, UTC, with seven decimals of a second")]


class Pong(Struct):
    """A sign of life."""

    pong: Annotated[bool, Meta(description="always true")]


class Version(Struct):
    """The program's version."""

    version: Annotated[str, Meta(description="of Bedesten")]


# Tickers, trades, books, days ---------------------------------------------------------------------


class Ticker(Struct):
    """The last 24 hours of a pair. A day without a trade has zeros."""

    pair: Annotated[str, Meta(description="the pair: BTCTRY")]
    pairNormalized: Annotated[str, Meta(description="the same with its assets apart: BTC_TRY")]
    timestamp: Annotated[int, Meta(description="when this was true; Unix time in milliseconds")]
    last: Annotated[DecimalNumber, Meta(description="price of the last trade, in the denominator")]
    high: Annotated[DecimalNumber, Meta(description="highest price, in the denominator")]
    low: Annotated[DecimalNumber, Meta(description="lowest price, in the denominator")]
    bid: Annotated[DecimalNumber, Meta(description="best price of a buyer, in the denominator; 0: none")]
    ask: Annotated[DecimalNumber, Meta(description="best price of a seller, in the denominator; 0: none")]
    open: Annotated[DecimalNumber, Meta(description="price 24 hours ago, in the denominator")]
    volume: Annotated[DecimalNumber, Meta(description="quantity traded, in the numerator")]
    average: Annotated[DecimalNumber, Meta(description="average price weighed by quantity, in the denominator")]
    daily: Annotated[DecimalNumber, Meta(description="ask less open, in the denominator")]
    dailyPercent: Annotated[DecimalNumber, Meta(description="last less open, in percent of open")]
    denominatorSymbol: Annotated[str, Meta(description="the asset that prices are in")]
    numeratorSymbol: Annotated[str, Meta(description="the asset that is traded")]
    order: Annotated[int, Meta(description="the pair's place in lists: a thousand a place")]


class Trade(Struct):
    """A public trade."""

    pair: Annotated[str, Meta(description="the pair: BTCTRY")]
    pairNormalized: Annotated[str, Meta(description="the same with its assets apart: BTC_TRY")]
    numerator: Annotated[str, Meta(description="the asset that was traded")]
    denominator: Annotated[str, Meta(description="the asset that it was paid in")]
    date: Annotated[int, Meta(description="when; Unix time in milliseconds")]
    tid: Annotated[str, Meta(description="the trade's number")]
    price: Annotated[DecimalText, Meta(description="price, in the denominator")]
    amount: Annotated[DecimalText, Meta(description="quantity, in the numerator")]
    side: Annotated[Literal["buy", "sell"], Meta(description="side of the order that rested: the maker's")]


#: A level of a book.
Level = tuple[
    Annotated[DecimalText, Meta(description="price, in the denominator")],
    Annotated[DecimalText, Meta(description="quantity, in the numerator, with eight decimals")],
]
Bids = Annotated[list[Level], Meta(description="levels that buy, highest price first")]
Asks = Annotated[list[Level], Meta(description="levels that sell, lowest price first")]


class Book(Struct):
    """The best levels of both sides."""

    timestamp: Annotated[DecimalNumber, Meta(description="when it stood so; Unix time in milliseconds, a double")]
    bids: Bids
    asks: Asks


class DocumentedBook(Struct):
    """The best levels of both sides, by the documents of 2020."""

    timestamp: Annotated[int, Meta(description="when it stood so; Unix time in milliseconds")]
    bids: Bids
    asks: Asks


class BookAnswer(Struct):
    """The envelope of the book: its code is a word."""

    data: Book
    success: Annotated[bool, Meta(description="true")]
    message: Annotated[None, Meta(description="nothing to say")]
    code: Annotated[Literal["SUCCESS"], Meta(description="a word, of this endpoint alone")]


class OldDay(Struct):
    """A day of a pair; numbers are texts."""

    pairSymbol: Annotated[str, Meta(description="the pair: BTCTRY")]
    pairSymbolNormalized: Annotated[str, Meta(description="the same with its assets apart: BTC_TRY")]
    time: Annotated[int, Meta(description="when the day began, at 00:00 UTC; Unix time in milliseconds")]
    open: Annotated[DecimalText, Meta(description="first price, in the denominator")]
    high: Annotated[DecimalText, Meta(description="highest price, in the denominator")]
    low: Annotated[DecimalText, Meta(description="lowest price, in the denominator")]
    close: Annotated[DecimalText, Meta(description="last price, in the denominator")]
    volume: Annotated[DecimalText, Meta(description="quantity traded, in the numerator")]
    average: Annotated[DecimalText, Meta(description="average price weighed by quantity, in the denominator")]
    dailyChangeAmount: Annotated[DecimalText, Meta(description="close less open, in the denominator")]
    dailyChangePercentage: Annotated[DecimalText, Meta(description="the same in percent of open")]


class LeastValue(Struct):
    """The least an order on a pair is worth."""

    numerator: Annotated[str, Meta(description="the asset that is traded")]
    denominator: Annotated[str, Meta(description="the asset that prices are in")]
    minExchangeValue: Annotated[DecimalNumber, Meta(description="least price times quantity, in the denominator")]


# What is listed -----------------------------------------------------------------------------------


class PriceFilter(Struct):
    """What a price must keep to."""

    filterType: Annotated[Literal["PRICE_FILTER"], Meta(description="what is filtered")]
    minPrice: Annotated[DecimalText, Meta(description="least price, in the denominator")]
    maxPrice: Annotated[DecimalText, Meta(description="greatest price, in the denominator")]
    tickSize: Annotated[DecimalText, Meta(description="smallest step of a price, in the denominator")]
    minExchangeValue: Annotated[DecimalText, Meta(description="least price times quantity, in the denominator")]
    minAmount: Annotated[None, Meta(description="no bound of a quantity of its own")]
    maxAmount: Annotated[None, Meta(description="no bound of a quantity of its own")]


class Symbol(Struct):
    """A pair and its rules."""

    id: Annotated[int, Meta(description="the pair's number")]
    name: Annotated[str, Meta(description="the pair: BTCTRY")]
    nameNormalized: Annotated[str, Meta(description="the same with its assets apart: BTC_TRY")]
    status: Annotated[Literal["TRADING", "HALTED"], Meta(description="whether orders are taken")]
    numerator: Annotated[str, Meta(description="the asset that is traded")]
    denominator: Annotated[str, Meta(description="the asset that prices are in")]
    numeratorScale: Annotated[int, Meta(description="decimals of a quantity")]
    denominatorScale: Annotated[int, Meta(description="decimals of a price")]
    hasFraction: Annotated[bool, Meta(description="whether prices have decimals")]
    filters: Annotated[list[PriceFilter], Meta(description="one: of the price")]
    orderMethods: Annotated[
        list[Literal["MARKET", "LIMIT", "STOP_MARKET", "STOP_LIMIT"]], Meta(description="methods of an order")
    ]
    displayFormat: Annotated[str, Meta(description="how a price is shown to people: #,##0.00")]
    commissionFromNumerator: Annotated[bool, Meta(description="whether a buyer pays the fee of what is bought")]
    order: Annotated[int, Meta(description="the pair's place in lists: a thousand a place")]
    priceRounding: Annotated[bool, Meta(description="always false: a price with too many decimals is refused")]
    isNew: Annotated[bool, Meta(description="always false")]
    marketPriceWarningThresholdPercentage: Annotated[
        DecimalNumber, Meta(description="from which deviation of the market's price a program warns, as a share of 1")
    ]
    maximumOrderAmount: Annotated[None, Meta(description="no bound")]
    maximumLimitOrderPrice: Annotated[DecimalNumber, Meta(description="greatest limit now, in the denominator")]
    minimumLimitOrderPrice: Annotated[DecimalNumber, Meta(description="least limit now, in the denominator")]


class AddressRule(Struct):
    """How long an address is."""

    minLen: Annotated[int | None, Meta(description="characters at least; null: there are no addresses")]
    maxLen: Annotated[int | None, Meta(description="characters at most; null: there are no addresses")]


class TagRule(Struct):
    """What goes with an address."""

    enable: Annotated[bool, Meta(description="whether addresses have one")]
    name: Annotated[str | None, Meta(description="what it is called: Memo")]
    minLen: Annotated[int | None, Meta(description="characters at least")]
    maxLen: Annotated[int | None, Meta(description="characters at most")]


class Currency(Struct):
    """A currency and its rules."""

    id: Annotated[int, Meta(description="the currency's number")]
    symbol: Annotated[str, Meta(description="its code: BTC")]
    minWithdrawal: Annotated[DecimalNumber, Meta(description="least withdrawal, in this currency")]
    minDeposit: Annotated[DecimalNumber, Meta(description="least deposit, in this currency")]
    precision: Annotated[int, Meta(description="decimals of an amount")]
    address: AddressRule
    currencyType: Annotated[Literal["FIAT", "CRYPTO"], Meta(description="whether banks or networks carry it")]
    tag: TagRule
    color: Annotated[str, Meta(description="for pages: #rrggbb", pattern=r"^#[0-9a-f]{6}$")]
    name: Annotated[str, Meta(description="its name for people")]
    isAddressRenewable: Annotated[bool, Meta(description="always false")]
    getAutoAddressDisabled: Annotated[bool, Meta(description="always false")]
    isPartialWithdrawalEnabled: Annotated[bool, Meta(description="always false")]
    isNew: Annotated[bool, Meta(description="always false")]


class OperationBlock(Struct):
    """What cannot be done with a currency."""

    currencySymbol: Annotated[str, Meta(description="its code, here written Btc")]
    withdrawalDisabled: Annotated[bool, Meta(description="whether this API takes no withdrawal of it")]
    depositDisabled: Annotated[bool, Meta(description="whether no network carries it")]


class Listed(Struct):
    """Everything that is listed."""

    timeZone: Annotated[Literal["UTC"], Meta(description="of every time")]
    serverTime: Annotated[int, Meta(description="now; Unix time in milliseconds")]
    symbols: Annotated[list[Symbol], Meta(description="pairs, in the order of the venue's list")]
    currencies: Annotated[list[Currency], Meta(description="currencies, in the order of the venue file")]
    currencyOperationBlocks: Annotated[list[OperationBlock], Meta(description="one for each currency")]


class ListedAnswer(Struct):
    """The envelope of what is listed: with a message that is empty, and a member more."""

    data: Listed
    success: Annotated[bool, Meta(description="true")]
    message: Annotated[Literal[""] | None, Meta(description='""; null where the venue file chooses the plain envelope')]
    code: Annotated[Literal[0], Meta(description="no refusal")]
    extensions: Annotated[None, Meta(description="always null")] | UnsetType = UNSET
