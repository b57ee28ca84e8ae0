"""Changing an open order. A smaller quantity alone keeps its place; anything else gives it up."""

from __future__ import annotations

from bedesten.core import codes, layout, records, rows
from bedesten.core.book import OrderBook, set_price, shown, shown_of
from bedesten.core.matching import Matcher
from bedesten.core.order_entry import state_reason
from bedesten.core.registry import Registry
from bedesten.core.request import distance_reason, met_reason, notional_reason, price_reason, quantity_reason
from bedesten.core.triggers import Triggers


class Amender:
    """Amends one order at a time; *price*, *quantity* and *trigger_price* are what it is to become."""

    __slots__ = ("matcher", "price", "quantity", "registry", "trigger_price", "triggers")

    def __init__(self, registry: Registry, matcher: Matcher, triggers: Triggers) -> None:
        self.registry = registry
        self.matcher = matcher
        self.triggers = triggers

    def amend(self, row: memoryview[int]) -> None:
        command = rows.amend_order_at(row)
        account = command.account
        order_id = command.order_id
        instrument = command.instrument
        self.price = command.price
        self.quantity = command.quantity
        self.trigger_price = command.trigger_price
        remaining_meant = command.quantity_is_remaining
        reason = self.malformed(account, instrument, remaining_meant)
        order = records.NO_ORDER
        if reason == codes.ACCEPTED:
            order = self.registry.owned(account, order_id, instrument)
            if order is records.NO_ORDER:
                reason = codes.UNKNOWN_ORDER
        if reason == codes.ACCEPTED:
            book = self.registry.book(order.instrument)
            if remaining_meant and self.quantity:
                self.quantity = min(self.quantity, codes.AMOUNT_MAX) + order.filled
            reason = self.refusal(book, order)
            if reason == codes.ACCEPTED:
                self.apply(book, order)
                self.triggers.settle(book)
                return
            instrument = order.instrument
        self.registry.event_log.rejected(reason, account, instrument, order_id)

    def malformed(self, account: int, instrument: int, remaining_meant: int) -> int:
        """Return why account or instrument cannot be spoken of, or the numbers not be meant; else ACCEPTED."""
        if account < 0 or instrument < codes.EVERY or not 0 <= remaining_meant <= 1:
            return codes.MALFORMED
        if self.price < 0 or self.quantity < 0 or self.trigger_price < 0:
            return codes.MALFORMED
        if not self.registry.ledger.is_open(account):
            return codes.UNKNOWN_ACCOUNT
        if instrument >= 0 and not self.registry.is_listed(instrument):
            return codes.UNKNOWN_INSTRUMENT
        return codes.ACCEPTED

    def refusal(self, book: OrderBook, order: records.Order) -> int:
        """Return why the order may not become what is asked, or ACCEPTED."""
        reason = self.standing(book, order)
        if reason == codes.ACCEPTED:
            reason = self.terms(book, order)
        if reason != codes.ACCEPTED:
            return reason
        waits = is_waiting(order)
        if order.post_only and not waits:
            best = book.best_opposite(order.side)
            limit_key = -self.price if order.side == codes.BUY else self.price
            if best is not records.NO_LEVEL and best.key >= limit_key:
                return book.refusal.because(codes.POST_ONLY_WOULD_CROSS, self.price, 0, best.price)
        more = self.need(book, order) - order.held
        available = self.registry.ledger.available(order.account, book.pays(order.side))
        if more > available:
            return book.refusal.lacking(book.pays(order.side), more, available)
        return codes.ACCEPTED if self.registry.memory.reserve(0, 2) else codes.NO_MEMORY

    def standing(self, book: OrderBook, order: records.Order) -> int:
        """Return why the order may not be amended at all, or ACCEPTED; fill in what stays as it is."""
        if self.registry.ledger.account(order.account).suspended:
            return codes.ACCOUNT_SUSPENDED
        reason = state_reason(book.state, order.post_only)
        if reason:
            return reason
        if order.order_type == codes.PEG or order.conditions.sibling is not records.NO_ORDER:
            return codes.AMEND_NOT_ALLOWED
        if order.order_type == codes.MARKET and (self.price or self.quantity):
            return codes.AMEND_NOT_ALLOWED
        if self.price == 0 and self.quantity == 0 and self.trigger_price == 0:
            return codes.AMEND_NOT_ALLOWED
        if self.trigger_price:
            if order.conditions.trigger == 0 or order.conditions.trigger >= codes.TRAILING_DISTANCE:
                return codes.AMEND_NOT_ALLOWED
            if order.conditions.triggered:
                return codes.AMEND_ALREADY_TRIGGERED
        if self.price == 0:
            self.price = order.price
        if self.quantity == 0:
            self.quantity = records.quantity(order)
        if self.trigger_price == 0:
            self.trigger_price = order.conditions.trigger_price
        if order.order_type == codes.MARKET:
            return codes.ACCEPTED
        if self.quantity <= order.filled:
            return book.refusal.because(codes.AMEND_QUANTITY_FILLED, self.quantity, order.filled, 0)
        return codes.ACCEPTED

    def terms(self, book: OrderBook, order: records.Order) -> int:
        """Return why the instrument refuses the new terms, or ACCEPTED."""
        if order.order_type == codes.MARKET:
            return self.trigger_terms(book, order)
        waits = is_waiting(order)
        reason = codes.ACCEPTED
        if self.quantity != records.quantity(order):
            reason = quantity_reason(book, self.quantity)
        if reason == codes.ACCEPTED:
            reason = price_reason(book, self.price, codes.PRICE_OUT_OF_RANGE)
        if reason == codes.ACCEPTED and waits:
            reason = price_reason(book, self.trigger_price, codes.TRIGGER_PRICE_OUT_OF_RANGE)
        if reason == codes.ACCEPTED:
            need = book.need(order.side, self.price, self.quantity, order.taker_ppb)
            reason = notional_reason(book, self.price, self.quantity, need)
        if reason == codes.ACCEPTED and self.price != order.price:
            reason = book.band_reason(order.side, self.price)
        if reason == codes.ACCEPTED and waits and order.conditions.trigger < codes.TRAILING_DISTANCE:
            reason = distance_reason(book, self.price, self.trigger_price)
        if reason == codes.ACCEPTED and waits:
            reason = self.trigger_terms(book, order)
        return reason

    def trigger_terms(self, book: OrderBook, order: records.Order) -> int:
        """Return why the instrument refuses the new trigger price, or ACCEPTED."""
        reason = price_reason(book, self.trigger_price, codes.TRIGGER_PRICE_OUT_OF_RANGE)
        if reason != codes.ACCEPTED:
            return reason
        if (
            book.rules
            and book.market_protection_ppm == 0
            and order.order_type == codes.MARKET
            and order.conditions.hold_price
        ):
            return codes.NO_PROTECTION
        if self.trigger_price == order.conditions.trigger_price:
            return codes.ACCEPTED
        if order.conditions.trigger_source == codes.INDEX and book.index_aged:
            return book.refusal.because(codes.INDEX_TOO_OLD, book.index_ns, 0, book.index)
        rising = 1 if (order.side == codes.BUY) == (order.conditions.trigger == codes.STOP) else 0
        return met_reason(book, rising, self.trigger_price, order.conditions.trigger_source)

    def hold_price(self, book: OrderBook, order: records.Order) -> int:
        """Return the price that the amended order's hold is reckoned from."""
        if order.order_type == codes.MARKET and order.conditions.hold_price:
            return book.worst_after(self.trigger_price)
        return self.price

    def need(self, book: OrderBook, order: records.Order) -> int:
        """Return what the amended order must hold; a budget stays what it is."""
        if order.conditions.budget:
            return order.held
        return book.need(order.side, self.hold_price(book, order), self.quantity - order.filled, order.taker_ppb)

    def keeps_priority(self, order: records.Order) -> int:
        if self.price != order.price or self.trigger_price != order.conditions.trigger_price:
            return 0
        return 1 if self.quantity <= records.quantity(order) else 0

    def apply(self, book: OrderBook, order: records.Order) -> None:
        """Make the order what was asked; nothing can fail any more."""
        registry = self.registry
        waits = is_waiting(order)
        keeps = self.keeps_priority(order)
        remaining = self.quantity - order.filled
        if keeps:
            if not waits:
                order.level.displayed -= shown(order) - shown_of(order, remaining)
        else:
            book.drop(order)
        book.open_lots += remaining - order.remaining
        more = self.need(book, order) - order.held
        self.set_terms(book, order, remaining)
        order.updated_ns = registry.event_log.time_ns
        if more > 0:
            registry.ledger.hold(order.account, book.pays(order.side), more)
        else:
            registry.ledger.release(order.account, book.pays(order.side), -more)
        order.held += more
        registry.event_log.amended(order, keeps)
        if keeps:
            return
        if waits:
            book.wait(order)
        else:
            self.matcher.enter(book, order)

    def set_terms(self, book: OrderBook, order: records.Order, remaining: int) -> None:
        """Give the order its new terms; only an order that changes what its conditions say needs any."""
        order.remaining = remaining
        if self.price != order.price:
            layout.add_conditions(self.registry.memory.pools, order)
            set_price(order, self.price)
        if self.trigger_price != order.conditions.trigger_price:
            if order.order_type == codes.MARKET and order.conditions.hold_price:
                order.conditions.hold_price = book.worst_after(self.trigger_price)
            order.conditions.trigger_price = self.trigger_price


def is_waiting(order: records.Order) -> int:
    return 1 if order.conditions.trigger != 0 and order.conditions.triggered == 0 else 0
