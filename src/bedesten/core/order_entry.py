"""Order entry: places, amends and cancels, after every check the contract names, in the sequence of RejectReason.

Invariant: a refused command has changed nothing but the ids it used up.
"""

from __future__ import annotations

from bedesten.core import codes, layout, records, rows
from bedesten.core.book import OrderBook, set_price
from bedesten.core.matching import Matcher
from bedesten.core.registry import Registry
from bedesten.core.request import (
    follows,
    malformed,
    misplaced,
    outside_limits,
    unprotected,
    unreferenced,
    unsupported,
    unsupported_oco,
)
from bedesten.core.triggers import Triggers
from bedesten.domain.commands import PlaceOco


class OrderEntry:
    """Takes orders in."""

    __slots__ = ("matcher", "registry", "triggers")

    def __init__(self, registry: Registry, matcher: Matcher, triggers: Triggers) -> None:
        self.registry = registry
        self.matcher = matcher
        self.triggers = triggers

    def place(self, row: memoryview[int]) -> None:
        request = rows.place_oco_at(row)
        id = self.registry.next_order_id
        self.registry.next_order_id = id + 1
        reason = self.admit(request)
        if reason == codes.ACCEPTED:
            book = self.registry.book(request.instrument)
            reason = self.enterable(book, request, unsupported(request))
            if reason == codes.ACCEPTED:
                reason = self.accept(book, request, id)
        if reason != codes.ACCEPTED:
            self.registry.event_log.rejected(reason, request.account, request.instrument, id)

    def place_oco(self, row: memoryview[int]) -> None:
        request = rows.place_oco_at(row)
        id = self.registry.next_order_id
        self.registry.next_order_id = id + 2
        reason = self.admit(request)
        if reason == codes.ACCEPTED:
            book = self.registry.book(request.instrument)
            reason = self.enterable(book, request, unsupported_oco(request))
            if reason == codes.ACCEPTED:
                reason = self.accept_oco(book, request, id)
        if reason != codes.ACCEPTED:
            self.registry.event_log.rejected(reason, request.account, request.instrument, id)

    def admit(self, request: PlaceOco) -> int:
        """Return why a request may not even be looked at, or ACCEPTED."""
        if malformed(request):
            return codes.MALFORMED
        if request.account <= codes.TAX or not self.registry.ledger.is_open(request.account):
            return codes.UNKNOWN_ACCOUNT
        return codes.UNKNOWN_INSTRUMENT if request.instrument >= self.registry.listed else codes.ACCEPTED

    def enterable(self, book: OrderBook, request: PlaceOco, is_unsupported: int) -> int:
        """Return why this account may not place this kind of order with this instrument now, or ACCEPTED."""
        if not book.is_listed:
            return codes.UNKNOWN_INSTRUMENT
        if self.registry.ledger.account(request.account).suspended:
            return codes.ACCOUNT_SUSPENDED
        reason = state_reason(book.state, request.post_only)
        if reason:
            return reason
        if is_unsupported:
            return codes.UNSUPPORTED_COMBINATION
        return codes.NO_PROTECTION if unprotected(request, book) else codes.ACCEPTED

    def bounded(self, book: OrderBook, request: PlaceOco, legs: int) -> int:
        """Return why there may be no more orders such as this one, or ACCEPTED."""
        if request.expires_ns and request.expires_ns <= self.registry.event_log.time_ns:
            return book.refusal.because(
                codes.EXPIRED_ON_ARRIVAL, request.expires_ns, self.registry.event_log.time_ns, 0
            )
        if book.open_orders_max:
            count = self.registry.ledger.count(request.account, request.instrument) + legs
            if count > book.open_orders_max:
                return book.refusal.because(codes.TOO_MANY_OPEN_ORDERS, count, book.open_orders_max, 0)
        if follows(request) and book.followers >= codes.FOLLOWERS_MAX:
            return book.refusal.because(codes.TOO_MANY_FOLLOWERS, book.followers + 1, codes.FOLLOWERS_MAX, 0)
        return codes.ACCEPTED if self.registry.prepare(request.account, book) else codes.NO_MEMORY

    def accept(self, book: OrderBook, request: PlaceOco, id: int) -> int:
        """Place an order, or return why not."""
        taker_ppb = book.taker_ppb[self.registry.ledger.account(request.account).tier]
        need = request.budget
        if need == 0:
            need = book.need(request.side, request.price, request.quantity, taker_ppb)
        reason = outside_limits(request, book, request.price, need)
        if reason == codes.ACCEPTED:
            reason = misplaced(request, book, request.price)
        if reason == codes.ACCEPTED:
            reason = self.bounded(book, request, 1)
        if reason != codes.ACCEPTED:
            return reason
        order = self.draft(book, request, id)
        if request.trigger == 0:
            reason = self.crossing(book, order)
            if order.order_type == codes.MARKET and order.side == codes.BUY and request.budget == 0:
                need = book.cost(self.matcher.walked_notional, taker_ppb)
            elif book.rounds and order.time_in_force == codes.FOK and order.side == codes.BUY:
                need = max(need, book.cost(self.matcher.walked_notional, taker_ppb))
        elif order.order_type == codes.MARKET and order.conditions.hold_price:
            need = book.need(order.side, order.conditions.hold_price, request.quantity, taker_ppb)
        available = self.registry.ledger.available(order.account, book.pays(order.side))
        if reason == codes.ACCEPTED and need > available:
            reason = book.refusal.lacking(book.pays(order.side), need, available)
        if reason != codes.ACCEPTED:
            layout.free_order(self.registry.memory.pools, order)
            return reason
        order.held = need
        self.registry.add(book, order)
        if follows(request):
            book.follow(order)
        self.registry.event_log.placed(order)
        if request.trigger:
            book.wait(order)
        else:
            self.matcher.enter(book, order)
        self.triggers.settle(book)
        return codes.ACCEPTED

    def draft(self, book: OrderBook, request: PlaceOco, id: int) -> records.Order:
        """Return an order with its terms filled in, in no list yet."""
        tier = self.registry.ledger.account(request.account).tier
        order = self.registry.new_order(id)
        records.copy_terms(request, order)
        order.original_quantity = order.remaining = request.quantity
        order.maker_ppb = book.maker_ppb[tier]
        order.taker_ppb = book.taker_ppb[tier]
        if request.order_type == codes.PEG or records.is_conditional(request):
            self.impose(book, request, order)
        return order

    def impose(self, book: OrderBook, request: PlaceOco, order: records.Order) -> None:
        """Give an order the conditions that the request names."""
        conditions = layout.add_conditions(self.registry.memory.pools, order)
        records.copy_conditions(request, conditions)
        conditions.original_trigger_price = request.trigger_price
        if request.order_type == codes.PEG:
            conditions.hold_price = request.price
            set_price(order, book.pegged(order.side, request.price, request.deviation_ppm))
        elif request.trigger >= codes.TRAILING_DISTANCE:
            conditions.extreme = book.source(request.trigger_source)
            conditions.trigger_price = conditions.original_trigger_price = book.trailed(order)
        if request.trigger and request.order_type == codes.MARKET and order.side == codes.BUY and request.budget == 0:
            conditions.hold_price = book.worst_after(conditions.trigger_price)

    def crossing(self, book: OrderBook, order: records.Order) -> int:
        """Return why an order may not enter the book as it stands, or ACCEPTED."""
        matcher = self.matcher
        if order.post_only and matcher.crosses(book, order):
            best = book.best_opposite(order.side)
            return book.refusal.because(codes.POST_ONLY_WOULD_CROSS, order.price, 0, best.price)
        if order.order_type != codes.MARKET and order.time_in_force != codes.FOK:
            return codes.ACCEPTED
        matcher.walk(book, order, matcher.limit_key(book, order))
        if order.time_in_force == codes.FOK and matcher.walked < order.remaining:
            return book.refusal.because(codes.FOK_NOT_FILLABLE, order.remaining, matcher.walked, 0)
        if matcher.walked:
            return codes.ACCEPTED
        if book.rules and matcher.short_price:
            return book.refusal.because(codes.BUDGET_TOO_SMALL, order.conditions.budget, 0, matcher.short_price)
        # an order that meets only its own account's orders, or is worth too little to trade, ends by the rule for that case
        return codes.ACCEPTED if book.rules and matcher.met else codes.NO_LIQUIDITY

    def accept_oco(self, book: OrderBook, request: PlaceOco, id: int) -> int:
        """Place both legs, or return why not."""
        taker_ppb = book.taker_ppb[self.registry.ledger.account(request.account).tier]
        need = book.need(request.side, request.price, request.quantity, taker_ppb)
        stop_need = book.need(request.side, request.stop_price, request.quantity, taker_ppb)
        reason = outside_limits(request, book, request.price, need)
        if reason == codes.ACCEPTED:
            reason = outside_limits(request, book, request.stop_price, stop_need)
        if reason == codes.ACCEPTED:
            reason = unreferenced(request, book)
        if reason == codes.ACCEPTED:
            reason = book.band_reason(request.side, request.price)
        if reason == codes.ACCEPTED:
            reason = misplaced(request, book, request.stop_price)
        if reason == codes.ACCEPTED:
            reason = self.bounded(book, request, 2)
        if reason != codes.ACCEPTED:
            return reason
        need = max(need, stop_need)
        available = self.registry.ledger.available(request.account, book.pays(request.side))
        if need > available:
            return book.refusal.lacking(book.pays(request.side), need, available)
        limit = self.draft(book, request, id)
        limit.conditions.trigger = limit.conditions.trigger_source = 0
        limit.conditions.trigger_price = limit.conditions.original_trigger_price = 0
        limit.held = need
        stop = self.draft(book, request, id + 1)
        stop.price = request.stop_price
        limit.conditions.sibling = stop
        stop.conditions.sibling = limit
        self.registry.add(book, limit)
        self.registry.add(book, stop)
        self.registry.event_log.placed(limit)
        self.registry.event_log.placed(stop)
        book.wait(stop)
        self.matcher.enter(book, limit)
        self.triggers.settle(book)
        return codes.ACCEPTED

    def cancel(self, account: int, order_id: int, instrument: int) -> None:
        order = records.NO_ORDER
        if instrument >= codes.EVERY:
            order = self.registry.owned(account, order_id, instrument)
        if order is records.NO_ORDER:
            reason = self.known(account, instrument)
            self.registry.event_log.rejected(reason if reason else codes.UNKNOWN_ORDER, account, instrument, order_id)
            return
        self.registry.close(self.registry.book(order.instrument), order, codes.CANCELED)

    def cancel_client_ref(self, account: int, client_ref: int, instrument: int) -> None:
        registry = self.registry
        reason = self.known(account, instrument)
        order = records.NO_ORDER
        if reason == codes.ACCEPTED:
            order = registry.clients.find(account, client_ref, instrument)
        if order is records.NO_ORDER:
            registry.event_log.rejected(reason if reason else codes.UNKNOWN_ORDER, account, instrument, 0)
        while order is not records.NO_ORDER:
            registry.close(registry.book(order.instrument), order, codes.CANCELED)
            order = registry.clients.find(account, client_ref, instrument)

    def cancel_all(self, account: int, instrument: int) -> None:
        reason = self.known(account, instrument)
        if reason != codes.ACCEPTED:
            self.registry.event_log.rejected(reason, account, instrument, 0)
            return
        self.registry.close_all(account, instrument, codes.CANCELED)

    def known(self, account: int, instrument: int) -> int:
        """Return why account or instrument (EVERY for any) cannot be spoken of, or ACCEPTED."""
        if account < 0 or instrument < codes.EVERY:
            return codes.MALFORMED
        if not self.registry.ledger.is_open(account):
            return codes.UNKNOWN_ACCOUNT
        if instrument >= 0 and not self.registry.is_listed(instrument):
            return codes.UNKNOWN_INSTRUMENT
        return codes.ACCEPTED


def state_reason(state: int, post_only: int) -> int:
    """Return why an instrument in this state takes no such order, or ACCEPTED."""
    if state == codes.HALTED:
        return codes.INSTRUMENT_HALTED
    if state == codes.CANCEL_ONLY:
        return codes.INSTRUMENT_CANCEL_ONLY
    if state == codes.POST_ONLY_SESSION and not post_only:
        return codes.INSTRUMENT_POST_ONLY
    return codes.ACCEPTED
