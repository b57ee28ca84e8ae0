"""What the shapes of all of BTSE's APIs are made of: numbers of requests, fields that many answers share, and refusals.

Numbers of requests are kept as the text that was sent (msgspec.Raw): clients send JSON numbers, in scientific notation too, or
strings. Fields that the venue ignores (reduceOnly, slide, includeOld, …) are not named: unknown fields are skipped.
"""

from __future__ import annotations

from typing import Annotated, Final, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from bedesten.dialects.bodies import ANY_STATUS, NO_BODY, Errors, OneOf

T = TypeVar("T")

Number = Annotated[
    msgspec.Raw,
    Meta(description="A JSON number, or a string holding one.", extra_json_schema={"type": ["number", "string"]}),
]


class Body(msgspec.Struct, kw_only=True):
    """A JSON object."""


class SymbolQuery(Body):
    """A symbol, or every one."""

    symbol: str | None = None


# ── fields of answers ──

Symbol = Annotated[str, Meta(description="Name of the market: base and quote with a dash, BTC-USD")]
Asset = Annotated[str, Meta(description="Code of the asset: BTC")]
BaseAsset = Annotated[str, Meta(description="Code of the base asset")]
QuoteAsset = Annotated[str, Meta(description="Code of the quote asset")]
Side = Annotated[Literal["BUY", "SELL"], Meta(description="Side of the order")]
TakerSide = Annotated[Literal["BUY", "SELL"], Meta(description="Side of the taker")]
TimeMs = Annotated[int, Meta(description="Unix time, milliseconds")]
TimeS = Annotated[int, Meta(description="Unix time, seconds")]
OrderId = Annotated[str, Meta(description="The venue's id of the order, a UUID")]
ClientId = Annotated[str, Meta(description="The client's own id of the order; empty: none")]
ClientIdOrNull = Annotated[str | None, Meta(description="The client's own id of the order; null: none")]
TradeId = Annotated[str, Meta(description="The venue's id of the trade, a UUID")]
Serial = Annotated[int, Meta(description="Serial number of the trade: a later one is larger")]
Price = Annotated[float, Meta(description="Price of one of the base asset, in the quote asset")]
Size = Annotated[float, Meta(description="Quantity, in the base asset")]
Amount = Annotated[float, Meta(description="Amount, in the quote asset")]
PriceText = Annotated[str, Meta(description="Price of one of the base asset, in the quote asset")]
SizeText = Annotated[str, Meta(description="Quantity, in the base asset")]
AmountText = Annotated[str, Meta(description="Amount, in the quote asset")]
Nothing = Annotated[None, Meta(description="Always null: the venue documents the field and this one has no use for it")]
Zero = Annotated[Literal[0], Meta(description="Always 0: a field of futures, which this venue has none of")]
False_ = Annotated[Literal[False], Meta(description="Always false: a field of futures, which this venue has none of")]


class Success(msgspec.Struct, Generic[T]):
    """An answer of the public API, v4's trade history and part of the wallet."""

    data: Annotated[T, Meta(description="The answer itself")]
    code: Annotated[Literal[1], Meta(description="1: done")]
    msg: Annotated[Literal["Success"], Meta(description="In words")]
    success: Annotated[Literal[True], Meta(description="Whether it was done")]
    time: TimeMs


# ── refusals ──

Code = Annotated[int, Meta(description="The venue's number for the reason")]
Reason = Annotated[str, Meta(description="The reason in words")]
Values = Annotated[
    list[str] | None, Meta(description="What the sentence speaks of, one by one; null or empty: nothing")
]


class Refusal(msgspec.Struct):
    """Why a request is refused."""

    code: Code
    msg: Reason
    time: TimeMs
    data: Values
    success: Annotated[Literal[False], Meta(description="Whether it was done")]


class QueryRefusal(msgspec.Struct):
    """Why a query of spot v3 is refused."""

    status: Annotated[int, Meta(description="The HTTP status")]
    errorCode: Code
    message: Reason
    extraData: Values


class PlainRefusal(msgspec.Struct):
    """Why the OTC API refuses, and spot v3 a body that it cannot read."""

    errorCode: Code
    message: Reason
    status: Annotated[int, Meta(description="The HTTP status; of the OTC API, the code once more")]


#: By HTTP status. Whatever is not named here has the first of them.
REFUSALS: Final[Errors] = {404: NO_BODY, 405: NO_BODY, ANY_STATUS: Refusal}
QUERY_REFUSALS: Final[Errors] = {400: OneOf(QueryRefusal, Refusal, PlainRefusal), 415: QueryRefusal, 429: QueryRefusal}
ORDER_REFUSALS: Final[Errors] = {400: OneOf(Refusal, PlainRefusal)}
OTC_REFUSALS: Final[Errors] = {400: PlainRefusal, 413: Refusal, 415: PlainRefusal, 429: PlainRefusal}
MARKET_REFUSALS: Final[Errors] = {400: OneOf(Refusal, NO_BODY)}
