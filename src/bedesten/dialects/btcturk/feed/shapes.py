"""The feed's models, as structs: each member with its meaning and unit. A frame is an array of a model's number and its body.

Nothing is encoded from these structs: frames are printed by hand (render.py, render_account.py), and every test holds what is
printed to them.
Source: BtcTurk WebSocket Feed 2.4.0, Models; recorded frames of 2020 to 2026. docs/dialects/btcturk-feed.md has every deviation.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.btcturk.numbers import DecimalNumber, DecimalText

Pair = Annotated[str, Meta(description="the pair: BTCTRY")]
DigitsText = Annotated[str, Meta(pattern=r"^[0-9]+$")]
TradeNumber = Annotated[str, Meta(pattern=r"^-?[0-9]+$")]  # below 0: of a demo's past, before its first own trade
Numerator = Annotated[str, Meta(description="the asset that is traded")]
Denominator = Annotated[str, Meta(description="the asset that prices are in")]

# About the connection -----------------------------------------------------------------------------


class Version(Struct):
    """What a connection reads first."""

    type: Annotated[Literal[991], Meta(description="the model's number")]
    current: Annotated[str, Meta(description="version of the protocol")]
    min: Annotated[str, Meta(description="oldest version that is understood")]


class Subscription(Struct):
    """A channel and an event to join or to leave."""

    type: Annotated[Literal[151], Meta(description="the model's number")]
    channel: Annotated[str, Meta(description="ticker, trade, orderbook, obdiff, tradeview or announcement")]
    event: Annotated[str, Meta(description="a pair, all, or a pair and a resolution: BTCTRY_60")]
    join: Annotated[bool, Meta(description="false: leave")] = True


class Result(Struct):
    """The answer to a subscription."""

    type: Annotated[Literal[100], Meta(description="the model's number")]
    ok: Annotated[bool, Meta(description="whether it was granted")]
    message: Annotated[str, Meta(description="join or leave, a bar, the channel, a colon and the event")]
    id: Annotated[Literal[0], Meta(description="where the venue file chooses the documented members")] | UnsetType = (
        UNSET
    )


class Request(Struct):
    """What was sent first on a channel, to be sent once more."""

    type: Annotated[Literal[101], Meta(description="the model's number")]
    code: Annotated[int, Meta(description="number of the model that is wanted")]
    channel: (
        Annotated[str, Meta(description="the channel; without one that which the model is sent on")] | UnsetType
    ) = UNSET
    event: Annotated[str, Meta(description="the event")] | UnsetType = UNSET


class KeyLogin(Struct):
    """A login by API key."""

    type: Annotated[Literal[114], Meta(description="the model's number")]
    publicKey: Annotated[str, Meta(description="the API key")]
    timestamp: Annotated[int, Meta(description="now; Unix time in milliseconds")]
    nonce: Annotated[int, Meta(description="how far the time may be off, in milliseconds")]
    signature: Annotated[str, Meta(description="base64 of the HMAC-SHA256 of key and nonce, by the decoded secret")]


class TokenLogin(Struct):
    """A login by bearer token; without one that of a guest."""

    type: Annotated[Literal[111], Meta(description="the model's number")]
    id: Annotated[int, Meta(description="the account's number; 0: not said")] = 0
    token: Annotated[str, Meta(description="an access token")] = ""


class _LoginResult(Struct):
    id: Annotated[int, Meta(description="the account's number; 0: nobody")]
    ok: Annotated[bool, Meta(description="whether the connection is logged in")]
    message: Annotated[str | None, Meta(description="why not")]


class KeyLoginResult(_LoginResult):
    """The answer to a login by key; sent again with ok false when the key ends."""

    type: Annotated[Literal[114], Meta(description="the model's number")]


class TokenLoginResult(_LoginResult):
    """The answer to a login by token; sent again with ok false when the token ends."""

    type: Annotated[Literal[112], Meta(description="the model's number")]


class Logout(Struct):
    """A wish to log out."""

    type: Annotated[Literal[113], Meta(description="the model's number")]


class LoggedOut(Struct):
    """The last message of a connection that logs out."""

    type: Annotated[Literal[113], Meta(description="the model's number")]
    id: Annotated[int, Meta(description="the account's number")]


# Tickers ------------------------------------------------------------------------------------------


class TickerItem(Struct):
    """The last 24 hours of a pair. A day without a trade has zeros."""

    B: Annotated[DecimalText, Meta(description="best price of a buyer, in the denominator; 0: none")]
    A: Annotated[DecimalText, Meta(description="best price of a seller, in the denominator; 0: none")]
    BA: Annotated[DecimalText, Meta(description="quantity at the best price of buyers, in the numerator")]
    AA: Annotated[DecimalText, Meta(description="quantity at the best price of sellers, in the numerator")]
    PS: Pair
    H: Annotated[DecimalText, Meta(description="highest price, in the denominator")]
    L: Annotated[DecimalText, Meta(description="lowest price, in the denominator")]
    LA: Annotated[DecimalText, Meta(description="price of the last trade, in the denominator")]
    O: Annotated[DecimalText, Meta(description="price 24 hours ago, in the denominator")]  # noqa: E741  (the venue's name)
    V: Annotated[DecimalText, Meta(description="quantity traded, in the numerator")]
    AV: Annotated[DecimalText, Meta(description="average price weighed by quantity, in the denominator")]
    D: Annotated[DecimalText, Meta(description="ask less open, in the denominator")]
    DP: Annotated[DecimalText, Meta(description="last less open, in percent of open")]
    DS: Denominator
    NS: Numerator
    PId: Annotated[int, Meta(description="the pair's number")]
    NPr: Annotated[int, Meta(description="decimals of a quantity")] | UnsetType = UNSET
    DPr: Annotated[int, Meta(description="decimals of a price")] | UnsetType = UNSET
    Ord: Annotated[int, Meta(description="the pair's place in lists: a thousand a place")] | UnsetType = UNSET


class TickerPair(TickerItem, kw_only=True):
    """The ticker of one pair."""

    channel: Annotated[Literal["ticker"], Meta(description="the channel that was joined")]
    event: Pair
    type: Annotated[Literal[402], Meta(description="the model's number")]


class TickerAll(Struct):
    """The tickers of all pairs."""

    items: Annotated[list[TickerItem], Meta(description="in the order of the venue's list")]
    channel: Annotated[Literal["ticker"], Meta(description="the channel that was joined")]
    event: Annotated[Literal["all"], Meta(description="the event that was joined")]
    type: Annotated[Literal[401], Meta(description="the model's number")]


# Trades and candles -------------------------------------------------------------------------------


class TradeItem(Struct):
    """A public trade."""

    D: Annotated[DigitsText, Meta(description="when; Unix time in milliseconds")]
    I: Annotated[TradeNumber, Meta(description="the trade's number; below 0: of a demo's past")]  # noqa: E741  (the venue's name)
    A: Annotated[DecimalText, Meta(description="quantity, in the numerator, with ten decimals")]
    P: Annotated[DecimalText, Meta(description="price, in the denominator, with ten decimals")]
    S: Annotated[Literal[0, 1], Meta(description="side of the order that came, the taker's. 0: buy; 1: sell")]


class TradeList(Struct):
    """The last trades of a pair."""

    symbol: Pair
    items: Annotated[list[TradeItem], Meta(description="newest first, fifty at most")]
    channel: Annotated[Literal["trade"], Meta(description="the channel that was joined")]
    event: Pair
    type: Annotated[Literal[421], Meta(description="the model's number")]


class TradeSingle(TradeItem):
    """A trade that has happened."""

    PS: Pair
    channel: Annotated[Literal["trade"], Meta(description="the channel that was joined")]
    event: Pair
    type: Annotated[Literal[422], Meta(description="the model's number")]


class TradingView(Struct):
    """The candle that runs, or one that has ended."""

    D: Annotated[int, Meta(description="when it began; Unix time in seconds")]
    P: Pair
    R: Annotated[int, Meta(description="its length, in minutes")]
    O: Annotated[DecimalText, Meta(description="first price, in the denominator")]  # noqa: E741  (the venue's name)
    H: Annotated[DecimalText, Meta(description="highest price, in the denominator")]
    L: Annotated[DecimalText, Meta(description="lowest price, in the denominator")]
    C: Annotated[DecimalText, Meta(description="last price, in the denominator")]
    V: Annotated[DecimalText, Meta(description="quantity traded, in the numerator")]
    channel: Annotated[Literal["tradeview"], Meta(description="the channel that was joined")]
    event: Annotated[str, Meta(description="the pair and the resolution: BTCTRY_60")]
    type: Annotated[Literal[428], Meta(description="the model's number")]


# The book -----------------------------------------------------------------------------------------


class BookLevel(Struct):
    """A level of the book."""

    A: Annotated[DecimalText, Meta(description="quantity, in the numerator")]
    P: Annotated[DecimalText, Meta(description="price, in the denominator")]


class BookChange(Struct):
    """What happened to a level of the book."""

    CP: Annotated[Literal[0, 1, 3], Meta(description="0: its quantity changed; 1: it is new; 3: it is gone")]
    P: Annotated[DecimalText, Meta(description="price, in the denominator")]
    A: Annotated[DecimalText, Meta(description="quantity, in the numerator; of a level that is gone its last")]


class BookFull(Struct):
    """The best hundred levels of both sides."""

    CS: Annotated[int, Meta(description="number of the change that it holds; the next difference has one more")]
    PS: Pair
    AO: Annotated[list[BookLevel], Meta(description="levels that sell, lowest price first")]
    BO: Annotated[list[BookLevel], Meta(description="levels that buy, highest price first")]
    channel: Annotated[Literal["orderbook", "obdiff"], Meta(description="the channel that was joined")]
    event: Pair
    type: Annotated[Literal[431], Meta(description="the model's number")]


class BookDifference(Struct):
    """What changed in a book since the change before."""

    CS: Annotated[int, Meta(description="number of this change: one more than of the one before")]
    PS: Pair
    AO: Annotated[list[BookChange], Meta(description="changes of levels that sell")]
    BO: Annotated[list[BookChange], Meta(description="changes of levels that buy")]
    channel: Annotated[Literal["obdiff"], Meta(description="the channel that was joined")]
    event: Pair
    type: Annotated[Literal[432], Meta(description="the model's number")]


# An account ---------------------------------------------------------------------------------------


class BalanceUpdated(Struct):
    """That balances of the account have changed: they are to be looked up."""

    type: Annotated[Literal[201], Meta(description="the model's number")]
    userId: Annotated[int, Meta(description="the account's number")]
    payload: Annotated[
        str,
        Meta(
            description="numbers of the pair, its numerator and its denominator; 0: none",
            pattern=r"^[0-9]+,[0-9]+,[0-9]+$",
        ),
    ]


class UserTrade(Struct):
    """An own trade."""

    type: Annotated[Literal[423], Meta(description="the model's number")]
    id: Annotated[int, Meta(description="the trade's number")]
    orderId: Annotated[int, Meta(description="the order's number")]
    timestamp: Annotated[int, Meta(description="when; Unix time in milliseconds")]
    numeratorSymbol: Numerator
    denominatorSymbol: Denominator
    amount: Annotated[DecimalText, Meta(description="quantity, in the numerator; of a sell negative")]
    fee: Annotated[DecimalText, Meta(description="fee, negative, in the asset that it was taken in")]
    tax: Annotated[DecimalText, Meta(description="tax on the fee, negative, in the asset that it was taken in")]
    price: Annotated[DecimalText, Meta(description="price, in the denominator")]
    orderType: Annotated[Literal["buy", "sell"], Meta(description="side of the order")]
    orderClientId: Annotated[str, Meta(description="what the client called the order")]
    preciseAmount: Annotated[DecimalNumber, Meta(description="amount as a number")]


class UserOrderMatch(Struct):
    """A match of an own order; with its sums where the venue file chooses the documented members."""

    type: Annotated[Literal[441], Meta(description="the model's number")]
    id: Annotated[int, Meta(description="the order's number")]
    user: Annotated[int, Meta(description="the account's number")]
    isBid: Annotated[bool, Meta(description="whether the order buys")]
    method: Annotated[Literal[0, 1, 2, 3], Meta(description="0: limit; 1: market; 2: stoplimit; 3: stopmarket")]
    pair: Annotated[int, Meta(description="the pair's number")]
    symbol: Pair
    amount: Annotated[DecimalText, Meta(description="quantity of the match, in the numerator, with ten decimals")]
    price: Annotated[DecimalText, Meta(description="price of the match, in the denominator, with ten decimals")]
    clientId: Annotated[str, Meta(description="what the client called the order")]
    timestamp: Annotated[DigitsText, Meta(description="when; Unix time in milliseconds")]
    numTotal: Annotated[DecimalText, Meta(description="quantity of the order, in the numerator")] | UnsetType = UNSET
    numLeft: Annotated[DecimalText, Meta(description="what is not traded, in the numerator")] | UnsetType = UNSET
    denomTotal: Annotated[DecimalText, Meta(description="worth of the order, in the denominator")] | UnsetType = UNSET
    denomLeft: Annotated[DecimalText, Meta(description="what is not spent, in the denominator")] | UnsetType = UNSET


class OrderRow(Struct):
    """An own order: inserted (451), deleted (452) or updated (453)."""

    type: Annotated[Literal[451, 452, 453], Meta(description="the model's number")]
    pairId: Annotated[int, Meta(description="the pair's number")]
    symbol: Pair
    id: Annotated[int, Meta(description="the order's number")]
    method: Annotated[Literal[0, 1, 2, 3], Meta(description="0: limit; 1: market; 2: stoplimit; 3: stopmarket")]
    userId: Annotated[int, Meta(description="the account's number")]
    orderType: Annotated[Literal[0, 1], Meta(description="0: buys; 1: sells")]
    price: Annotated[DecimalText, Meta(description="limit, in the denominator; 0: at the market")]
    amount: Annotated[DecimalText, Meta(description="quantity, in the numerator")]
    numLeft: Annotated[DecimalText, Meta(description="what is not traded, in the numerator")]
    denomLeft: Annotated[
        DecimalText, Meta(description="what is to be paid or had for that, in the denominator, fee included")
    ]
    newOrderClientId: Annotated[str | None, Meta(description="what the client called the order")]


# What an operator changed -------------------------------------------------------------------------


class AnnouncementItem(Struct):
    """A change of the venue's rules."""

    time: Annotated[DigitsText, Meta(description="when; Unix time in milliseconds")]
    key: Annotated[str, Meta(description="what was changed: instruments.BTC-TRY.state")]
    before: Annotated[str, Meta(description="as it was; empty: it was not there")]
    after: Annotated[str, Meta(description="as it is; empty: it is not there any more")]


class Announcements(Struct):
    """Changes of the venue's rules."""

    channel: Annotated[Literal["announcement"], Meta(description="the channel that was joined")]
    event: Annotated[Literal["all"], Meta(description="the event that was joined")]
    type: Annotated[Literal[901], Meta(description="the model's number")]
    items: Annotated[list[AnnouncementItem], Meta(description="newest first")]
