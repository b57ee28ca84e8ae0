"""Order rows of v3.2 and v3.3: what placing, amending and cancelling answer, look-ups and open orders.

v3.3 rows carry the fields of both generations: the quickstart prints a v3.3 answer with v3.2 names, and clients parse either.
Built as text, field by field in the venue's order: the answer to an order is the hottest path of the dialect.
Source: BTSE spot API v3.2 and v3.3, Create New Order, Amend Order, Cancel Order, Query Order, Query Open Orders; orderId
beside orderID in look-ups, because hummingbot reads that spelling.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

from bedesten.dialects.btse import ids, numbers
from bedesten.dialects.btse.numbers import NS_PER_MS
from bedesten.dialects.btse.vocabulary import (
    SIDE_NAME,
    STATE_NAME,
    TRIGGER_KIND,
    TYPE_CODE,
    Status,
    status_of,
    time_in_force_of,
)
from bedesten.domain.enums import FeeRule, OrderType, Side, Trigger
from bedesten.domain.instruments import Instrument
from bedesten.domain.orders import Order


class Version(enum.Enum):
    """Which generation of rows. v3.1 is answered as v3.2."""

    V3_2 = "v3.2"
    V3_3 = "v3.3"


_V3_2: Final = Version.V3_2


_EMPTY: Final = '""'
_PEG: Final = OrderType.PEG
_MARKET: Final = OrderType.MARKET
_LIMIT: Final = OrderType.LIMIT
_FILLED: Final = Status.FULLY_TRANSACTED


class Sizes(NamedTuple):
    """An order's sizes as numbers. For an order by budget they are amounts of quote, but for what is filled."""

    original: str
    current: str
    remaining: str
    filled: str  # base, always
    average: str
    by_quote: bool


def sizes_of(instrument: Instrument, order: Order) -> Sizes:
    """Return what was ordered, what it is now, what is left and what was filled."""
    filled = numbers.size(instrument, order.filled) if order.filled else "0"
    average = instrument.average_price_text(order.notional, order.filled) if order.filled else "0"
    if order.budget:
        budget = numbers.amount(instrument, order.budget)
        spent = order.notional
        if instrument.fee_rule == FeeRule.IN_QUOTE:
            spent += order.fee + order.tax
        left = numbers.amount(instrument, order.budget - spent) if spent else budget
        return Sizes(budget, budget, left, filled, average, True)
    current = numbers.size(instrument, order.quantity)
    same = order.original_quantity == order.quantity
    original = current if same else numbers.size(instrument, order.original_quantity)
    left = numbers.size(instrument, order.quantity - order.filled) if order.filled else current
    return Sizes(original, current, left, filled, average, False)


def price_of(instrument: Instrument, order: Order, average: str) -> str:
    """Return the limit price, or what a market order paid."""
    return average if order.order_type == _MARKET else numbers.price(instrument, order.price)


def by_currency(sizes: Sizes, remaining: str) -> str:
    """Return v3.3's three pairs of sizes: the side not used is null."""
    original, current = sizes.original, sizes.current
    if sizes.by_quote:
        return (
            f'"originalOrderBaseSize":null,"originalOrderQuoteSize":{original},"currentOrderBaseSize":null,'
            f'"currentOrderQuoteSize":{current},"remainingOrderBaseSize":null,"remainingOrderQuoteSize":{remaining},'
        )
    return (
        f'"originalOrderBaseSize":{original},"originalOrderQuoteSize":null,"currentOrderBaseSize":{current},'
        f'"currentOrderQuoteSize":null,"remainingOrderBaseSize":{remaining},"remainingOrderQuoteSize":null,'
    )


