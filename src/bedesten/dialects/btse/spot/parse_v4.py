"""Spot v4 orders as commands. v4 is strict where v3 tolerates: market and trailing buys name an amount of quote, all else a size.

Source: docs.btse.com, Place Order, Place Algo Order and Amend Order of the unified spot API, as ccxt's btse.py 4.5.90 sends
them ("the sizing rules are strict on both sides, verified live").
"""

from __future__ import annotations

from typing import Final

from bedesten.dialects.btse import errors
from bedesten.dialects.btse.spot.parse import (
    DEVIATION_MAX_PPM,
    Change,
    budget_of,
    life_of,
    number_text,
    percent_of,
    price_of,
    price_source_of,
    side_of,
    size_of,
    trail_of,
)
from bedesten.dialects.btse.spot.shapes import AmendOrderV4, CreateAlgoOrderV4, CreateOrderV4
from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.enums import OrderType, Side, Trigger
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import PPM

#: triggerOrderType: the trigger, and whether it places a limit order.
_CONDITIONS: Final[dict[str, tuple[Trigger, bool]]] = {
    "STOP_LOSS": (Trigger.STOP, False),
    "STOP_LOSS_LIMIT": (Trigger.STOP, True),
    "TAKE_PROFIT": (Trigger.TAKE_PROFIT, False),
    "TAKE_PROFIT_LIMIT": (Trigger.TAKE_PROFIT, True),
}


def order_of(form: CreateOrderV4, instrument: Instrument, account: int, now_ns: int) -> PlaceOrder:
    """Return the command of a plain order."""
    kind = form.orderType.upper()
    if kind not in ("LIMIT", "MARKET"):
        raise errors.invalid("orderType")
    return _order(form, instrument, account, now_ns, limit=kind == "LIMIT")


def algo_order_of(form: CreateAlgoOrderV4, instrument: Instrument, account: int, now_ns: int) -> PlaceOrder | PlaceOco:
    """Return the command of a conditional, trailing, pegged or OCO order."""
    match form.orderType.upper():
        case "CONDITIONAL":
            return _conditional(form, instrument, account, now_ns)
        case "TRAILING":
            return _trailing(form, instrument, account, now_ns)
        case "PEG":
            return _peg(form, instrument, account, now_ns)
        case "OCO":
            return _oco(form, instrument, account, now_ns)
        case "TWAP":
            raise errors.BtseError(400, "TWAP orders are not supported by this venue")
    raise errors.invalid("orderType")


def change_of(form: AmendOrderV4, instrument: Instrument) -> Change:
    """Return what an amendment asks for. A size is what is left to fill, unless totalAmountMode."""
    price, quantity = price_of(instrument, form.orderPrice), size_of(instrument, form.orderSize)
    trigger_price = price_of(instrument, form.triggerPrice)
    if not (price or quantity or trigger_price):
        raise errors.mandatory("orderSize, orderPrice or triggerPrice")
    return Change(price, quantity, trigger_price, not form.totalAmountMode)


def _order(
    form: CreateOrderV4,
    instrument: Instrument,
    account: int,
    now_ns: int,
    *,
    limit: bool,
    trigger: int = 0,
    trigger_price: int = 0,
    trigger_source: int = 0,
    trail: int = 0,
) -> PlaceOrder:
    side = side_of(form.orderSide)
    time_in_force, expires_ns = life_of(form.timeInForce, now_ns)
    quantity, budget = _sizes(form, instrument, by_quote=not limit and side == Side.BUY)
    price = price_of(instrument, form.orderPrice) if limit else 0
    if limit and not price:
        raise errors.invalid_price()
    return PlaceOrder(
        account=account, instrument=instrument.id, side=side, order_type=OrderType.LIMIT if limit else OrderType.MARKET,
        time_in_force=time_in_force, expires_ns=expires_ns, post_only=bool(form.postOnly), price=price,
        quantity=quantity, budget=budget, trigger=trigger, trigger_price=trigger_price,
        trigger_source=trigger_source, trail=trail,
    )  # fmt: skip


