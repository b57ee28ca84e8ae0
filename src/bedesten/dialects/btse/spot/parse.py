"""Requests as commands: the venue's forms of an order become PlaceOrder, PlaceOco and AmendOrder, exactly, or are refused.

Zero stands for "absent" in every number, as the venue's own samples send it. A price finer than the tick or a size finer than
the lot is refused, never rounded.
Source: BTSE spot API v3.3, Create New Order (txType and side in either case), and Amend Order; a market order takes a size or
an amount of quote (price, since March 2026; quoteOrderSize, as v4 names it), not both.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from bedesten.dialects.btse import errors
from bedesten.dialects.btse.spot.errors import mixed_size_and_price, price_too_small, too_large
from bedesten.dialects.btse.spot.shapes import AmendOrderBody, CreateOrder
from bedesten.dialects.btse.vocabulary import LIFETIMES_NS, PLAIN_TIMES_IN_FORCE, PRICE_SOURCES, SIDES
from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.enums import OrderType, PriceSource, Side, TimeInForce, Trigger
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import AMOUNT_MAX, PPM, to_units

CLIENT_ID_MAX: Final = 64  # characters; what the published clients allow
PERCENT_SCALE: Final = 4  # a percent has this many decimals when counted in parts per million
DEVIATION_MAX_PPM: Final = 100_000  # ±10 %
TRAIL_MAX: Final = 1 << 31  # ticks; farther than any price here can fall, and well within what the core takes
TIMEOUT_MS_MAX: Final = (
    100 * 365 * 86_400_000
)  # a century: far beyond any dead-man timer, and within 64 bits of nanoseconds

#: Numbers that are remembered as sent: prices near the market and round sizes come again and again. About 3 MB when full.
NUMBERS_MAX: Final = 16_384

_PLAIN_MAX: Final = 20  # digits that `to_units` takes before the point
_GTC: Final = TimeInForce.GTC  # for most orders; found faster than a member in its enum
_LIMIT: Final = OrderType.LIMIT
_ABSENT: Final = frozenset({b"", b"null", b"0", b"0.0", b'""', b'"0"', b'"0.0"'})


class Change(NamedTuple):
    """What an amendment asks for; 0 leaves a field as it is."""

    price: int
    quantity: int
    trigger_price: int
    quantity_is_remaining: bool


def number_text(raw: msgspec.Raw) -> str:
    """Return the digits that a number was sent with, or "" when it was not sent or is a plain zero."""
    return _digits(bytes(raw))


def _digits(sent: bytes) -> str:
    if sent in _ABSENT:
        return ""
    digits = str(sent, "latin-1")  # never fails; what is not a digit is refused below
    return digits[1:-1] if digits[0] == '"' else digits


def is_sent(sent: bytes) -> bool:
    """Return whether a number was sent at all: nothing is one, too."""
    return sent not in (b"", b"null", b'""')


def units_of(digits: str, scale: int) -> int:
    """Return what `to_units` does; plain digits, which nearly every client sends, take the short way.

    Raises: ValueError as it does.
    """
    whole, point, fraction = digits.partition(".")
    if whole.isdecimal() and len(digits) <= _PLAIN_MAX and digits.isascii():
        if not point:
            return int(whole) * 10**scale  # type: ignore[no-any-return]
        if fraction.isdecimal() and len(fraction) <= scale:
            return int(whole + fraction) * 10 ** (scale - len(fraction))  # type: ignore[no-any-return]
    return to_units(digits, scale=scale)


@lru_cache(maxsize=NUMBERS_MAX)
def steps_of(sent: bytes, scale: int, step: int) -> int:
    """Return how many steps of *step* units a number as sent holds; 0 when it was not sent.

    Raises: ValueError when it is no number, or between two steps.
    """
    digits = _digits(sent)
    if not digits:
        return 0
    steps, between = divmod(units_of(digits, scale), step)
    if between:
        raise ValueError(f"between two steps: {digits[:48]}")
    return steps


def price_of(instrument: Instrument, raw: msgspec.Raw) -> int:
    """Return a price in ticks; 0 when it was not sent.

    Raises: BtseError when it is not a price of this instrument.
    """
    try:
        ticks = steps_of(bytes(raw), instrument.price_scale, instrument.tick_size)
    except ValueError:
        raise (
            price_too_small(instrument, instrument.min_price) if _is_below(instrument, raw) else errors.invalid_price()
        ) from None
    if not 0 <= ticks <= AMOUNT_MAX:
        raise errors.invalid_price()
    return ticks


def trail_of(instrument: Instrument, raw: msgspec.Raw) -> int:
    """Return a trailing distance in ticks; 0 when it was not sent, which the venue's samples write as 0.

    Raises: BtseError when it is no distance, or as far as no price can go.
    """
    try:
        ticks = steps_of(bytes(raw), instrument.price_scale, instrument.tick_size)
    except ValueError:
        raise errors.invalid("trailValue") from None
    if not 0 <= ticks < (instrument.max_price or TRAIL_MAX):
        raise errors.invalid("trailValue")
    return ticks


def _is_below(instrument: Instrument, raw: msgspec.Raw) -> bool:
    """Return whether a price that is between two ticks is below the least one, which is told first."""
    try:
        price = Decimal(number_text(raw))
    except InvalidOperation:
        return False
    least = Decimal(instrument.min_price * instrument.tick_size).scaleb(-instrument.price_scale)
    return price.is_finite() and 0 < price < least


def size_of(instrument: Instrument, raw: msgspec.Raw) -> int:
    """Return a quantity in lots; 0 when it was not sent.

    Raises: BtseError when it is not a quantity of this instrument.
    """
    try:
        lots = steps_of(bytes(raw), instrument.quantity_scale, instrument.lot_size)
    except ValueError:
        raise errors.invalid_size() from None
    if lots < 0:
        raise errors.invalid_size()
    if lots > AMOUNT_MAX:
        raise too_large(instrument, instrument.max_quantity)
    return lots


def budget_of(instrument: Instrument, raw: msgspec.Raw) -> int:
    """Return an amount of quote in minor units; 0 when it was not sent.

    Raises: BtseError when it is not such an amount.
    """
    return _units(raw, instrument.quote.scale, errors.invalid_size())


def percent_of(raw: msgspec.Raw, name: str, least: int, most: int) -> int:
    """Return a percentage in parts per million, between *least* and *most*; 0 when it was not sent."""
    digits = number_text(raw)
    if not digits:
        return 0
    try:
        ppm = to_units(digits, scale=PERCENT_SCALE)
    except ValueError:
        raise errors.invalid(name) from None
    if not least <= ppm <= most:
        raise errors.invalid(name)
    return ppm


def timeout_ns_of(raw: msgspec.Raw) -> int:
    """Return a timeout in nanoseconds; 0 disarms."""
    try:
        timeout_ms = to_units(number_text(raw) or "0", scale=0)
    except ValueError:
        raise errors.invalid("timeout") from None
    if not 0 <= timeout_ms <= TIMEOUT_MS_MAX:
        raise errors.invalid("timeout")
    return timeout_ms * 1_000_000


def side_of(side: str) -> Side:
    """Return the side."""
    found = SIDES.get(side) or SIDES.get(side.upper())
    if found is None:
        raise errors.invalid("side")
    return found


def life_of(time_in_force: str | None, now_ns: int) -> tuple[TimeInForce, int]:
    """Return the time in force and, of a lifetime, its end."""
    if not time_in_force:
        return _GTC, 0
    name = time_in_force.upper()
    plain = PLAIN_TIMES_IN_FORCE.get(name)
    if plain is not None:
        return plain, 0
    lifetime_ns = LIFETIMES_NS.get(name)
    if lifetime_ns is None:
        raise errors.invalid("time_in_force")
    return TimeInForce.GTD, now_ns + lifetime_ns


def price_source_of(name: str | None, default: PriceSource = PriceSource.INDEX) -> PriceSource:
    """Return which price a trigger watches."""
    if not name:
        return default
    source = PRICE_SOURCES.get(name.upper())
    if source is None:
        raise errors.invalid("triggerPriceType")
    return source


def client_id_of(text: str | None) -> str:
    """Return the client's own id, "" without one."""
    if text is not None and len(text) > CLIENT_ID_MAX:
        raise errors.invalid("clOrderID")
    return text or ""


