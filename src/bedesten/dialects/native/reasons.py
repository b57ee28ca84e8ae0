"""Why something is refused: every reason that a client may read, with its status and its title.

A reason's name is public and stable. The core's reasons are the words of RejectReason in lower case; other families put theirs
before a dot: `customer.wrong_password`. A row of the table names those that it may answer besides TRANSPORT.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from bedesten.domain.enums import RejectReason


class Reason(NamedTuple):
    """One of them."""

    name: str
    status: int
    title: str


MALFORMED: Final = Reason("malformed", 400, "The request cannot be read")
UNAUTHENTICATED: Final = Reason("unauthenticated", 401, "Nobody is signed in, and no key signed this")
REPLAYED: Final = Reason("replayed", 401, "This very request was made before")
STALE_TIMESTAMP: Final = Reason("stale_timestamp", 401, "The timestamp is too far from the venue's clock")
FORBIDDEN: Final = Reason("forbidden", 403, "The key does not permit this")
CSRF: Final = Reason("csrf", 403, "This request does not come from a page of the venue")
SECOND_FACTOR_REQUIRED: Final = Reason("second_factor_required", 403, "The second factor is missing")
STEP_UP_REQUIRED: Final = Reason("step_up_required", 403, "The second factor is needed again")
NOT_FOUND: Final = Reason("not_found", 404, "There is no such thing")
METHOD_NOT_ALLOWED: Final = Reason("method_not_allowed", 405, "The path has other methods")
IDEMPOTENCY_CONFLICT: Final = Reason("idempotency_conflict", 409, "This idempotency key was used for another request")
STALE_EDIT: Final = Reason("stale_edit", 412, "What is changed here was changed meanwhile")
TOO_LARGE: Final = Reason("too_large", 413, "The body is too large")
UNKNOWN_CHANNEL: Final = Reason("unknown_channel", 404, "There is no such channel")
TOO_MANY_CHANNELS: Final = Reason("too_many_channels", 429, "This connection hears as many channels as it may")
RATE_LIMITED: Final = Reason("rate_limited", 429, "Too many requests")
FAILED: Final = Reason("failed", 500, "The venue failed")
UNAVAILABLE: Final = Reason("unavailable", 503, "The venue cannot answer now")

#: What only the socket says.
SOCKET: Final[Mapping[str, Reason]] = {reason.name: reason for reason in (UNKNOWN_CHANNEL, TOO_MANY_CHANNELS)}

#: What any request may meet, by name.
TRANSPORT: Final[Mapping[str, Reason]] = {
    reason.name: reason
    for reason in (
        MALFORMED, UNAUTHENTICATED, REPLAYED, STALE_TIMESTAMP, FORBIDDEN, CSRF, SECOND_FACTOR_REQUIRED, STEP_UP_REQUIRED,
        NOT_FOUND, METHOD_NOT_ALLOWED, IDEMPOTENCY_CONFLICT, STALE_EDIT, TOO_LARGE, RATE_LIMITED, FAILED, UNAVAILABLE,
    )
}  # fmt: skip

_MISSING, _STATE, _RULE, _MAY_NOT = 404, 409, 422, 403

#: The core's refusals. One that has no number of its own here is a rule's.
_CORE: Final[Mapping[RejectReason, tuple[int, str]]] = {
    RejectReason.MALFORMED: (400, "The order cannot be read"),
    RejectReason.UNKNOWN_ACCOUNT: (_MISSING, "There is no such account"),
    RejectReason.UNKNOWN_ASSET: (_MISSING, "There is no such asset"),
    RejectReason.UNKNOWN_INSTRUMENT: (_MISSING, "There is no such instrument"),
    RejectReason.ALREADY_EXISTS: (_STATE, "It exists already"),
    RejectReason.ACCOUNT_SUSPENDED: (_MAY_NOT, "The account may not trade"),
    RejectReason.INSTRUMENT_HALTED: (_STATE, "The instrument is halted"),
    RejectReason.INSTRUMENT_CANCEL_ONLY: (_STATE, "Orders of this instrument can only be canceled now"),
    RejectReason.INSTRUMENT_POST_ONLY: (_STATE, "This instrument takes only orders that rest in the book now"),
    RejectReason.UNKNOWN_ORDER: (_MISSING, "There is no such open order"),
    RejectReason.AMEND_NOT_ALLOWED: (_STATE, "This order cannot be amended so"),
    RejectReason.AMEND_ALREADY_TRIGGERED: (_STATE, "The order has been triggered already"),
    RejectReason.AMEND_QUANTITY_FILLED: (_STATE, "More than that is filled already"),
    RejectReason.UNSUPPORTED_COMBINATION: (_RULE, "These options do not go together"),
    RejectReason.QUANTITY_TOO_SMALL: (_RULE, "The quantity is too small"),
    RejectReason.QUANTITY_TOO_LARGE: (_RULE, "The quantity is too large"),
    RejectReason.PRICE_OUT_OF_RANGE: (_RULE, "The price is out of range"),
    RejectReason.TRIGGER_PRICE_OUT_OF_RANGE: (_RULE, "The trigger price is out of range"),
    RejectReason.NOTIONAL_TOO_SMALL: (_RULE, "The order is worth too little"),
    RejectReason.NOTIONAL_TOO_LARGE: (_RULE, "The order is worth too much"),
    RejectReason.NO_REFERENCE_PRICE: (_RULE, "There is no price to go by yet"),
    RejectReason.PRICE_OUTSIDE_BAND: (_RULE, "The price is outside the band"),
    RejectReason.TRIGGER_DISTANCE_EXCEEDED: (_RULE, "The price is too far from the trigger price"),
    RejectReason.TRIGGER_ALREADY_MET: (_RULE, "The trigger price is met already"),
    RejectReason.EXPIRED_ON_ARRIVAL: (_RULE, "The order's end has passed already"),
    RejectReason.TOO_MANY_OPEN_ORDERS: (_RULE, "The account has too many open orders"),
    RejectReason.TOO_MANY_FOLLOWERS: (_RULE, "Too many orders of this instrument follow a price"),
    RejectReason.POST_ONLY_WOULD_CROSS: (_RULE, "The order would trade at once, and must not"),
    RejectReason.FOK_NOT_FILLABLE: (_RULE, "The order cannot be filled whole at once"),
    RejectReason.NO_LIQUIDITY: (_RULE, "There is nothing to trade with"),
    RejectReason.INSUFFICIENT_AVAILABLE: (_RULE, "Not enough is available"),
    RejectReason.AMOUNT_OUT_OF_RANGE: (_RULE, "The amount is out of range"),
    RejectReason.NO_MEMORY: (503, "The venue has no room for more orders"),
    RejectReason.UNKNOWN_HOLD: (_MISSING, "There is no such hold"),
    RejectReason.BUDGET_TOO_SMALL: (_RULE, "The budget is too small for the least quantity"),
    RejectReason.NO_PROTECTION: (_RULE, "A market buy by quantity cannot wait here: nothing bounds its price"),
    RejectReason.INDEX_TOO_OLD: (_RULE, "The index price is too old to go by"),
}

#: By the core's own number.
CORE: Final[Mapping[RejectReason, Reason]] = {
    reason: Reason(reason.name.lower(), status, title) for reason, (status, title) in _CORE.items()
}
UNKNOWN_INSTRUMENT: Final = CORE[RejectReason.UNKNOWN_INSTRUMENT]
UNKNOWN_ASSET: Final = CORE[RejectReason.UNKNOWN_ASSET]
