"""The envelope around nearly every answer of api/v1 and api/v2.

Source: recorded answers of the venue: data, success, message, code, in this order; the message is null for reading the market,
balances and orders, and "SUCCESS" for transactions and for placing and canceling orders.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Generic, Literal, TypeVar

import msgspec

from bedesten.dialects.contract import JSON, Reply

Envelope = dict[str, Any]
SUCCESS: Final = "SUCCESS"

T = TypeVar("T")
_Success = Annotated[bool, msgspec.Meta(description="true")]
_Nothing = Annotated[None, msgspec.Meta(description="nothing to say")]
_Word = Annotated[Literal["SUCCESS"], msgspec.Meta(description="that it was done")]
_Zero = Annotated[Literal[0], msgspec.Meta(description="no refusal")]


class Shown(msgspec.Struct, Generic[T]):
    """What is shown, and that it could be."""

    data: Annotated[T, msgspec.Meta(description="the answer itself")]
    success: _Success
    message: _Nothing
    code: _Zero


class Done(msgspec.Struct, Generic[T]):
    """What was done, or looked up in the account's history."""

    data: Annotated[T, msgspec.Meta(description="the answer itself")]
    success: _Success
    message: _Word
    code: _Zero


class Confirmed(msgspec.Struct):
    """That it was done."""

    success: _Success
    message: _Word
    code: _Zero


_encode: Final = msgspec.json.Encoder().encode


def shown(data: Any) -> Envelope:
    """Return an answer whose message is null."""
    return {"data": data, "success": True, "message": None, "code": 0}


def done(data: Any) -> Envelope:
    """Return an answer whose message is "SUCCESS"."""
    return {"data": data, "success": True, "message": SUCCESS, "code": 0}


def cached(envelope: Envelope, policy: bytes) -> Reply:
    """Return an answer that says how long it may be kept."""
    return Reply(200, _encode(envelope), (JSON, (b"cache-control", policy)))


def confirmed() -> Envelope:
    """Return an answer without data."""
    return {"success": True, "message": SUCCESS, "code": 0}