def order_of(
    form: CreateOrder, instrument: Instrument, account: int, now_ns: int, *, peg: bool
) -> PlaceOrder | PlaceOco:
    """Return the command that a v3 order asks for. peg: sent to /order/peg, where type LIMIT means PEG."""
    side = side_of(form.side)
    kind = form.type.upper()
    time_in_force, expires_ns = life_of(form.time_in_force, now_ns)
    tx_type = form.txType.upper() if form.txType else "LIMIT"
    if tx_type not in _TRIGGERS:
        raise errors.invalid("txType")
    if peg or kind in ("PEG", "INDEX"):
        if kind not in ("LIMIT", "PEG", "INDEX"):
            raise errors.invalid("type")
        return _peg(form, instrument, account, side, (time_in_force, expires_ns))
    if kind == "OCO":
        return _oco(form, instrument, account, side, (time_in_force, expires_ns))
    trigger, trigger_price, trail = _trigger(form, instrument, tx_type)
    if kind == "LIMIT":
        order_type, price, quantity, budget = _LIMIT, price_of(instrument, form.price), 0, 0
        if not price:
            raise errors.invalid_price()
        quantity = size_of(instrument, form.size)
    elif kind == "MARKET":
        order_type, price = OrderType.MARKET, 0
        quantity, budget = _market_size(form, instrument, side)
    else:
        raise errors.invalid("type")
    if not quantity and not budget:
        raise errors.invalid_size()
    return PlaceOrder(
        account=account, instrument=instrument.id, side=side, order_type=order_type, time_in_force=time_in_force,
        expires_ns=expires_ns, post_only=bool(form.postOnly), price=price, quantity=quantity, budget=budget,
        trigger=trigger, trigger_price=trigger_price, trail=trail,
        trigger_source=price_source_of(form.triggerPriceType) if trigger else 0,
    )  # fmt: skip


