"""Orders that react to a price: triggers that fire, trailing triggers that follow, pegs that are repriced.

Everything happens one order at a time and in a fixed sequence, so that a cascade is a loop: an order that fires
trades to its end before the next one is looked at, at the price it left behind.
"""

from __future__ import annotations

from bedesten.core import codes, records
from bedesten.core.book import OrderBook, set_price
from bedesten.core.matching import Matcher
from bedesten.core.registry import Registry


class Triggers:
    """Fires and repositions the orders of a book after its prices moved."""

    __slots__ = ("matcher", "registry")

    def __init__(self, registry: Registry, matcher: Matcher) -> None:
        self.registry = registry
        self.matcher = matcher

    def settle(self, book: OrderBook) -> None:
        """Let followers follow and due orders fire until the book is at rest."""
        while book.waiting and not self.registry.memory.exhausted:
            if book.followers and book.followed != book.last:
                book.followed = book.last
                self.follow(book, codes.LAST)
            order = self.due(book)
            if order is records.NO_ORDER:
                return
            self.fire(book, order)

    def due(self, book: OrderBook) -> records.Order:
        """Return the next order to fire, or NO_ORDER."""
        last = book.last
        if last:
            level = book.last_rising.best
            if level is not records.NO_LEVEL and level.price <= last:
                return level.first
            level = book.last_falling.best
            if level is not records.NO_LEVEL and level.price >= last:
                return level.first
        index = book.source(codes.INDEX)
        if index:
            level = book.index_rising.best
            if level is not records.NO_LEVEL and level.price <= index:
                return level.first
            level = book.index_falling.best
            if level is not records.NO_LEVEL and level.price >= index:
                return level.first
        return records.NO_ORDER

    def fire(self, book: OrderBook, order: records.Order) -> None:
        """Make a waiting order live: it enters the book as if it came now."""
        book.drop(order)
        if order.conditions.follows:
            book.unfollow(order)
        order.conditions.triggered = 1
        order.updated_ns = self.registry.event_log.time_ns
        self.registry.event_log.about(codes.E_TRIGGERED, order)
        if order.conditions.sibling is not records.NO_ORDER:
            self.registry.end_sibling(book, order)
        if book.reissue_at_trigger:
            if not self.registry.memory.must_reserve(1, 0):
                return
            order = self.registry.reissue(book, order)
        if book.state != codes.TRADING or (order.post_only and self.matcher.crosses(book, order)):
            self.registry.close(book, order, codes.REFUSED_AT_TRIGGER)
            return
        if order.time_in_force == codes.FOK:
            self.matcher.walk(book, order, self.matcher.limit_key(book, order))
            if self.matcher.walked < order.remaining:
                self.registry.close(book, order, codes.NOT_RESTED)
                return
            if book.rounds and order.side == codes.BUY:
                lacks = book.cost(self.matcher.walked_notional, order.taker_ppb) - order.held
                if not self.registry.draw(book, order, lacks):
                    self.registry.close(book, order, codes.UNFUNDED)
                    return
        if self.registry.memory.must_reserve(0, 2):
            self.matcher.enter(book, order)

    def follow(self, book: OrderBook, source: int) -> None:
        """Let trailing triggers that watch this source follow its price, oldest first."""
        price = book.source(source)
        order = book.first_follower
        while order is not records.NO_ORDER:
            conditions = order.conditions
            behind = conditions.follower_behind
            watches = 1 if conditions.trigger and conditions.trigger_source == source else 0
            if watches and is_better(order.side, price, conditions.extreme):
                conditions.extreme = price
                trigger_price = book.trailed(order)
                if trigger_price != conditions.trigger_price and self.registry.memory.must_reserve(0, 2):
                    book.drop(order)
                    conditions.trigger_price = trigger_price
                    order.updated_ns = self.registry.event_log.time_ns
                    book.wait(order)
                    self.registry.event_log.repriced(order)
            order = behind

    def follow_index(self, book: OrderBook) -> None:
        """Go by a new index price: trailing triggers follow it, then pegs are repriced, oldest first."""
        self.follow(book, codes.INDEX)
        book.cursor = book.first_follower
        while book.cursor is not records.NO_ORDER and not self.registry.memory.exhausted:
            order = book.cursor
            book.cursor = order.conditions.follower_behind  # an order that ends meanwhile moves the cursor on
            if order.order_type == codes.PEG and book.state == codes.TRADING:
                self.reprice(book, order)
        self.settle(book)

    def renew_age(self, book: OrderBook) -> None:
        """Judge the index by a changed limit of its age: it may be too old now, or count again."""
        due = book.index_due()
        if due and due <= self.registry.event_log.time_ns:
            if not book.index_aged:
                self.registry.age_out(book)
            return
        self.registry.watch_index(book)
        if book.index_aged:
            book.index_aged = 0
            self.follow_index(book)

    def reprice(self, book: OrderBook, order: records.Order) -> None:
        """Move a peg to where the index now puts it; one that left the book as the index aged comes back."""
        price = book.pegged(order.side, records.hold_price(order), order.conditions.deviation_ppm)
        if price == order.price and order.level is not records.NO_LEVEL:
            return
        if not self.registry.memory.must_reserve(0, 2):
            return
        book.drop(order)
        set_price(order, price)
        order.updated_ns = self.registry.event_log.time_ns
        self.registry.event_log.repriced(order)
        self.matcher.enter(book, order)


def is_better(side: int, price: int, extreme: int) -> int:
    """Return whether a trailing order of this side has something to follow: a sell follows up, a buy down."""
    if side == codes.SELL:
        return 1 if price > extreme else 0
    return 1 if price < extreme else 0
