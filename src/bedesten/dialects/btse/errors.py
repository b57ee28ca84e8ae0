"""Errors: every refusal in the venue's shapes. Knows codes, sentences and which family of endpoints uses which shape.

    A  {"code","msg","time","data","success":false}     orders, v4, wallet, public-api; authentication everywhere
    B  {"status","errorCode","message","extraData"}     parameters of the spot v3 queries
    C  {"errorCode":400,"message","status":400}         bodies of spot v3 orders that cannot be read
    F  {"errorCode","message","status"}                  the OTC API; both numbers are the status code
    empty body                                          unknown paths; public-api without a mandatory parameter

Refusals worded as order rows (status 6, 7, 15, 16) are in vocabulary.REFUSED_STATUS and spot/render.py.
Source: BTSE API, Error codes (docs.btse.com), the answers recorded in ccxt's btse.py 4.5.90, and the error tables of the
white-label copy of the documents.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.vocabulary import SIDE_NAME
from bedesten.dialects.contract import JSON, Endpoint, Reply, Request
from bedesten.dialects.refusals import (
    Forbidden,
    Malformed,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    Refusal,
    SystemFailure,
    Unauthenticated,
    Unavailable,
    UnfitText,
)
from bedesten.domain.enums import RejectReason, Side
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Instrument

PARAMETER: Final = -2
GENERAL: Final = -1
SYSTEM: Final = -11
UNKNOWN_SYMBOL: Final = -7006
AUTHENTICATION: Final = 10002
INSUFFICIENT: Final = 51523
ORDER_SIZE: Final = 301
ORDER_PRICE: Final = 302
RATE_LIMIT: Final = 303
PUBLIC_PARAMETER: Final = 10010004


class Shape(enum.Enum):
    """How an error is laid out."""

    A = "envelope"
    B = "spot query"
    C = "order body"
    F = "OTC"
    EMPTY = "empty"


class BtseError(Refusal):
    """A refusal with the venue's own code. Reads "BADREQUEST: message" in shape A, unless it is *verbatim*."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        status: int = 400,
        data: tuple[str, ...] | None = None,
        shape: Shape | None = None,
        verbatim: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.data = data
        self.shape = shape  # None: that of the endpoint's family
        self.verbatim = verbatim


def unsupported_type() -> BtseError:
    """Return the refusal of a body that does not say that it is JSON; the sentence is ours, none was recorded."""
    return BtseError(415, "The Content-Type must be application/json", status=415)


def unknown_symbol(symbol: str) -> BtseError:
    """Return the refusal of a symbol that names no instrument."""
    return BtseError(UNKNOWN_SYMBOL, f"Unsupported symbol: {symbol[:32]}" if symbol else "Unsupported symbol")


def mandatory(name: str) -> BtseError:
    """Return the refusal of a request without the parameter *name*."""
    return BtseError(PARAMETER, f"{name} parameter is mandatory")


def invalid(name: str) -> BtseError:
    """Return the refusal of a parameter's value."""
    return BtseError(PARAMETER, f"Invalid request parameters: {name}")


def invalid_size() -> BtseError:
    """Return the refusal of a quantity that no order can have."""
    return BtseError(ORDER_SIZE, "Invalid order size")


def invalid_price() -> BtseError:
    """Return the refusal of a price that no order can have."""
    return BtseError(ORDER_PRICE, "Invalid order price")


def price_too_small(instrument: Instrument, least_ticks: int) -> BtseError:
    """Return the refusal of a price below the instrument's least."""
    least = instrument.price_text(least_ticks)
    return BtseError(4005, f"order price must be at least {least} {instrument.quote.code}")


def too_large(instrument: Instrument, most_lots: int) -> BtseError:
    """Return the refusal of a quantity above the largest; where the instrument has none, it is no size at all."""
    if not instrument.max_quantity:
        return invalid_size()
    most = instrument.quantity_text(most_lots, places=1)
    return BtseError(
        4003,
        f"The order amount cannot surpass {most} {instrument.base.code}. Please adjust your order size and try again.",
    )


def order_not_found() -> BtseError:
    """Return the refusal of a look-up."""
    return BtseError(GENERAL, "Order not found")


def mixed_size_and_price() -> BtseError:
    """Return the refusal of a market order that names both what to trade and what to spend."""
    return BtseError(400, "Size and Price should not be mixed", shape=Shape.C)


def unreadable_body() -> BtseError:
    """Return the refusal of a body that is not an order."""
    return BtseError(400, "Spot order request body error ! ", shape=Shape.C)


class Refused(NamedTuple):
    """An order that the core refused, as far as the sentences need it. said: the core's own word, with its facts."""

    instrument: Instrument
    side: int
    said: Rejected