def order_row(
    instrument: Instrument,
    order: Order,
    client_id: str,
    version: Version,
    *,
    status: Status | None = None,
    filled_now: int | None = None,
    message: str = "",
    amended: bool = False,
    last_price: int = 0,
) -> str:
    """Return the row that answers an order, an amendment or a cancellation.

    Units: filled_now, the lots that this request filled, is all that was filled unless given; last_price, of the last match, in
    ticks, stands for the limit of an order that this request filled.
    """
    sizes = sizes_of(instrument, order)
    original, current, remaining, filled, average, by_quote = sizes
    if order.sibling_id and order.is_waiting:
        remaining = "0"  # as the sample's waiting leg of an OCO order: only one of the two will ever trade
    state = status_of(order) if status is None else status
    is_filled = last_price and state is _FILLED and order.order_type == _LIMIT
    price = numbers.price(instrument, last_price) if is_filled else price_of(instrument, order, average)
    trigger_price = numbers.price(instrument, order.trigger_price) if order.trigger_price else "0"
    stealth, deviation = ("1", "1") if order.order_type != _PEG else _peg_fractions(order)
    amendment = f'"originalPrice":{numbers.price(instrument, order.original_price)},' if amended else ""
    first = (
        f'{{"status":{int(state)},"symbol":{numbers.text(instrument.name)},"orderType":{TYPE_CODE[order.order_type]},'
        f'"price":{price},"side":"{SIDE_NAME[order.side]}",'
    )
    second = (
        f'"orderID":"{ids.ORDERS.text(order.order_id)}","timestamp":{order.updated_ns // NS_PER_MS},'
        f'"triggerPrice":{trigger_price},"stopPrice":null,"trigger":{"true" if order.trigger else "false"},'
        f'"message":{numbers.text(message) if message else _EMPTY},'
    )
    third = (
        f'"clOrderID":{numbers.text_or_null(client_id)},"stealth":{stealth},"deviation":{deviation},'
        f'"postOnly":{"true" if order.post_only else "false"},'
    )
    last = f'"originalSize":{original},"remainingSize":{remaining},{amendment}"time_in_force":"{time_in_force_of(order)}"}}'
    if version is _V3_2:
        return f'{first}"size":{current},{second}"averageFillPrice":{average},"fillSize":{filled},{third}{last}'
    now = filled if filled_now is None else numbers.size(instrument, filled_now)
    return (
        f'{first}{second}{third}"orderDetailType":null,{by_currency(sizes, remaining)}'
        f'"filledBaseSize":{now},"totalFilledBaseSize":{filled},"orderCurrency":"{"quote" if by_quote else "base"}",'
        f'"avgFilledPrice":{average},"size":{current},"averageFillPrice":{average},"fillSize":{filled},{last}'
    )


def _peg_fractions(order: Order) -> tuple[str, str]:
    """Return stealth and deviation of a peg; one that shows all of itself has stealth 1."""
    return numbers.ratio(order.display_ppm) if order.display_ppm else "1", numbers.ratio(order.deviation_ppm)


def missing_row(
    version: Version, status: Status, *, symbol: str, order_id: str, client_id: str, message: str, time_ns: int
) -> str:
    """Return the row about an order that there is none of, in the shape of the amend sample: zeros and an empty id."""
    v3_3 = (
        '"orderDetailType":null,"originalOrderBaseSize":null,"originalOrderQuoteSize":null,"currentOrderBaseSize":null,'
        '"currentOrderQuoteSize":null,"remainingOrderBaseSize":null,"remainingOrderQuoteSize":null,"filledBaseSize":0,'
        '"totalFilledBaseSize":0,"orderCurrency":"base","avgFilledPrice":0,'
    )
    return (
        f'{{"status":{status:d},"symbol":{numbers.text(symbol)},"orderType":0,"price":0,"side":"BUY","size":0,'
        f'"orderID":{numbers.text(order_id)},"timestamp":{time_ns // NS_PER_MS},"triggerPrice":0,"stopPrice":null,'
        f'"trigger":false,"message":{numbers.text(message)},"averageFillPrice":0,"fillSize":0,'
        f'"clOrderID":{numbers.text(client_id)},"stealth":0,"deviation":0,"postOnly":false,"originalSize":0,"remainingSize":0,'
        f'{v3_3 if version is Version.V3_3 else ""}"time_in_force":null}}'
    )


def open_order_row(instrument: Instrument, order: Order, client_id: str, version: Version) -> str:
    """Return a row of the open orders."""
    sizes = sizes_of(instrument, order)
    uuid = ids.ORDERS.text(order.order_id)
    v3_3 = version is Version.V3_3
    head = f'"orderID":"{uuid}","requestId":{order.order_id},"vendorName":null,"botID":null,' if v3_3 else ""
    cancel_ms = max(0, order.expires_ns - order.created_ns) // NS_PER_MS if order.expires_ns else 0
    ident = "" if v3_3 else f'"orderID":"{uuid}",'
    quote = f'"quote":{numbers.text(instrument.quote.code)},' if v3_3 else ""
    detail = f'"orderDetailType":null,"orderDetail":null,{_extended(sizes)}' if v3_3 else ""
    return (
        f"{{{head}{_what(instrument, order, sizes)}{_old_sizes(sizes)}{_peg(instrument, order)}"
        f'"cancelDuration":{cancel_ms},"timestamp":{order.created_ns // NS_PER_MS},{ident}'
        f'{_trigger(instrument, order)}"symbol":{numbers.text(instrument.name)},{_trail(instrument, order)}{quote}'
        f'"clOrderID":{numbers.text_or_null(client_id)},'
        f'"orderState":"{"STATUS_INACTIVE" if order.is_waiting else "STATUS_ACTIVE"}",'
        f'"timeInForce":"{time_in_force_of(order)}",{detail}"postOnly":{numbers.flag(order.post_only)},'
        f'"triggered":{numbers.flag(order.triggered)}}}'
    )


