"""Errors: every refusal in the venue's envelope. Knows codes, sentences, and where "success" is true all the same.

    {"code":10006,"msg":null,"time":1596789089906,"data":{"wrongTime":1},"success":false}

Source: BITGIN API, response examples. The documents print `"success": true` under most refusals of the KYC endpoints, of the
finance endpoints and under 10022; a client that reads the flag there has learned to read the code instead, so it stays. Codes
below are BTSE's where BITGIN's documents name none: -22 for too many requests, -11 for what is wrong with us, -19 for what may
not be done.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from bedesten.dialects.contract import JSON, Endpoint, Reply, Request
from bedesten.dialects.refusals import (
    BodyTooLarge,
    Forbidden,
    Malformed,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    Refusal,
    Unauthenticated,
    Unavailable,
)

GENERAL: Final = -1
PARAMETER: Final = -2
SYSTEM: Final = -11
ILLEGAL: Final = -19
RATE_LIMIT: Final = -22
UNKNOWN_CURRENCY: Final = -2023
TOKEN_EXPIRED: Final = 10002

UNKNOWN_CURRENCY_TEXT: Final = "未知的币种"
TOKEN_EXPIRED_TEXT: Final = "token过期"
KYC: Final = "/v1/kyc/"
FINANCE: Final = "/v1/finance/"
PREFIX: Final = "/bitgin"  # the venue's own host has the API below it as well
_NS_PER_MS: Final = 1_000_000


class BitginError(Refusal):
    """A refusal with the venue's own code. *succeeds*: whether the flag says so all the same."""

    def __init__(
        self, code: int, message: str | None = None, *, status: int = 400, data: Any = None, succeeds: bool = False
    ) -> None:
        super().__init__(message or "")
        self.code = code
        self.text = message
        self.status = status
        self.data = data
        self.succeeds = succeeds


def empty(name: str) -> BitginError:
    """Return the refusal of a request without the parameter *name*."""
    return BitginError(PARAMETER, f"[empty {name}]")


def invalid(name: str) -> BitginError:
    """Return the refusal of a parameter's value."""
    return BitginError(PARAMETER, f"[invalid {name}]")


def token_expired(path: str = "") -> BitginError:
    """Return the refusal of a request that nobody signed, or somebody whose session has ended."""
    if path.removeprefix(PREFIX).startswith((KYC, FINANCE)):
        return BitginError(TOKEN_EXPIRED, None, status=401, succeeds=True)
    return BitginError(TOKEN_EXPIRED, TOKEN_EXPIRED_TEXT, status=401)


def _worded(request: Request, refusal: Refusal) -> BitginError:
    match refusal:
        case BitginError():
            return refusal
        case Unauthenticated():
            return token_expired(request.path)
        case Forbidden():
            return BitginError(ILLEGAL, None, status=403)
        case RateLimited():
            return BitginError(RATE_LIMIT, "Too many requests", status=429)
        case BodyTooLarge():
            return BitginError(PARAMETER, "Invalid file." if request.path.endswith("/image") else refusal.message)
        case Malformed(parameter=parameter) if parameter:
            is_missing = "missing required field" in refusal.message
            return empty(parameter) if is_missing else invalid(parameter)
        case Malformed():
            return BitginError(PARAMETER, refusal.message)
        case NotFound() | MethodNotAllowed():
            return BitginError(GENERAL, None, status=refusal.status)
        case Unavailable():
            return BitginError(SYSTEM, refusal.message, status=refusal.status)
    return BitginError(SYSTEM, refusal.message, status=500)


def render_error(request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
    """Return the venue's envelope for *error*."""
    assert isinstance(error, Refusal), "the server turns everything else into one"
    worded = _worded(request, error)
    body = msgspec.json.encode(
        {
            "code": worded.code,
            "msg": worded.text,
            "time": request.received_ns // _NS_PER_MS,
            "data": worded.data,
            "success": worded.succeeds,
        }
    )
    return Reply(worded.status, body, [JSON])
