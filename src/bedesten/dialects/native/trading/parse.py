"""Clients' orders as commands: every decimal exactly, or refused by the parameter's name. What goes together, the core says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import UnsetType

from bedesten.dialects.native.errors import Refused, wrong
from bedesten.dialects.native.market.parse import instrument_of
from bedesten.dialects.native.reasons import CORE
from bedesten.dialects.native.times import ns_of
from bedesten.dialects.native.trading import shapes
from bedesten.domain.commands import EVERY_INSTRUMENT, AmendOrder, PlaceOco, PlaceOrder
from bedesten.domain.enums import OrderType, PriceSource, RejectReason, SelfTrade, Side, TimeInForce, Trigger
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import AMOUNT_MAX, to_units

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.venue import Venue

CLIENT_ID_MAX: Final = 64
IDEMPOTENCY_KEY: Final = b"idempotency-key"
BY_CLIENT_ID: Final = "client:"  # before a client's own id, where an order is named
ORDER_ID_MAX: Final = (1 << 62) - 1

SIDES: Final = {side.name.lower(): side for side in Side}
TYPES: Final = {kind.name.lower(): kind for kind in OrderType}
TIMES: Final = {each.name.lower(): each for each in TimeInForce}
TRIGGERS: Final = {trigger.name.lower(): trigger for trigger in Trigger}
SOURCES: Final = {source.name.lower(): source for source in PriceSource}
SELF_TRADES: Final = {mode.name.lower(): mode for mode in SelfTrade}


def account_of(request: Request) -> int:
    """Return whose key signed, or who is signed in."""
    assert request.key is not None, "the server authenticates private endpoints"
    return request.key.account


def client_id_of(request: Request) -> str:
    """Return the client's own id of the order that a request places: its Idempotency-Key; "" without one.

    Raises: Refused when it is not 1 to 64 printable characters of ASCII.
    """
    text = request.header(IDEMPOTENCY_KEY)
    if text is None:
        return ""
    if not (0 < len(text) <= CLIENT_ID_MAX and text.isascii() and text.isprintable() and text.strip() == text):
        raise wrong("Idempotency-Key", "1 to 64 printable characters of ASCII, with no space at an end")
    return text


def order_named(text: str) -> tuple[int, str]:
    """Return the number, or else the client's own id, that an order is named by.

    Raises: Refused.
    """
    if text.startswith(BY_CLIENT_ID) and len(text) > len(BY_CLIENT_ID):
        return 0, text.removeprefix(BY_CLIENT_ID)
    return order_id_of(text, "id"), ""


def order_id_of(text: str, param: str) -> int:
    """Return the order's number. Raises: Refused when it is none."""
    if text.isascii() and text.isdecimal() and len(text) <= 19 and 0 < int(text) <= ORDER_ID_MAX:
        return int(text)
    raise wrong(param, "an order is named by its number")


def instrument_id_of(venue: Venue, name: str | UnsetType) -> int:
    """Return the number of the instrument that is asked for; EVERY_INSTRUMENT where none is.

    Raises: Refused.
    """
    return EVERY_INSTRUMENT if isinstance(name, UnsetType) else instrument_of(venue, name).id


def order_of(venue: Venue, account: int, form: shapes.NewOrder) -> PlaceOrder:
    """Return the command that places an order.

    Raises: Refused.
    """
    instrument = instrument_of(venue, form.instrument)
    trigger = 0 if isinstance(form.trigger, UnsetType) else TRIGGERS[form.trigger]
    if trigger != Trigger.TRAILING_PERCENTAGE and not isinstance(form.trail_ppm, UnsetType):
        raise Refused(CORE[RejectReason.UNSUPPORTED_COMBINATION], param="trail_ppm")
    if trigger == Trigger.TRAILING_PERCENTAGE and not isinstance(form.trail, UnsetType):
        raise Refused(CORE[RejectReason.UNSUPPORTED_COMBINATION], param="trail")
    trail = _units(instrument.ticks, form.trail, "trail") or _count(form.trail_ppm)
    return PlaceOrder(
        account=account, instrument=instrument.id, side=SIDES[form.side], order_type=TYPES[form.type],
        time_in_force=TIMES[form.time_in_force], expires_ns=_end(form.expires), post_only=int(form.post_only),
        price=_units(instrument.ticks, form.price, "price"), quantity=_units(instrument.lots, form.quantity, "quantity"),
        budget=_units(_amount_in(instrument), form.budget, "budget"), trigger=trigger,
        trigger_price=_units(instrument.ticks, form.trigger_price, "trigger_price"),
        trigger_source=SOURCES[form.trigger_source] if trigger else 0, trail=trail, display_ppm=_count(form.display_ppm),
        deviation_ppm=_count(form.deviation_ppm), self_trade=SELF_TRADES[form.self_trade],
    )  # fmt: skip


def oco_of(venue: Venue, account: int, form: shapes.NewOco) -> PlaceOco:
    """Return the command that places an OCO order.

    Raises: Refused.
    """
    instrument = instrument_of(venue, form.instrument)
    return PlaceOco(
        account=account, instrument=instrument.id, side=SIDES[form.side], order_type=OrderType.LIMIT,
        time_in_force=TIMES[form.time_in_force], expires_ns=_end(form.expires),
        price=_units(instrument.ticks, form.price, "price"), quantity=_units(instrument.lots, form.quantity, "quantity"),
        trigger=Trigger.STOP, trigger_price=_units(instrument.ticks, form.trigger_price, "trigger_price"),
        trigger_source=SOURCES[form.trigger_source], stop_price=_units(instrument.ticks, form.stop_price, "stop_price"),
        self_trade=SELF_TRADES[form.self_trade],
    )  # fmt: skip


def change_of(instrument: Instrument, account: int, order_id: int, form: shapes.OrderChange) -> AmendOrder:
    """Return the command that amends an order.

    Raises: Refused.
    """
    is_remaining = not isinstance(form.remaining, UnsetType)
    if is_remaining and not isinstance(form.quantity, UnsetType):
        raise Refused(CORE[RejectReason.UNSUPPORTED_COMBINATION], param="remaining")
    name = "remaining" if is_remaining else "quantity"
    change = AmendOrder(
        account=account, order_id=order_id, price=_units(instrument.ticks, form.price, "price"),
        quantity=_units(instrument.lots, form.remaining if is_remaining else form.quantity, name),
        trigger_price=_units(instrument.ticks, form.trigger_price, "trigger_price"), quantity_is_remaining=int(is_remaining),
    )  # fmt: skip
    if not (change.price or change.quantity or change.trigger_price):
        raise wrong("price", "nothing is to be changed")
    return change


def _units(read: Callable[[str], int], text: str | UnsetType, param: str) -> int:
    """Return a decimal in ticks, lots or minor units; 0 where it was left out. A zero that was sent is refused."""
    if isinstance(text, UnsetType):
        return 0
    try:
        units = read(text)
    except ValueError as error:
        raise wrong(param, str(error)) from error
    if not 0 < units <= AMOUNT_MAX:
        raise wrong(param, "above zero, and no more than can be counted")
    return units


def _amount_in(instrument: Instrument) -> Callable[[str], int]:
    return lambda text: to_units(text, scale=instrument.quote.scale)


def _count(number: int | UnsetType) -> int:
    if isinstance(number, UnsetType):
        return 0
    if abs(number) > AMOUNT_MAX:
        raise wrong("", "a number beyond what can be counted")
    return number


def _end(text: str | UnsetType) -> int:
    return 0 if isinstance(text, UnsetType) else ns_of(text, "expires")
