"""What the endpoints of all of BTSE's APIs share: whose key signed, and answers as arrays or in the envelope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.numbers import NS_PER_MS
from bedesten.dialects.contract import Reply, Request

if TYPE_CHECKING:
    from bedesten.services.venue import Venue


def json_array(texts: Iterable[str]) -> Reply:
    """Return rows as the answer."""
    return Reply(200, f"[{','.join(texts)}]".encode())


def account_of(request: Request) -> int:
    """Return whose key signed."""
    assert request.key is not None, "the server authenticates private endpoints"
    return request.key.account


def envelope(data: str, time_ns: int) -> Reply:
    """Return *data* in the public API's envelope."""
    return Reply(
        200, f'{{"data":{data},"code":1,"msg":"Success","success":true,"time":{time_ns // NS_PER_MS}}}'.encode()
    )


def enveloped(venue: Venue, data: Any) -> Reply:
    """Return plain values in the public API's envelope."""
    return envelope(numbers.json(data), venue.clock.now_ns())