def queried_order(instrument: Instrument, order: Order, client_id: str, version: Version) -> str:
    """Return the object that a single-order look-up answers."""
    sizes = sizes_of(instrument, order)
    uuid = ids.ORDERS.text(order.order_id)
    status = status_of(order)
    extended = _extended(sizes) if version is Version.V3_3 else ""
    return (
        f'{{"orderID":"{uuid}","orderId":"{uuid}","symbol":{numbers.text(instrument.name)},"quote":{numbers.text(instrument.quote.code)},'
        f'"status":{status:d},"orderState":"{STATE_NAME[status]}",{_what(instrument, order, sizes)}'
        f'{_trail(instrument, order)}{_old_sizes(sizes)}"clOrderID":{numbers.text_or_null(client_id)},'
        f'"timeInForce":"{time_in_force_of(order)}","timestamp":{order.created_ns // NS_PER_MS},'
        f"{_peg(instrument, order)}{_trigger(instrument, order)}{extended}"
        f'"postOnly":{numbers.flag(order.post_only)},"triggered":{numbers.flag(order.triggered)}}}'
    )


def _what(instrument: Instrument, order: Order, sizes: Sizes) -> str:
    price = price_of(instrument, order, sizes.average)
    value = numbers.amount(instrument, order.budget or instrument.notional(order.price, order.quantity))
    return (
        f'"orderType":{TYPE_CODE[order.order_type]},"price":{price},"size":{sizes.current},'
        f'"side":"{SIDE_NAME[order.side]}","orderValue":{value},'
    )


def _old_sizes(sizes: Sizes) -> str:
    return (
        f'"filledSize":{sizes.filled},"fillSize":{sizes.filled},"remainingSize":{sizes.remaining},'
        f'"averageFillPrice":{sizes.average},'
    )


def _extended(sizes: Sizes) -> str:
    return (
        f'{by_currency(sizes, sizes.remaining)}"totalFilledBaseSize":{sizes.filled},'
        f'"orderCurrency":"{"quote" if sizes.by_quote else "base"}","avgFilledPrice":{sizes.average},'
    )


def _peg(instrument: Instrument, order: Order) -> str:
    """A peg's limits: the worst price it may take, which bounds a buy from above and a sell from below."""
    if order.order_type != OrderType.PEG:
        return '"pegPriceMin":0,"pegPriceMax":0,"pegPriceDeviation":1,'
    worst = numbers.price(instrument, order.original_price)
    least, most = ("0", worst) if order.side == Side.BUY else (worst, "0")
    return f'"pegPriceMin":{least},"pegPriceMax":{most},"pegPriceDeviation":{numbers.ratio(order.deviation_ppm)},'


def _trigger(instrument: Instrument, order: Order) -> str:
    trigger, original = order.trigger_price, order.original_trigger_price
    limit = numbers.price(instrument, order.price) if order.trigger and order.order_type == OrderType.LIMIT else "0"
    deviation = numbers.ratio(order.trail) if order.trigger == Trigger.TRAILING_PERCENTAGE else "0"
    return (
        f'"triggerOrder":{numbers.flag(order.trigger)},"triggerPrice":{numbers.price(instrument, trigger)},'
        f'"triggerOriginalPrice":{numbers.price(instrument, original)},"triggerOrderType":{TRIGGER_KIND[order.trigger]},'
        f'"triggerTrailingStopDeviation":{deviation},"triggerStopPrice":{limit},'
    )


def _trail(instrument: Instrument, order: Order) -> str:
    trail = numbers.price(instrument, order.trail) if order.trigger == Trigger.TRAILING_DISTANCE else "0"
    return f'"trailValue":{trail},'
