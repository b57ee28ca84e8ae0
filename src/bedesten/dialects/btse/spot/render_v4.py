"""Order rows of spot v4: one row for every call, from placing to look-ups.

orderState, triggerPrice and triggerOrderType are beyond the recorded row: clients that look orders up want them, and unknown
keys are skipped by the others.
Source: the row recorded in ccxt's btse.py 4.5.90 and its static tests.
"""

from __future__ import annotations

from bedesten.dialects.btse import ids, numbers
from bedesten.dialects.btse.numbers import NS_PER_MS
from bedesten.dialects.btse.spot.render import by_currency, price_of, sizes_of
from bedesten.dialects.btse.vocabulary import (
    SIDE_NAME,
    STATE_NAME,
    TRIGGER_KIND,
    TYPE_CODE,
    Status,
    status_of,
    time_in_force_of,
)
from bedesten.domain.instruments import Instrument
from bedesten.domain.orders import Order


def order_row(
    instrument: Instrument,
    order: Order,
    client_id: str,
    *,
    status: Status | None = None,
    filled_now: int | None = None,
    message: str = "",
) -> str:
    """Return the row of an order.

    Units: filled_now, the lots that this request filled, is all that was filled unless given.
    """
    sizes = sizes_of(instrument, order)
    now = sizes.filled if filled_now is None else numbers.size(instrument, filled_now)
    state = status_of(order) if status is None else status
    return (
        f'{{"orderId":"{ids.ORDERS.text(order.order_id)}","clOrderId":{numbers.text(client_id)},"status":{state:d},'
        f'"orderState":"{STATE_NAME[state]}","market":{numbers.text(instrument.name)},"symbol":{numbers.text(instrument.name)},'
        f'"type":{TYPE_CODE[order.order_type]},"orderSide":"{SIDE_NAME[order.side]}",'
        f'"orderPrice":{price_of(instrument, order, sizes.average)},"postOnly":{numbers.flag(order.post_only)},'
        f'"timestamp":{(order.created_ns if status is None else order.updated_ns) // NS_PER_MS},"orderDetailType":null,'
        f'"message":{numbers.text_or_null(message)},'
        f'"userQuoteCurrency":{numbers.text(instrument.quote.code)},"orderCurrency":"{"quote" if sizes.by_quote else "base"}",'
        f'{by_currency(sizes, sizes.remaining)}"filledBaseSize":{now},"totalFilledBaseSize":{sizes.filled},'
        f'"avgFilledPrice":{sizes.average},"triggerPrice":{numbers.price(instrument, order.trigger_price)},'
        f'"triggerOrderType":{TRIGGER_KIND[order.trigger]},"time_in_force":"{time_in_force_of(order)}"}}'
    )


def missing_row(status: Status, *, symbol: str, order_id: str, client_id: str, message: str, time_ns: int) -> str:
    """Return the row about an order that there is none of."""
    return (
        f'{{"orderId":{numbers.text(order_id)},"clOrderId":{numbers.text(client_id)},"status":{status:d},'
        f'"orderState":"{STATE_NAME[status]}","market":{numbers.text(symbol)},"symbol":{numbers.text(symbol)},"type":0,'
        f'"orderSide":null,"orderPrice":0,"postOnly":false,"timestamp":{time_ns // NS_PER_MS},"orderDetailType":null,'
        f'"message":{numbers.text_or_null(message)},"userQuoteCurrency":null,"orderCurrency":"base",'
        '"originalOrderBaseSize":null,"originalOrderQuoteSize":null,"currentOrderBaseSize":null,'
        '"currentOrderQuoteSize":null,"remainingOrderBaseSize":null,"remainingOrderQuoteSize":null,"filledBaseSize":0,'
        '"totalFilledBaseSize":0,"avgFilledPrice":0,"triggerPrice":0,"triggerOrderType":0,"time_in_force":null}'
    )
