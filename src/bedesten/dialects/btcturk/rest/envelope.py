"""The envelope around nearly every answer of api/v1 and api/v2.

Source: recorded answers of the venue: data, success, message, code, in this order; the message is null for reading the market,
balances and orders, and "SUCCESS" for transactions and for placing and canceling orders.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from bedesten.dialects.contract import JSON, Reply

Envelope = dict[str, Any]
SUCCESS: Final = "SUCCESS"

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
