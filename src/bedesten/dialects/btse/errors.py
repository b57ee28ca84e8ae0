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
from typing import Final

import msgspec

from bedesten.dialects.btse import numbers
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


def unreadable_body() -> BtseError:
    """Return the refusal of a body that is not an order."""
    return BtseError(400, "Spot order request body error ! ", shape=Shape.C)


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
