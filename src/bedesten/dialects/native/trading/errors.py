"""The core's refusals of orders, with the facts that it decided by in the units that clients read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.dialects.native.errors import Refused
from bedesten.dialects.native.market.render import STATES, amount_text, price_text, quantity_text, quote_text
from bedesten.dialects.native.reasons import CORE
from bedesten.dialects.native.times import time_text
from bedesten.domain.enums import InstrumentState, RejectReason
from bedesten.domain.events import Rejected
from bedesten.domain.fields import ID, LOTS, MINOR, NS, QUOTE, TICKS, Field
from bedesten.domain.instruments import Instrument
from bedesten.domain.refusals import FACTS

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

#: Which parameter a refusal is about, where it is about one.
PARAMETERS: Final = {
    RejectReason.QUANTITY_TOO_SMALL: "quantity",
    RejectReason.QUANTITY_TOO_LARGE: "quantity",
    RejectReason.AMEND_QUANTITY_FILLED: "quantity",
    RejectReason.PRICE_OUT_OF_RANGE: "price",
    RejectReason.PRICE_OUTSIDE_BAND: "price",
    RejectReason.POST_ONLY_WOULD_CROSS: "post_only",
    RejectReason.FOK_NOT_FILLABLE: "time_in_force",
    RejectReason.TRIGGER_PRICE_OUT_OF_RANGE: "trigger_price",
    RejectReason.TRIGGER_DISTANCE_EXCEEDED: "trigger_price",
    RejectReason.TRIGGER_ALREADY_MET: "trigger_price",
    RejectReason.EXPIRED_ON_ARRIVAL: "expires",
    RejectReason.BUDGET_TOO_SMALL: "budget",
    RejectReason.UNKNOWN_INSTRUMENT: "instrument",
}

#: The state that each of these refusals is due to.
_STATES: Final = {
    RejectReason.INSTRUMENT_HALTED: STATES[InstrumentState.HALTED],
    RejectReason.INSTRUMENT_CANCEL_ONLY: STATES[InstrumentState.CANCEL_ONLY],
    RejectReason.INSTRUMENT_POST_ONLY: STATES[InstrumentState.POST_ONLY_SESSION],
}

Fact = str | int


def refused(venue: Venue, reason: RejectReason, event: Rejected | None, instrument: Instrument | None) -> Refused:
    """Return a refusal of the core with its facts; *event*: what it said, None: it was not asked."""
    facts = {} if event is None else _facts(venue, reason, event, instrument)
    return Refused(CORE[reason], param=PARAMETERS.get(reason, ""), facts=facts)


def _facts(venue: Venue, reason: RejectReason, event: Rejected, instrument: Instrument | None) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    for name, field in FACTS[reason].items():
        told = _told(venue, event, field, getattr(event, name), instrument)
        if told is not None:
            found[name] = told
    if instrument is not None:
        found |= _of_rules(reason, event, instrument)
    return found


def _of_rules(reason: RejectReason, event: Rejected, instrument: Instrument) -> dict[str, Fact]:
    """Return what the instrument's rules add: what the core compared with, and what it did not have to look at."""
    if reason is RejectReason.PRICE_OUTSIDE_BAND:
        is_above = event.value > event.bound
        return {"band_ppm": instrument.buy_band_ppm if is_above else instrument.sell_band_ppm}
    if reason is RejectReason.QUANTITY_TOO_SMALL:
        return {"step": quantity_text(instrument, 1)}
    return {"state": _STATES[reason]} if reason in _STATES else {}


def _told(venue: Venue, event: Rejected, field: Field, value: int, instrument: Instrument | None) -> Fact | None:
    """Return a fact as clients read it; None: it cannot be told in their units."""
    unit = field.unit
    if unit == NS:
        return time_text(value)
    if unit == ID:
        asset = venue.catalogue.asset_by_id(value)
        return None if asset is None else asset.code
    if unit == MINOR:
        asset = venue.catalogue.asset_by_id(event.asset) or (None if instrument is None else instrument.quote)
        return None if asset is None else amount_text(asset, value)
    if instrument is None:
        return None if unit in (TICKS, LOTS, QUOTE) else value
    texts = {TICKS: price_text, LOTS: quantity_text, QUOTE: quote_text}
    return texts[unit](instrument, value) if isinstance(unit, str) and unit in texts else value