def refusal(refused: Refused) -> BtseError:
    """Return the venue's words for what the core said.

    Raises: KeyError for the reasons that are order rows.
    """
    return REFUSED[RejectReason(refused.said.reason)](refused)


def _price_out_of_range(refused: Refused) -> BtseError:
    value, bound = refused.said.value, refused.said.bound
    return price_too_small(refused.instrument, bound) if 0 < value < bound else invalid_price()


def _outside_band(refused: Refused) -> BtseError:
    instrument, side, said = refused
    towards = "lower" if said.value < said.bound else "higher"
    bound = instrument.price_text(said.bound)
    data = (SIDE_NAME[Side(side)], instrument.base.code, towards, bound, instrument.quote.code)
    return BtseError(33001003, "You can not {} {} {} than {} {}".format(*data), data=data)


def _too_far_from_trigger(refused: Refused) -> BtseError:
    percent = f"{numbers.decimal(refused.instrument.trigger_distance_ppm, 4)}"
    percent = f"{percent if '.' in percent else percent + '.0'} %"
    return BtseError(
        33001001, f"The distance between Trigger Price and Limit Price cannot exceed {percent}", data=(percent,)
    )


def _says(code: int, message: str) -> Callable[[Refused], BtseError]:
    return lambda refused: BtseError(code, message)


#: Refusals of the core that are error bodies; vocabulary.REFUSED_STATUS has the other ones. Where the venue has no recorded
#: sentence the code is 400 and the sentence ours.
REFUSED: Final[Mapping[RejectReason, Callable[[Refused], BtseError]]] = {
    RejectReason.MALFORMED: _says(PARAMETER, "Invalid request parameters"),
    RejectReason.UNKNOWN_ACCOUNT: _says(-1042, "User can not trade"),
    RejectReason.UNKNOWN_ASSET: _says(-2023, "Unknown currency"),
    RejectReason.UNKNOWN_INSTRUMENT: lambda refused: unknown_symbol(refused.instrument.name),
    RejectReason.ALREADY_EXISTS: _says(400, "Already exists"),
    RejectReason.ACCOUNT_SUSPENDED: _says(-1042, "User can not trade"),
    RejectReason.INSTRUMENT_HALTED: _says(1, "Market unavailable"),
    RejectReason.INSTRUMENT_CANCEL_ONLY: _says(1, "Market unavailable: orders can only be cancelled"),
    RejectReason.INSTRUMENT_POST_ONLY: _says(1, "Market unavailable: only postOnly orders are accepted"),
    RejectReason.UNKNOWN_ORDER: lambda refused: order_not_found(),
    RejectReason.AMEND_NOT_ALLOWED: _says(400, "This order can not be amended"),
    RejectReason.AMEND_ALREADY_TRIGGERED: _says(400, "The trigger price can not be amended once triggered"),
    RejectReason.AMEND_QUANTITY_FILLED: _says(ORDER_SIZE, "Invalid order size: already filled"),
    RejectReason.UNSUPPORTED_COMBINATION: _says(400, "This combination of order parameters is not supported"),
    RejectReason.QUANTITY_TOO_SMALL: lambda refused: invalid_size(),
    RejectReason.QUANTITY_TOO_LARGE: lambda refused: too_large(refused.instrument, refused.said.bound),
    RejectReason.PRICE_OUT_OF_RANGE: _price_out_of_range,
    RejectReason.TRIGGER_PRICE_OUT_OF_RANGE: _says(ORDER_PRICE, "Invalid order price: triggerPrice"),
    RejectReason.NOTIONAL_TOO_SMALL: _says(ORDER_SIZE, "Invalid order size: the order value is too small"),
    RejectReason.NOTIONAL_TOO_LARGE: _says(ORDER_SIZE, "Invalid order size: the order value is too large"),
    RejectReason.BUDGET_TOO_SMALL: _says(ORDER_SIZE, "Invalid order size: it does not pay for the smallest size"),
    RejectReason.NO_PROTECTION: _says(400, "A market buy by size can not wait for its trigger on this market"),
    RejectReason.NO_REFERENCE_PRICE: _says(1, "Market unavailable: there is no index price"),
    RejectReason.INDEX_TOO_OLD: _says(1, "Market unavailable: the index price is too old"),
    RejectReason.PRICE_OUTSIDE_BAND: _outside_band,
    RejectReason.TRIGGER_DISTANCE_EXCEEDED: _too_far_from_trigger,
    RejectReason.TRIGGER_ALREADY_MET: _says(ORDER_PRICE, "Invalid order price: triggerPrice is met already"),
    RejectReason.EXPIRED_ON_ARRIVAL: _says(400, "The order expired before it arrived"),
    RejectReason.TOO_MANY_OPEN_ORDERS: _says(304, "Maximum open orders exceeded"),
    RejectReason.TOO_MANY_FOLLOWERS: _says(304, "Maximum open orders exceeded"),
    RejectReason.INSUFFICIENT_AVAILABLE: _says(INSUFFICIENT, "Insufficient wallet balance"),
    RejectReason.AMOUNT_OUT_OF_RANGE: lambda refused: invalid_size(),
    RejectReason.UNKNOWN_HOLD: _says(400, "Unknown request"),
    RejectReason.NO_MEMORY: lambda refused: BtseError(SYSTEM, "System error", status=503, verbatim=True),
}


