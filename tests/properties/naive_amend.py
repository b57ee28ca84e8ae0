"""How the naive exchange amends an order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bedesten.domain.commands import EVERY_INSTRUMENT, AmendOrder
from bedesten.domain.enums import EventKind, OrderType, PriceSource
from bedesten.domain.orders import Order
from tests.properties import naive_checks
from tests.properties.naive_checks import P, R, refuse, refuse_lack
from tests.properties.naive_order import NaiveOrder
from tests.properties.naive_place import market_hold_price, open_lots

if TYPE_CHECKING:
    from tests.properties.naive import NaiveExchange


def amend(exchange: NaiveExchange, command: AmendOrder) -> None:
    """Amend an order, or refuse to and leave it as it was."""
    order = find(exchange, command)
    try:
        row = amended_row(exchange, order, command)
        hold_price = amended_hold_price(order, row)
        check(exchange, order, replace(order, row=row, hold_price=hold_price))
    except naive_checks.Refused as refusal:
        refusal.instrument = order.row.instrument
        raise
    before = order.row
    kept = row.price == before.price and row.quantity <= before.quantity and row.trigger_price == before.trigger_price
    order.row, order.hold_price = row._replace(updated_ns=exchange.now), hold_price
    exchange.hold(order, max(order.row.held, order.need()))
    exchange.trim(order)
    terms = (row.price, row.quantity, row.trigger_price)
    exchange.emit(EventKind.AMENDED, row.order_id, row.account, row.instrument, *terms, int(kept))
    if not kept:
        reenter(exchange, order)
    exchange.fire_due(order.listing)


def amended_hold_price(order: NaiveOrder, row: Order) -> int:
    """Return the price that the amended order's hold is reckoned from."""
    if row.order_type == OrderType.MARKET and order.hold_price:
        return market_hold_price(row, order.listing)
    return row.price


def find(exchange: NaiveExchange, command: AmendOrder) -> NaiveOrder:
    """Return the order spoken of, or refuse: until it is known, no instrument is."""
    named = command.instrument != EVERY_INSTRUMENT
    refuse(R.MALFORMED, command.instrument < -1 or command.quantity_is_remaining not in (0, 1))
    refuse(R.MALFORMED, command.account < 0 or command.price < 0 or command.quantity < 0 or command.trigger_price < 0)
    refuse(R.UNKNOWN_ACCOUNT, command.account not in exchange.accounts)
    refuse(R.UNKNOWN_INSTRUMENT, named and command.instrument not in exchange.listings)
    orders = exchange.orders_of(command.account, command.instrument)
    spoken_of = [order for order in orders if order.row.order_id == command.order_id]
    refuse(R.UNKNOWN_ORDER, not spoken_of)
    return spoken_of[0]


def amended_row(exchange: NaiveExchange, order: NaiveOrder, command: AmendOrder) -> Order:
    """Return the row as asked for, or refuse what may not be changed."""
    row = order.row
    refuse(R.ACCOUNT_SUSPENDED, bool(exchange.accounts[row.account]["suspended"]))
    naive_checks.check_state(order.listing, is_post_only_limit=bool(row.post_only))
    refuse(R.AMEND_NOT_ALLOWED, row.order_type == OrderType.PEG or row.sibling_id != 0)
    refuse(R.AMEND_NOT_ALLOWED, row.is_market and (command.price > 0 or command.quantity > 0))
    refuse(R.AMEND_NOT_ALLOWED, not (command.price or command.quantity or command.trigger_price))
    refuse(R.AMEND_NOT_ALLOWED, command.trigger_price > 0 and (row.trail > 0 or row.trigger == 0))
    refuse(R.AMEND_ALREADY_TRIGGERED, command.trigger_price > 0 and not row.is_waiting)
    quantity = row.quantity
    if command.quantity:
        quantity = command.quantity + (row.filled if command.quantity_is_remaining else 0)
    is_filled = not row.is_market and quantity <= row.filled
    refuse(R.AMEND_QUANTITY_FILLED, is_filled, value=quantity, bound=row.filled)
    price, trigger_price = command.price or row.price, command.trigger_price or row.trigger_price
    return row._replace(price=price, quantity=quantity, trigger_price=trigger_price)


def check(exchange: NaiveExchange, before: NaiveOrder, after: NaiveOrder) -> None:
    """Refuse an amended order that could not be placed so; what did not change is only held to limits, not to the moment."""
    from tests.properties.naive import would_cross

    old, new = before.row, after.row
    if new.is_market:
        check_market(exchange, before, after)
        return
    if new.quantity != old.quantity:
        naive_checks.check_quantity(new.quantity, after.listing, open_lots(exchange, after.listing))
    naive_checks.refuse_price(R.PRICE_OUT_OF_RANGE, new.price, after.listing)
    if new.is_waiting:
        naive_checks.refuse_price(R.TRIGGER_PRICE_OUT_OF_RANGE, new.trigger_price, after.listing)
    naive_checks.check_notional([replace(after, row=new._replace(original_price=new.price))])
    if new.price != old.price:
        naive_checks.check_band(after, new.price)
    naive_checks.check_distance(after)
    check_moved_trigger(before, after)
    opposite = exchange.opposite(after)
    crosses = bool(new.post_only) and not new.is_waiting and would_cross(after, opposite)
    best = opposite[0].row.price if opposite else 0
    refuse(R.POST_ONLY_WOULD_CROSS, crosses, value=new.price, reference=best)
    available = exchange.available(old.account, after.pays_in)
    refuse_lack(after.pays_in, min(after.need(), naive_checks.TOO_MUCH) - old.held, available)


def check_market(exchange: NaiveExchange, before: NaiveOrder, after: NaiveOrder) -> None:
    """Refuse a waiting market order a trigger price that it could not be placed with."""
    trigger_price = after.row.trigger_price
    naive_checks.refuse_price(R.TRIGGER_PRICE_OUT_OF_RANGE, trigger_price, after.listing)
    is_bare = after.listing.rules > 0 and after.hold_price > 0 and not after.listing[P.MARKET_PROTECTION_PPM]
    refuse(R.NO_PROTECTION, is_bare)
    check_moved_trigger(before, after)
    more = 0 if after.by_budget else min(after.need(), naive_checks.TOO_MUCH) - before.row.held
    refuse_lack(after.pays_in, more, exchange.available(before.row.account, after.pays_in))


def check_moved_trigger(before: NaiveOrder, after: NaiveOrder) -> None:
    """Refuse a new trigger price that watches an index too old, or is met already where the instrument refuses that."""
    if after.row.trigger_price != before.row.trigger_price:
        naive_checks.refuse_old_index(after.listing, after.row.trigger_source == PriceSource.INDEX)
        naive_checks.check_met(after)


def reenter(exchange: NaiveExchange, order: NaiveOrder) -> None:
    """Put an amended order behind its queue: through the book when it is live."""
    if order.row.is_waiting:
        order.place = exchange.last_place()
    else:
        exchange.enter(order)