def _sizes(form: CreateOrderV4, instrument: Instrument, *, by_quote: bool) -> tuple[int, int]:
    """Return quantity and budget, one of them zero."""
    quantity, budget = size_of(instrument, form.orderSize), budget_of(instrument, form.quoteOrderSize)
    if by_quote:
        if quantity or not budget:
            raise errors.BtseError(errors.ORDER_SIZE, "Invalid order size: this order takes quoteOrderSize")
    elif budget or not quantity:
        raise errors.BtseError(errors.ORDER_SIZE, "Invalid order size: this order takes orderSize")
    return quantity, budget


def _conditional(form: CreateAlgoOrderV4, instrument: Instrument, account: int, now_ns: int) -> PlaceOrder:
    condition = _CONDITIONS.get((form.triggerOrderType or "").upper())
    if condition is None:
        raise errors.invalid("triggerOrderType")
    trigger_price = price_of(instrument, form.triggerPrice)
    if not trigger_price:
        raise errors.mandatory("triggerPrice")
    trigger, limit = condition
    return _order(
        form, instrument, account, now_ns, limit=limit, trigger=trigger, trigger_price=trigger_price,
        trigger_source=price_source_of(form.triggerPriceType),
    )  # fmt: skip


def _trailing(form: CreateAlgoOrderV4, instrument: Instrument, account: int, now_ns: int) -> PlaceOrder:
    kind = (form.trailValueType or "DISTANCE").upper()
    if kind == "DISTANCE":
        trigger, trail = Trigger.TRAILING_DISTANCE, trail_of(instrument, form.trailValue)
    elif kind == "PERCENTAGE":
        trigger, trail = Trigger.TRAILING_PERCENTAGE, percent_of(form.trailValue, "trailValue", 1, PPM)
    else:
        raise errors.invalid("trailValueType")
    if not trail:
        raise errors.mandatory("trailValue")
    source = price_source_of(form.triggerPriceType)
    return _order(form, instrument, account, now_ns, limit=False, trigger=trigger, trigger_source=source, trail=trail)


def _peg(form: CreateAlgoOrderV4, instrument: Instrument, account: int, now_ns: int) -> PlaceOrder:
    time_in_force, expires_ns = life_of(form.timeInForce, now_ns)
    price = price_of(instrument, form.orderPrice)
    if not price:
        raise errors.invalid_price()
    quantity, _ = _sizes(form, instrument, by_quote=False)
    return PlaceOrder(
        account=account, instrument=instrument.id, side=side_of(form.orderSide), order_type=OrderType.PEG,
        time_in_force=time_in_force, expires_ns=expires_ns, post_only=bool(form.postOnly), price=price, quantity=quantity,
        deviation_ppm=percent_of(form.deviation, "deviation", -DEVIATION_MAX_PPM, DEVIATION_MAX_PPM),
        display_ppm=percent_of(form.stealth, "stealth", 0, PPM),
    )  # fmt: skip


def _oco(form: CreateAlgoOrderV4, instrument: Instrument, account: int, now_ns: int) -> PlaceOco:
    time_in_force, expires_ns = life_of(form.timeInForce, now_ns)
    for name in ("takeProfitOrderPrice", "stopLossOrderPrice", "stopLossTriggerPrice"):
        if not number_text(getattr(form, name)):
            raise errors.mandatory(name)
    quantity, _ = _sizes(form, instrument, by_quote=False)
    return PlaceOco(
        account=account, instrument=instrument.id, side=side_of(form.orderSide), order_type=OrderType.LIMIT,
        time_in_force=time_in_force, expires_ns=expires_ns, post_only=bool(form.postOnly),
        price=price_of(instrument, form.takeProfitOrderPrice), quantity=quantity, trigger=Trigger.STOP,
        trigger_price=price_of(instrument, form.stopLossTriggerPrice),
        stop_price=price_of(instrument, form.stopLossOrderPrice),
        trigger_source=price_source_of(form.stopLossTriggerPriceType),
    )  # fmt: skip
