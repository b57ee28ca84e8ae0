"""How the naive exchange takes a new order in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedesten.domain.commands import PlaceOco, PlaceOrder
from bedesten.domain.enums import EventKind, OrderType, TimeInForce
from bedesten.domain.money import PPM
from bedesten.domain.orders import Order
from tests.properties import naive_checks
from tests.properties.naive_checks import P, R, refuse, refuse_lack
from tests.properties.naive_order import Listing, NaiveOrder
from tests.properties.naive_plan import Plan, is_market_buy_by_quantity, peg_price, plan, start_trail

if TYPE_CHECKING:
    from tests.properties.naive import NaiveExchange


def place(exchange: NaiveExchange, command: PlaceOrder, order_id: int) -> None:
    """Place one order, or refuse it."""
    listing = admit(exchange, command)
    order = new_order(exchange, command, listing, order_id)
    naive_checks.check_terms(order, open_lots=open_lots(exchange, listing))
    check_expiry(exchange, command)
    check_open_orders(exchange, command.account, listing, 1)
    planned = plan(order, exchange.opposite(order))
    if not order.row.is_waiting:
        check_against_book(exchange, order, planned)
    amount = order.need()
    if is_market_buy_by_quantity(order) and not order.row.is_waiting:
        amount = planned.outlay
    elif listing.rules and order.is_buy and not order.row.is_waiting and order.row.time_in_force == TimeInForce.FOK:
        amount = max(amount, planned.outlay)
    refuse_lack(order.pays_in, amount, exchange.available(command.account, order.pays_in))
    take_in(exchange, order)
    exchange.hold(order, amount)
    if not order.row.is_waiting:
        exchange.enter(order)
    exchange.fire_due(listing)


def place_oco(exchange: NaiveExchange, command: PlaceOco, order_id: int) -> None:
    """Place both legs of an OCO pair, or refuse them."""
    listing = admit(exchange, command)
    limit_leg = new_order(exchange, command, listing, order_id)
    stop_leg = new_order(exchange, command, listing, order_id + 1)
    limit_leg.set(trigger=0, trigger_price=0, original_trigger_price=0, trigger_source=0, sibling_id=order_id + 1)
    stop_leg.set(price=command.stop_price, original_price=command.stop_price, sibling_id=order_id)
    stop_leg.hold_price = command.stop_price
    naive_checks.check_terms(limit_leg, stop_leg, open_lots=open_lots(exchange, listing))
    check_expiry(exchange, command)
    check_open_orders(exchange, command.account, listing, 2)
    amount = max(limit_leg.need(), stop_leg.need())
    refuse_lack(limit_leg.pays_in, amount, exchange.available(command.account, limit_leg.pays_in))
    take_in(exchange, limit_leg)
    take_in(exchange, stop_leg)
    exchange.hold(limit_leg, amount)
    exchange.enter(limit_leg)
    exchange.fire_due(listing)


def admit(exchange: NaiveExchange, command: PlaceOrder | PlaceOco) -> Listing:
    """Refuse what is wrong by itself, with its account or with its instrument; return the instrument."""
    refuse(R.MALFORMED, naive_checks.is_malformed(command))
    refuse(R.UNKNOWN_ACCOUNT, not exchange.may_trade(command.account))
    refuse(R.UNKNOWN_INSTRUMENT, command.instrument not in exchange.listings)
    refuse(R.ACCOUNT_SUSPENDED, bool(exchange.accounts[command.account]["suspended"]))
    listing = exchange.listings[command.instrument]
    is_post_only_limit = bool(command.post_only) and command.order_type == OrderType.LIMIT
    naive_checks.check_state(listing, is_post_only_limit=is_post_only_limit)
    refuse(R.UNSUPPORTED_COMBINATION, not naive_checks.is_supported(command))
    refuse(R.NO_PROTECTION, naive_checks.is_unprotected(command, listing))
    return listing


def new_order(exchange: NaiveExchange, command: PlaceOrder | PlaceOco, listing: Listing, order_id: int) -> NaiveOrder:
    """Return the order as it would stand, before it holds or trades anything."""
    row = Order(
        order_id=order_id, account=command.account, instrument=command.instrument, side=command.side,
        order_type=command.order_type, time_in_force=command.time_in_force, expires_ns=command.expires_ns,
        post_only=command.post_only, price=command.price, original_price=command.price, quantity=command.quantity,
        original_quantity=command.quantity, budget=command.budget, filled=0, notional=0, fee=0, tax=0, held=0,
        trigger=command.trigger, trigger_price=command.trigger_price, original_trigger_price=command.trigger_price,
        trigger_source=command.trigger_source, trail=command.trail, triggered=0, display_ppm=command.display_ppm,
        deviation_ppm=command.deviation_ppm, self_trade=command.self_trade, client_ref=command.client_ref, sibling_id=0,
        created_ns=exchange.now, updated_ns=exchange.now, close_reason=0,
    )  # fmt: skip
    maker_rate, taker_rate = listing.rates.get(exchange.accounts[command.account]["tier"], (0, 0))
    order = NaiveOrder(row, listing, maker_rate, taker_rate, hold_price=command.price, budget_left=command.budget)
    if row.trail:
        start_trail(order)
    if row.trigger and is_market_buy_by_quantity(order):
        order.hold_price = market_hold_price(row, listing)
    if order.is_peg and listing.fresh_index:
        order.set(price=peg_price(order))
    return order


def open_lots(exchange: NaiveExchange, listing: Listing) -> int:
    """Return what all open orders of an instrument have left, both sides and both legs counted."""
    return sum(order.row.remaining for order in exchange.orders.values() if order.listing is listing)


def check_expiry(exchange: NaiveExchange, command: PlaceOrder | PlaceOco) -> None:
    """Refuse an order that is over before it begins."""
    is_over = 0 < command.expires_ns <= exchange.now
    refuse(R.EXPIRED_ON_ARRIVAL, is_over, value=command.expires_ns, bound=exchange.now)


def check_open_orders(exchange: NaiveExchange, account: int, listing: Listing, more: int) -> None:
    """Refuse an order too many."""
    most, count = listing[P.OPEN_ORDERS_MAX], len(exchange.orders_of(account, listing.id)) + more
    refuse(R.TOO_MANY_OPEN_ORDERS, 0 < most < count, value=count, bound=most)


def check_against_book(exchange: NaiveExchange, order: NaiveOrder, planned: Plan) -> None:
    """Refuse what may not meet this book at all."""
    from tests.properties.naive import would_cross

    row, opposite = order.row, exchange.opposite(order)
    crosses = bool(row.post_only) and would_cross(order, opposite)
    refuse(R.POST_ONLY_WOULD_CROSS, crosses, value=row.price, reference=opposite[0].row.price if opposite else 0)
    fillable = sum(step.quantity for step in planned.steps if step.is_trade)
    is_killed = row.time_in_force == TimeInForce.FOK and not planned.fills_all
    refuse(R.FOK_NOT_FILLABLE, is_killed, value=row.quantity, bound=fillable)
    rules = order.listing.rules
    is_short = bool(rules) and row.is_market and planned.short_price > 0
    refuse(R.BUDGET_TOO_SMALL, is_short, value=row.budget, reference=planned.short_price)
    refuse(R.NO_LIQUIDITY, row.is_market and not (planned.met if rules else planned.trades))


def take_in(exchange: NaiveExchange, order: NaiveOrder) -> None:
    """Make an order one of the open ones."""
    row = order.row
    order.place = exchange.last_place()
    exchange.orders[row.order_id] = order
    exchange.emit(
        EventKind.PLACED, row.order_id, row.account, row.instrument, row.sibling_id, row.price, row.trigger_price
    )


def market_hold_price(row: Order, listing: Listing) -> int:
    """Return the worst price that a waiting market buy by quantity may pay once it fires."""
    return row.trigger_price * (PPM + listing[P.MARKET_PROTECTION_PPM]) // PPM
