"""Errors: every refusal with the venue's code and words, in the venue's shapes.

    {"httpStatusCode":400,"data":null,"success":false,"message":"FAILED_…","code":1122}   placing an order
    {"success":false,"message":"…","code":1152}                                           everything else
    {"error":"invalid_client","error_description":"…"}                                    the token endpoint (RFC 6749)

Source: BtcTurk API documents, Error Handling and Recent Changes (the table of May 2024); Swagger v1, the enum of return codes;
recorded answers in the issues of BTCTrader/broker-api-docs. Which of the numbers are guesses stands in docs/dialects/btcturk.md.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedesten.dialects.bodies import ANY_STATUS, NO_BODY, Errors, OneOf
from bedesten.dialects.contract import JSON_ONLY, Endpoint, Reply, Request
from bedesten.dialects.refusals import (
    BodyTooLarge,
    Forbidden,
    Malformed,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    Refusal,
    Replayed,
    Unauthenticated,
    Unavailable,
    UnfitText,
)
from bedesten.domain.enums import RejectReason, Side
from bedesten.services.listings import Breach

_SECOND_NS: Final = 1_000_000_000
EARLY_CODE: Final = "1037"  # of a 401 until 2020; success was true beside it
TOKENS_AT: Final = "/connect/token"
ORDER_PATHS: Final = frozenset({"/api/v1/order", "/api/v2/order"})


class Code(enum.IntEnum):
    """The venue's codes; a member's name is the message on the wire."""

    PAIR_NOT_FOUND_ERROR = 1027
    INVALID_REQUEST_ERROR = 1037  # of the order book alone
    INVALID_REQUEST = 1038  # its message is free text
    ORDER_COULD_NOT_BE_CANCELED = 1051
    NO_ORDER_MATCHES_YOUR_REQUEST = 1052
    BALANCE_NOT_ENOUGH = 1055
    FAILED_MARKET_ORDER = 1118
    FAILED_LIMIT_ORDER = 1120
    FAILED_ORDER_PARAMETER = 1121
    FAILED_ORDER_WITH_OPEN_ORDERS = 1122
    FAILED_MIN_TOTAL_AMOUNT = 1123
    FAILED_STOP_PRICE_GREATER_THAN_BEST_ASK = 1124
    FAILED_STOP_PRICE_LESS_THAN_BEST_BID = 1125
    FAILED_INVALID_PRICE_SCALE = 1126
    FAILED_INVALID_QUANTITY_SCALE = 1127
    FAILED_INVALID_STOP_PRICE_SCALE = 1128
    ORDER_METHOD_NOT_SUPPORTED = 1134
    ORDER_NOT_FOUND = 1152  # the message is "Order not found"
    ORDER_TYPE_NOT_SUPPORTED = 1193
    PRICE_MUST_BE_LESS_THAN_MAXPRICE = 1226
    PRICE_MUST_BE_LESS_THAN_MINPRICE = 1227  # below the least; the name is the venue's


class BtcTurkError(Refusal):
    """A refusal with the venue's code."""

    def __init__(self, code: int, message: str = "", *, status: int = 400) -> None:
        super().__init__(message or Code(code).name)
        self.code = int(code)
        self.status = status


