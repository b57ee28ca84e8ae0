"""How the naive exchange amends an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedesten.domain.commands import EVERY_INSTRUMENT, AmendOrder
from bedesten.domain.enums import EventKind, OrderType
from tests.properties import naive_checks
from tests.properties.naive_checks import R, refuse
from tests.properties.naive_order import NaiveOrder

if TYPE_CHECKING:
    from tests.properties.naive import NaiveExchange


def amend(exchange: NaiveExchange, command: AmendOrder) -> None:
    """Amend an order, or refuse to and leave it as it was."""
    order = find(exchange, command)
    row = order.row
    quantity = new_quantity(order, command)
    price = command.price or row.price
    trigger_price = command.trigger_price or row.trigger_price
    kept = price == row.price and trigger_price == row.trigger_price and quantity < row.quantity
    held, before, hold_price = row.held, row, order.hold_price
    order.set(price=price, original_price=price, quantity=quantity, trigger_price=trigger_price)
    order.hold_price = price
    try:
        check(exchange, order)
    except naive_checks.Refused:
        order.row, order.hold_price = before, hold_price
        raise
    order.set(original_price=before.original_price, updated_ns=exchange.now)
    exchange.hold(order, order.need())
    assert order.row.held >= 0 and held >= 0
    exchange.emit(
        EventKind.AMENDED, row.order_id, row.account, row.instrument, price, quantity, trigger_price, int(kept)
    )
    if not kept:
        reenter(exchange, order)
    exchange.fire_due(order.listing)


def find(exchange: NaiveExchange, command: AmendOrder) -> NaiveOrder:
    """Return the order spoken of, or refuse."""
    named = command.instrument != EVERY_INSTRUMENT
    refuse(R.MALFORMED, command.instrument < -1 or command.quantity_is_remaining not in (0, 1))
    refuse(R.MALFORMED, command.price < 0 or command.quantity < 0 or command.trigger_price < 0)
    refuse(R.UNKNOWN_ACCOUNT, command.account not in exchange.accounts)
    refuse(R.UNKNOWN_INSTRUMENT, named and command.instrument not in exchange.listings)
    refuse(R.ACCOUNT_SUSPENDED, bool(exchange.accounts[command.account]["suspended"]))
    order = exchange.orders.get(command.order_id)
    if order is not None and order.row.account != command.account:
        order = None
    if order is not None and named and order.row.instrument != command.instrument:
        order = None
    if named or order is not None:
        listing = exchange.listings[command.instrument] if named else order.listing  # type: ignore[union-attr]
        free = order is None or (bool(order.row.post_only) and order.row.order_type == OrderType.LIMIT)
        naive_checks.check_state(listing, is_post_only_limit=free)
    if order is None:
        raise naive_checks.Refused(R.UNKNOWN_ORDER)
    return order


def new_quantity(order: NaiveOrder, command: AmendOrder) -> int:
    """Return the whole quantity asked for, or refuse what may not be changed."""
    row = order.row
    refuse(R.AMEND_NOT_ALLOWED, row.order_type != OrderType.LIMIT or row.sibling_id != 0)
    refuse(R.AMEND_NOT_ALLOWED, not (command.price or command.quantity or command.trigger_price))
    refuse(R.AMEND_NOT_ALLOWED, command.trigger_price > 0 and row.trail > 0)
    quantity = row.quantity
    if command.quantity:
        quantity = command.quantity + (row.filled if command.quantity_is_remaining else 0)
    same = (command.price in (0, row.price), quantity == row.quantity, command.trigger_price in (0, row.trigger_price))
    refuse(R.AMEND_NOT_ALLOWED, all(same))
    refuse(R.AMEND_ALREADY_TRIGGERED, command.trigger_price > 0 and not row.is_waiting)
    refuse(R.AMEND_QUANTITY_FILLED, quantity <= row.filled)
    return quantity


def check(exchange: NaiveExchange, order: NaiveOrder) -> None:
    """Refuse an amended order that could not have been placed so, or paid for."""
    from tests.properties.naive import would_cross

    naive_checks.check_terms(order)
    crosses = not order.row.is_waiting and would_cross(order, exchange.opposite(order))
    refuse(R.POST_ONLY_WOULD_CROSS, bool(order.row.post_only) and crosses)
    more = order.need() - order.row.held
    refuse(R.INSUFFICIENT_AVAILABLE, more > exchange.available(order.row.account, order.pays_in))


def reenter(exchange: NaiveExchange, order: NaiveOrder) -> None:
    """Put an amended order behind its queue: through the book when it is live."""
    if order.row.is_waiting:
        order.place = exchange.last_place()
    else:
        exchange.enter(order)
