"""What is answered about an account, as structs: each member with its meaning and unit. Nothing is encoded from them; every test
holds what is printed to them.

Signs: a sell's amount, every fee and every tax are negative, and so is the amount of a withdrawal.
Source: BtcTurk API documents, Private Endpoints; Swagger v1 and v2; recorded answers.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.btcturk.numbers import DecimalNumber, DecimalText

Side = Annotated[Literal["buy", "sell"], Meta(description="side of the order")]
Method = Annotated[
    Literal["limit", "market", "stoplimit", "stopmarket"],
    Meta(description="how the order is priced and whether it waits"),
]
ClientId = Annotated[str, Meta(description="what the client called the order, or what the venue made up for it")]
Pair = Annotated[str, Meta(description="the pair: BTCTRY")]
PairNormalized = Annotated[str, Meta(description="the same with its assets apart: BTC_TRY")]
Numerator = Annotated[str, Meta(description="the asset that is traded")]
Denominator = Annotated[str, Meta(description="the asset that prices are in")]
Milliseconds = Annotated[int, Meta(description="when; Unix time in milliseconds")]


# Orders -------------------------------------------------------------------------------------------


class Order(Struct):
    """An order, open or ended."""

    id: Annotated[int, Meta(description="the order's number")]
    price: Annotated[
        DecimalText, Meta(description="limit; of a market order the average of its trades, in the denominator")
    ]
    amount: Annotated[
        DecimalText, Meta(description="quantity, in the numerator; of a buy at the market what it bought")
    ]
    quantity: Annotated[DecimalText, Meta(description="the same; of a buy at the market what is left of its budget")]
    stopPrice: Annotated[DecimalText, Meta(description="price at which it begins, in the denominator; 0.00: at once")]
    pairSymbol: Pair
    pairSymbolNormalized: PairNormalized
    type: Side
    method: Method
    orderClientId: ClientId
    time: Annotated[int, Meta(description="when it was placed; Unix time in milliseconds")]
    updateTime: Annotated[int, Meta(description="when it changed last; Unix time in milliseconds")]
    status: Annotated[Literal["Untouched", "Partial", "Closed", "Canceled"], Meta(description="how far it is")]
    leftAmount: Annotated[
        DecimalText, Meta(description="what is not traded, in the numerator; of a budget in the denominator")
    ]


class OpenOrders(Struct):
    """Open orders, by side, oldest first."""

    asks: Annotated[list[Order], Meta(description="those that sell")]
    bids: Annotated[list[Order], Meta(description="those that buy")]


class PlacedOrder(Struct):
    """An order that was accepted, as it was asked for."""

    id: Annotated[int, Meta(description="the order's number")]
    quantity: Annotated[
        DecimalText, Meta(description="quantity, in the numerator; of a buy at the market in the denominator")
    ]
    price: Annotated[DecimalText, Meta(description="limit, in the denominator; 0: at the market")]
    stopPrice: Annotated[
        DecimalText | None, Meta(description="price at which it begins, in the denominator; 0 or null: at once")
    ]
    newOrderClientId: ClientId
    type: Side
    method: Method
    pairSymbol: Pair
    pairSymbolNormalized: PairNormalized
    datetime: Annotated[int, Meta(description="when it was placed; Unix time in milliseconds")]


class PlacedAnswer(Struct):
    """The envelope of an order that was accepted."""

    httpStatusCode: Annotated[Literal[200], Meta(description="the answer's status again")]
    data: PlacedOrder
    success: Annotated[bool, Meta(description="true")]
    message: Annotated[Literal["SUCCESS"], Meta(description="that it was done")]
    code: Annotated[Literal[0], Meta(description="no refusal")]


# Own trades ---------------------------------------------------------------------------------------


class OwnTrade(Struct):
    """An own trade."""

    price: Annotated[DecimalText, Meta(description="price, in the denominator")]
    numeratorSymbol: Numerator
    denominatorSymbol: Denominator
    orderType: Side
    orderId: Annotated[int, Meta(description="the order's number")]
    id: Annotated[int, Meta(description="the trade's number")]
    timestamp: Milliseconds
    amount: Annotated[DecimalText, Meta(description="quantity, in the numerator; of a sell negative")]
    fee: Annotated[DecimalText, Meta(description="fee, negative, in the asset that it was taken in")]
    tax: Annotated[DecimalText, Meta(description="tax on the fee, negative, in the asset that it was taken in")]
    orderClientId: ClientId
    preciseAmount: Annotated[DecimalNumber, Meta(description="amount with sixteen decimals")]


class EarlyOwnTrade(Struct):
    """An own trade, by the documents of 2020."""

    price: Annotated[DecimalNumber, Meta(description="price, in the denominator")]
    numeratorSymbol: Numerator
    denominatorSymbol: Denominator
    orderType: Side
    id: Annotated[int, Meta(description="the trade's number")]
    timestamp: Milliseconds
    amount: Annotated[DecimalNumber, Meta(description="quantity, in the numerator; of a sell negative")]
    fee: Annotated[DecimalNumber, Meta(description="fee, negative, in the asset that it was taken in")]
    tax: Annotated[DecimalNumber, Meta(description="tax on the fee, negative, in the asset that it was taken in")]


class ShortOwnTrade(Struct):
    """An own trade of one order, or of one pair."""

    price: Annotated[DecimalText, Meta(description="price, in the denominator")]
    amount: Annotated[DecimalText, Meta(description="quantity, in the numerator")]
    orderType: Annotated[Literal[0, 1], Meta(description="0: bought; 1: sold")]
    time: Milliseconds


# Money --------------------------------------------------------------------------------------------


class OwnBalance(Struct):
    """What an account has of a currency."""

    asset: Annotated[str, Meta(description="the currency's code")]
    assetname: Annotated[str, Meta(description="its name for people")]
    balance: Annotated[DecimalText, Meta(description="all of it: locked and free")]
    locked: Annotated[DecimalText, Meta(description="held for orders and requests")]
    free: Annotated[DecimalText, Meta(description="what can be spent")]
    orderFund: Annotated[DecimalText, Meta(description="held for orders")]
    requestFund: Annotated[DecimalText, Meta(description="held for withdrawals that were asked for")]
    precision: Annotated[int, Meta(description="decimals of an amount")]
    timestamp: Annotated[int, Meta(description="when it stood so; Unix time in milliseconds")]


class FiatTransaction(Struct):
    """What came or left by bank, or another way than by network."""

    balanceType: Annotated[Literal["deposit", "withdrawal"], Meta(description="whether it came or left")]
    currencySymbol: Annotated[str, Meta(description="the currency's code")]
    id: Annotated[int, Meta(description="its number")]
    timestamp: Milliseconds
    funds: Annotated[DecimalNumber | None, Meta(description="what the account had afterwards; null: not known")]
    amount: Annotated[DecimalNumber, Meta(description="how much, in the currency; of a withdrawal negative")]
    fee: Annotated[DecimalNumber, Meta(description="always 0: it is in the amount")]
    tax: Annotated[DecimalNumber, Meta(description="always 0")]
    isConfirmed: Annotated[bool, Meta(description="false: asked for, and not sent")] | UnsetType = UNSET


class CryptoTransaction(Struct):
    """What came or left of a crypto currency."""

    balanceType: Annotated[Literal["deposit", "withdrawal"], Meta(description="whether it came or left")]
    currencySymbol: Annotated[str, Meta(description="the currency's code")]
    id: Annotated[int, Meta(description="its number")]
    timestamp: Milliseconds
    funds: Annotated[DecimalNumber | None, Meta(description="what the account had afterwards; null: not known")]
    amount: Annotated[DecimalNumber, Meta(description="how much, in the currency; of a withdrawal negative")]
    fee: Annotated[DecimalNumber, Meta(description="always 0: it is in the amount")]
    tax: Annotated[DecimalNumber, Meta(description="always 0")]
    address: Annotated[str | None, Meta(description="where it went or came in; null: not by a network")]
    tag: Annotated[str | None, Meta(description="what went with the address")]
    txHash: Annotated[str | None, Meta(description="the network's name for it")]
    confirmationCount: Annotated[int, Meta(description="blocks on top of a deposit's; of a withdrawal 0")]
    isConfirmed: Annotated[bool, Meta(description="whether it is done; false: asked for, and not sent")]
    preciseAmount: Annotated[DecimalNumber, Meta(description="amount with sixteen decimals")]


class AskedWithdrawal(Struct):
    """A withdrawal that was asked for."""

    id: Annotated[int, Meta(description="the request's number, by which it is taken back")]
    asset: Annotated[str, Meta(description="the currency's code")]
    amount: Annotated[DecimalText, Meta(description="how much leaves the account, fee included, in the currency")]
    address: Annotated[str, Meta(description="where it goes")]
    addressTag: Annotated[str | None, Meta(description="what goes with the address")]
    status: Annotated[Literal["Pending"], Meta(description="asked for, and not sent")]
    timestamp: Annotated[int, Meta(description="when it was asked for; Unix time in milliseconds")]


class FeeRate(Struct):
    """What trading costs on a pair by a method."""

    pairId: Annotated[int, Meta(description="the pair's number")]
    pairSymbol: Pair
    orderMethod: Annotated[Literal[0, 1, 2, 3], Meta(description="0: limit; 1: market; 2: stoplimit; 3: stopmarket")]
    makerFeePercentage: Annotated[DecimalNumber, Meta(description="for who rested, in percent of what changes hands")]
    takerFeePercentage: Annotated[DecimalNumber, Meta(description="for who came, in percent of what changes hands")]
    taxPercentage: Annotated[DecimalNumber, Meta(description="on top, in percent of the fee")]
    hasActiveCoupon: Annotated[bool, Meta(description="always false")]


# Tokens -------------------------------------------------------------------------------------------


class Tokens(Struct):
    """Bearer tokens (RFC 6749)."""

    access_token: Annotated[str, Meta(description="for the header: Authorization: Bearer …")]
    expires_in: Annotated[int, Meta(description="how long it holds, in seconds")]
    token_type: Annotated[Literal["Bearer"], Meta(description="how it is sent")]
    refresh_token: Annotated[str, Meta(description="by which the next tokens are had")]


class RefreshedTokens(Struct):
    """Bearer tokens for a token."""

    token: Annotated[str, Meta(description="the access token, by its older name")]
    access_token: Annotated[str, Meta(description="for the header: Authorization: Bearer …")]
    expires_in: Annotated[int, Meta(description="how long it holds, in seconds")]
    token_type: Annotated[Literal["Bearer"], Meta(description="how it is sent")]
    refresh_token: Annotated[str, Meta(description="by which the next tokens are had")]


class Discovery(Struct):
    """Where tokens are had (OpenID Connect Discovery)."""

    issuer: Annotated[str, Meta(description="this server's address")]
    token_endpoint: Annotated[str, Meta(description="address of the token endpoint")]
    grant_types_supported: Annotated[list[str], Meta(description="ways to get a token")]
    token_endpoint_auth_methods_supported: Annotated[list[str], Meta(description="ways to show key and secret")]
    response_types_supported: Annotated[list[str], Meta(description="what is given")]
    subject_types_supported: Annotated[list[str], Meta(description="that all clients see the same account number")]
    id_token_signing_alg_values_supported: Annotated[list[str], Meta(description="by what a token is signed")]