class TokenError(Refusal):
    """A refusal of the token endpoint, in OAuth2's words."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


def invalid_request(message: str) -> BtcTurkError:
    """Return the refusal of a request whose parameters cannot be read."""
    return BtcTurkError(Code.INVALID_REQUEST, message)


def pair_not_found() -> BtcTurkError:
    """Return the refusal of an unknown pair."""
    return BtcTurkError(Code.PAIR_NOT_FOUND_ERROR)


def order_not_found() -> BtcTurkError:
    """Return the refusal to show an order that is not there."""
    return BtcTurkError(Code.ORDER_NOT_FOUND, "Order not found")


#: How a listing's own checks fail.
BREACHES: Final[Mapping[Breach, Code]] = {
    Breach.NOT_A_NUMBER: Code.FAILED_ORDER_PARAMETER,
    Breach.QUANTITY_SCALE: Code.FAILED_INVALID_QUANTITY_SCALE,
    Breach.PRICE_SCALE: Code.FAILED_INVALID_PRICE_SCALE,
    Breach.TRIGGER_PRICE_SCALE: Code.FAILED_INVALID_STOP_PRICE_SCALE,
    Breach.VALUE_TOO_SMALL: Code.FAILED_MIN_TOTAL_AMOUNT,
}

#: What the core's refusals of an order are called. None: FAILED_LIMIT_ORDER or FAILED_MARKET_ORDER, the venue's catch-all.
REFUSED: Final[Mapping[RejectReason, Code | None]] = {
    RejectReason.MALFORMED: Code.FAILED_ORDER_PARAMETER,
    RejectReason.UNKNOWN_INSTRUMENT: Code.PAIR_NOT_FOUND_ERROR,
    RejectReason.UNKNOWN_ORDER: Code.NO_ORDER_MATCHES_YOUR_REQUEST,
    RejectReason.UNSUPPORTED_COMBINATION: Code.FAILED_ORDER_PARAMETER,
    RejectReason.NO_PROTECTION: Code.FAILED_ORDER_PARAMETER,
    RejectReason.QUANTITY_TOO_SMALL: Code.FAILED_MIN_TOTAL_AMOUNT,
    RejectReason.TRIGGER_PRICE_OUT_OF_RANGE: Code.FAILED_ORDER_PARAMETER,
    RejectReason.NOTIONAL_TOO_SMALL: Code.FAILED_MIN_TOTAL_AMOUNT,
    RejectReason.BUDGET_TOO_SMALL: Code.FAILED_MIN_TOTAL_AMOUNT,
    RejectReason.AMOUNT_OUT_OF_RANGE: Code.FAILED_ORDER_PARAMETER,
    RejectReason.INSUFFICIENT_AVAILABLE: Code.FAILED_ORDER_WITH_OPEN_ORDERS,
} | dict.fromkeys(
    (
        RejectReason.UNKNOWN_ACCOUNT, RejectReason.UNKNOWN_ASSET, RejectReason.ALREADY_EXISTS,
        RejectReason.ACCOUNT_SUSPENDED, RejectReason.INSTRUMENT_HALTED, RejectReason.INSTRUMENT_CANCEL_ONLY,
        RejectReason.INSTRUMENT_POST_ONLY, RejectReason.AMEND_NOT_ALLOWED, RejectReason.AMEND_ALREADY_TRIGGERED,
        RejectReason.AMEND_QUANTITY_FILLED, RejectReason.QUANTITY_TOO_LARGE, RejectReason.NOTIONAL_TOO_LARGE,
        RejectReason.NO_REFERENCE_PRICE, RejectReason.INDEX_TOO_OLD, RejectReason.TRIGGER_DISTANCE_EXCEEDED,
        RejectReason.EXPIRED_ON_ARRIVAL, RejectReason.TOO_MANY_OPEN_ORDERS, RejectReason.TOO_MANY_FOLLOWERS,
        RejectReason.POST_ONLY_WOULD_CROSS, RejectReason.FOK_NOT_FILLABLE, RejectReason.NO_LIQUIDITY,
        RejectReason.NO_MEMORY, RejectReason.UNKNOWN_HOLD,
    )
)  # fmt: skip

#: Refusals that are called by where the price lies, or by the side.
_BY_PRICE: Final = frozenset({RejectReason.PRICE_OUT_OF_RANGE, RejectReason.PRICE_OUTSIDE_BAND})


def refused_order(reason: RejectReason, *, side: int, is_market: bool, is_high: bool) -> BtcTurkError:
    """Return the venue's words for a refusal of the core. is_high: the price is above its bound rather than below."""
    if reason in _BY_PRICE:
        code = Code.PRICE_MUST_BE_LESS_THAN_MAXPRICE if is_high else Code.PRICE_MUST_BE_LESS_THAN_MINPRICE
    elif reason is RejectReason.TRIGGER_ALREADY_MET:
        rising = side == Side.BUY
        code = Code.FAILED_STOP_PRICE_GREATER_THAN_BEST_ASK if rising else Code.FAILED_STOP_PRICE_LESS_THAN_BEST_BID
    else:
        code = REFUSED[reason] or (Code.FAILED_MARKET_ORDER if is_market else Code.FAILED_LIMIT_ORDER)
    return BtcTurkError(code)


# On the wire -----------------------------------------------------------------------------

_Message = Annotated[str, Meta(description="the code's name, or a sentence")]


class Refused(msgspec.Struct):
    """A refusal."""

    success: Annotated[bool, Meta(description="false; beside the code 1037 of a 401 true, as the venue had it")]
    message: _Message
    code: Annotated[int, Meta(description="the venue's number of the refusal")]


class RefusedOrder(msgspec.Struct):
    """A refusal to place an order."""

    httpStatusCode: Annotated[int, Meta(description="the answer's status again")]
    data: Annotated[None, Meta(description="no order")]
    success: Annotated[bool, Meta(description="false")]
    message: _Message
    code: Annotated[int, Meta(description="the venue's number of the refusal")]