def family(path: str, method: str) -> Shape:
    """Return the shape that the endpoint's family uses for its own refusals."""
    if path.startswith("/spot/api/v3") and method == "GET" and "/wallet" not in path:
        return Shape.B
    if path.startswith("/otc/"):
        return Shape.F
    return Shape.A


def render_error(request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
    """Return *error* as the venue words it."""
    if isinstance(error, NotFound | MethodNotAllowed):
        return Reply(error.status, b"", ())
    worded = error if isinstance(error, BtseError) else _worded(error, request)
    shape = worded.shape or family(request.path, request.method)
    nothing: list[str] | None = (
        [] if request.path.startswith("/public-api") else None
    )  # beside a code: what the live venue was recorded with
    body = _body(worded, shape, numbers.ms(request.received_ns), nothing)
    return Reply(worded.status, body, (JSON,) if body else ())


def _worded(error: Exception, request: Request) -> BtseError:
    """Return the venue's words for what the server or the contract refused."""
    match error:
        case Unauthenticated(message=message):
            known = message if message in _SPOKEN_AUTHENTICATION else "UNAUTHORIZED: Authentication Failed"
            return BtseError(AUTHENTICATION, known, status=401, shape=Shape.A, verbatim=True)
        case Forbidden():
            return BtseError(
                AUTHENTICATION, "FORBIDDEN: Insufficient permission", status=403, shape=Shape.A, verbatim=True
            )
        case RateLimited():
            return BtseError(RATE_LIMIT, "Rate limit exceeded", status=429, verbatim=True)
        case UnfitText() if not request.path.startswith("/public-api/market"):
            return invalid(error.parameter)
        case Malformed():
            return _malformed(error, request)
        case Unavailable(is_outcome_unknown=True):
            message = "TIMEOUT: the outcome is unknown, check the order"
            return BtseError(GENERAL, message, status=503, shape=Shape.A, verbatim=True)
        case Unavailable():
            return BtseError(SYSTEM, "System error", status=503, data=(), shape=Shape.A, verbatim=True)
        case Refusal() if not isinstance(error, SystemFailure):
            return BtseError(400, error.message or "Invalid request", status=error.status, shape=Shape.A)
    return BtseError(SYSTEM, "System error", status=500, data=(), shape=Shape.A, verbatim=True)


#: Sentences of the venue's own that say more than "Authentication Failed".
_SPOKEN_AUTHENTICATION: Final = frozenset({"api parameter is mandatory", "Invalid nonce"})


def _malformed(error: Malformed, request: Request) -> BtseError:
    missing = "missing required field" in error.message and error.parameter
    if request.path.startswith("/public-api/market"):
        if missing:
            return BtseError(PUBLIC_PARAMETER, "", shape=Shape.EMPTY)
        return BtseError(PUBLIC_PARAMETER, f"Request parameter is invalid: {error.message}", verbatim=True)
    if request.path.startswith("/spot/api/v3") and "/wallet" not in request.path and request.body and not missing:
        return unreadable_body()
    if missing:
        return mandatory(error.parameter)
    return BtseError(PARAMETER, "Invalid request parameters" + (f": {error.parameter}" if error.parameter else ""))


def _body(error: BtseError, shape: Shape, time_ms: int, nothing: list[str] | None) -> bytes:
    data = nothing if error.data is None else list(error.data)
    match shape:
        case Shape.EMPTY:
            return b""
        case Shape.B:
            return _encode(
                {"status": error.status, "errorCode": error.code, "message": error.message, "extraData": data}
            )
        case Shape.C:
            return _encode({"errorCode": error.code, "message": f"BADREQUEST: {error.message}", "status": error.status})
        case Shape.F:
            return _encode({"errorCode": error.code, "message": error.message, "status": error.code})
        case Shape.A:
            message = error.message if error.verbatim else f"BADREQUEST: {error.message}"
            return _encode({"code": error.code, "msg": message, "time": time_ms, "data": data, "success": False})


_encode: Final = msgspec.json.Encoder().encode
