"""The envelope around every answer, refusals included. Source: BITGIN API, response examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

Envelope = dict[str, Any]

DONE: Final = 1
SUCCESS: Final = "Success"
_NS_PER_MS: Final = 1_000_000


def now_ms(venue: Venue) -> int:
    """Return the venue's time as the envelope has it."""
    return venue.clock.now_ns() // _NS_PER_MS


def done(venue: Venue, data: Any, message: str | None = SUCCESS) -> Envelope:
    """Return the answer to a request that was granted."""
    return {"code": DONE, "msg": message, "time": now_ms(venue), "data": data, "success": True}