class TooManyRequests(msgspec.Struct):
    """A refusal by a rate limit; without its details where an address is shut out."""

    message: Annotated[Literal["TOO_MANY_REQUESTS"], Meta(description="which refusal it is")]
    success: Annotated[bool, Meta(description="false")]
    code: Annotated[Literal[429], Meta(description="the answer's status again")]
    details: Annotated[str, Meta(description="the limit in a sentence")] | UnsetType = UNSET
    limit: Annotated[str, Meta(description="requests in a period")] | UnsetType = UNSET
    period: Annotated[str, Meta(description="the period: 1m or 10s")] | UnsetType = UNSET
    policy: Annotated[Literal["ip", "account"], Meta(description="whose requests are counted")] | UnsetType = UNSET


class RefusedToken(msgspec.Struct):
    """A refusal of the token endpoint (RFC 6749)."""

    error: Annotated[
        Literal["invalid_request", "invalid_client", "invalid_grant", "unsupported_grant_type"],
        Meta(description="why no token is given"),
    ]
    error_description: Annotated[str, Meta(description="the same in a sentence")]


#: The bodies of refusals by status. A path that is none is answered without a body.
BODIES: Final[Errors] = {404: OneOf(Refused, NO_BODY), 429: TooManyRequests, ANY_STATUS: Refused}
OF_ORDERS: Final[Errors] = {401: Refused, 429: TooManyRequests, 503: Refused, ANY_STATUS: RefusedOrder}
OF_TOKENS: Final[Errors] = {400: RefusedToken, 401: RefusedToken}


def render_error(request: Request, endpoint: Endpoint | None, error: Exception, *, unauthorized: str = "1038") -> Reply:
    """Return *error* as the venue words it. *unauthorized*: the code of a 401, by the venue's era."""
    if isinstance(error, TokenError):
        body = {"error": error.error, "error_description": error.message}
        return Reply(error.status, _encode(body), JSON_ONLY)
    if isinstance(error, RateLimited):
        return Reply(429, _encode(_too_many(error)), JSON_ONLY)
    if isinstance(error, UnfitText) and error.parameter == "newOrderClientId":
        error = BtcTurkError(Code.FAILED_ORDER_PARAMETER)  # as for one that is too long
    status, code, message = _worded(error)
    if endpoint is None and status == 404:
        return Reply(404, b"", ())  # the live server has no word for a path that is none
    if endpoint is not None and endpoint.path == TOKENS_AT and status in (400, 411):
        body = {"error": "invalid_request", "error_description": message}
        return Reply(400, _encode(body), JSON_ONLY)
    is_order = endpoint is not None and endpoint.method == "POST" and endpoint.path in ORDER_PATHS
    told: dict[str, object] = {"success": False, "message": message, "code": code}
    if status == 401:
        told = {"success": unauthorized == EARLY_CODE, "message": message, "code": int(unauthorized)}
    if is_order and status not in (401, 503):
        told = {"httpStatusCode": status, "data": None, **told}
    return Reply(status, _encode(told), JSON_ONLY)


def _worded(error: Exception) -> tuple[int, int, str]:
    match error:
        case BtcTurkError():
            return error.status, error.code, error.message
        case Replayed():
            return 401, Code.INVALID_REQUEST, "Unauthorized - Invalid Nonce"
        case Unauthenticated() | Forbidden():  # a known key without the permission is told 401 as well
            known = error.message.startswith("Unauthorized - ")
            return 401, Code.INVALID_REQUEST, error.message if known else "Unauthorized - Invalid Request"
        case Malformed():
            return 400, Code.INVALID_REQUEST, error.message
        case NotFound() | MethodNotAllowed() | BodyTooLarge():
            return error.status, error.status, _PLAIN[type(error)]
        case Unavailable(is_outcome_unknown=True):
            return 503, 503, "SERVICE_UNAVAILABLE: the outcome is unknown, check the order"
        case Unavailable():
            return 503, 503, "SERVICE_UNAVAILABLE"
    return 500, 500, "INTERNAL_ERROR"


_PLAIN: Final = {NotFound: "NOT_FOUND", MethodNotAllowed: "METHOD_NOT_ALLOWED", BodyTooLarge: "REQUEST_TOO_LARGE"}


def _too_many(error: RateLimited) -> dict[str, object]:
    told: dict[str, object] = {"message": "TOO_MANY_REQUESTS", "success": False, "code": 429}
    if not error.requests:
        return told
    period = _period(error.window_ns)
    return told | {
        "details": f"Quota exceeded. Maximum allowed: {error.requests} per {period}.",
        "limit": str(error.requests),
        "period": period,
        "policy": "ip" if error.is_by_address else "account",
    }


def _period(window_ns: int) -> str:
    seconds = window_ns // _SECOND_NS
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


_encode: Final = msgspec.json.Encoder().encode