#: None: what a plain order says.
_TRIGGERS: Final[dict[str, Trigger | None]] = {
    "LIMIT": None,
    "STOP": Trigger.STOP,
    "TRIGGER": Trigger.TAKE_PROFIT,
}


def _trigger(form: CreateOrder, instrument: Instrument, tx_type: str) -> tuple[int, int, int]:
    """Return trigger, trigger price and trail. A trailing distance makes any order a trailing stop."""
    trail = trail_of(instrument, form.trailValue)
    if trail:
        return Trigger.TRAILING_DISTANCE, 0, trail
    trigger = _TRIGGERS[tx_type]
    if trigger is None:
        return 0, 0, 0
    trigger_price = price_of(instrument, form.triggerPrice)
    if not trigger_price:
        raise errors.mandatory("triggerPrice")
    return trigger, trigger_price, 0


def _market_size(form: CreateOrder, instrument: Instrument, side: Side) -> tuple[int, int]:
    """Return quantity and budget of a market order, one of them zero. Only a buy can name what it spends."""
    quantity = size_of(instrument, form.size)
    budget = budget_of(instrument, form.quoteOrderSize)
    spend = budget_of(instrument, form.price)
    if (quantity and (spend or budget)) or (spend and budget):
        raise mixed_size_and_price()
    if side == Side.SELL and (spend or budget):
        raise errors.mandatory("size")
    return quantity, spend or budget


def _peg(
    form: CreateOrder, instrument: Instrument, account: int, side: Side, life: tuple[TimeInForce, int]
) -> PlaceOrder:
    price, quantity = price_of(instrument, form.price), size_of(instrument, form.size)
    if not price:
        raise errors.invalid_price()
    if not quantity:
        raise errors.invalid_size()
    return PlaceOrder(
        account=account, instrument=instrument.id, side=side, order_type=OrderType.PEG, time_in_force=life[0],
        expires_ns=life[1], post_only=bool(form.postOnly), price=price, quantity=quantity,
        deviation_ppm=percent_of(form.deviation, "deviation", -DEVIATION_MAX_PPM, DEVIATION_MAX_PPM),
        display_ppm=percent_of(form.stealth, "stealth", 0, PPM),
    )  # fmt: skip


def _oco(
    form: CreateOrder, instrument: Instrument, account: int, side: Side, life: tuple[TimeInForce, int]
) -> PlaceOco:
    price, quantity = price_of(instrument, form.price), size_of(instrument, form.size)
    trigger_price, stop_price = price_of(instrument, form.triggerPrice), price_of(instrument, form.stopPrice)
    if not price:
        raise errors.invalid_price()
    if not quantity:
        raise errors.invalid_size()
    if not trigger_price:
        raise errors.mandatory("triggerPrice")
    if not stop_price:
        raise errors.mandatory("stopPrice")
    return PlaceOco(
        account=account, instrument=instrument.id, side=side, order_type=OrderType.LIMIT, time_in_force=life[0],
        expires_ns=life[1], post_only=bool(form.postOnly), price=price, quantity=quantity, trigger=Trigger.STOP,
        trigger_price=trigger_price, stop_price=stop_price, trigger_source=price_source_of(form.triggerPriceType),
    )  # fmt: skip


def change_of(form: AmendOrderBody, instrument: Instrument) -> Change:
    """Return what a v3 amendment asks for. A size is that of the whole order, what is filled included."""
    match form.type.upper():
        case "PRICE":
            change = Change(price_of(instrument, form.value), 0, 0, False)
        case "SIZE":
            change = Change(0, size_of(instrument, form.value), 0, False)
        case "TRIGGERPRICE" | "TRIGGER":
            change = Change(0, 0, price_of(instrument, form.value), False)
        case "ALL":
            price, quantity = price_of(instrument, form.orderPrice), size_of(instrument, form.orderSize)
            change = Change(price, quantity, price_of(instrument, form.triggerPrice), False)
        case _:
            raise errors.invalid("type")
    if not any(change[:3]):
        raise errors.mandatory("value")
    return change


def _units(raw: msgspec.Raw, scale: int, refusal: errors.BtseError) -> int:
    digits = number_text(raw)
    if not digits:
        return 0
    try:
        units = to_units(digits, scale=scale)
    except ValueError:
        raise refusal from None
    if not 0 <= units <= AMOUNT_MAX:
        raise refusal
    return units
