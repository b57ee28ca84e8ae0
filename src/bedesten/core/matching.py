"""Matching: an incoming order meets the best resting ones, price first, then time.

Every fill moves money at once, both halves of it: what the buyer pays and the seller gives comes out of their holds,
and what is charged goes to the venue's own accounts.
"""

from __future__ import annotations

from bedesten.core import codes, records, rows, wide
from bedesten.core.book import OrderBook, shown, shown_of
from bedesten.core.registry import Registry


class Matcher:
    """Lets orders trade.

    *walked* and *walked_notional* are what the last walk found that would trade; *met* whether anybody was in reach,
    *short_price* the price of the first who would trade where a budget does not pay for a lot there, else 0.
    """

    __slots__ = ("fee", "met", "next_trade_id", "registry", "short_price", "tax", "walked", "walked_notional")

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.next_trade_id = 1
        self.fee = 0
        self.tax = 0
        self.walked = 0
        self.walked_notional = 0
        self.met = 0
        self.short_price = 0

    def enter(self, book: OrderBook, order: records.Order) -> None:
        """Let a live order trade against the book; what is left rests or ends, as its terms say."""
        limit_key = self.limit_key(book, order)
        best = book.best_opposite(order.side)
        stop = 0
        if best is not records.NO_LEVEL and best.key >= limit_key:
            stop = self.match(book, order, limit_key)
        if stop and stop != codes.BUDGET_SPENT:
            self.registry.close(book, order, stop)
        elif order.conditions.budget:
            reason = stop if stop else codes.USED_UP
            self.registry.close(book, order, codes.FILLED if order.held == 0 else reason)
        elif order.remaining == 0:
            self.registry.close(book, order, codes.FILLED)
        elif order.order_type == codes.MARKET:
            self.registry.close(book, order, codes.USED_UP)
        elif order.time_in_force == codes.IOC or order.time_in_force == codes.FOK:
            self.registry.close(book, order, codes.NOT_RESTED)
        elif order.filled and order.side == codes.BUY and not self.covered(book, order):
            self.registry.close(book, order, codes.UNFUNDED)
        else:
            if order.filled and order.side == codes.BUY:
                self.registry.release_surplus(book, order)
            book.rest(order)

    def match(self, book: OrderBook, taker: records.Order, limit_key: int) -> int:
        """Trade down to the limit; return the reason for which the taker ends when something else stopped it, else 0."""
        makers = book.opposite(taker.side)
        level = makers.best
        while level is not records.NO_LEVEL and level.key >= limit_key:
            maker = level.first
            if taker.conditions.budget and taker.held == 0:
                return codes.BUDGET_SPENT
            if maker.account == taker.account:
                if self.meet_own(book, taker, maker):
                    return codes.SELF_TRADE
            elif taker.conditions.budget:
                if not self.spend(book, taker, maker):
                    return codes.BUDGET_SPENT
            else:
                quantity = min(taker.remaining, maker.remaining)
                barred = self.barred(book, taker, maker, quantity) if book.rounds else 0
                if barred > 0:
                    return barred
                if barred == 0:
                    self.trade(book, taker, maker, quantity)
                    if taker.remaining == 0:
                        return 0
            level = makers.best
        return 0

    def barred(self, book: OrderBook, taker: records.Order, maker: records.Order, quantity: int) -> int:
        """Return 0 when a fill may happen, what the taker lacks for it drawn; else what ends the taker, or MAKER_ENDED.

        Nothing is sold for nothing: the order whose whole remainder would be ends instead, the taker where it is both.
        """
        price = maker.level.price
        if taker.side == codes.BUY:
            lacks = self.outlay(book, taker, book.paid(codes.BUY, price, quantity)) - taker.held
            return 0 if self.registry.draw(book, taker, lacks) else codes.UNFUNDED
        if book.notional(price, quantity):
            return 0
        if quantity == taker.remaining:
            return codes.WORTHLESS
        self.registry.close(book, maker, codes.WORTHLESS)
        return codes.MAKER_ENDED

    def covered(self, book: OrderBook, order: records.Order) -> int:
        """Return whether what a buy holds pays for all that rests of it, what it lacks drawn.

        Who trades with a resting order is the aggressor, so its fills round down: no more than this is ever asked of it.
        """
        if not book.rounds:
            return 1
        cost = self.outlay(book, order, book.notional(records.hold_price(order), order.remaining))
        return self.registry.draw(book, order, cost - order.held)

    def spend(self, book: OrderBook, taker: records.Order, maker: records.Order) -> int:
        """Buy what the taker's budget still affords of a maker; return whether that was all of it."""
        quantity = self.affordable(book, taker, maker.level.price, maker.remaining, taker.held)
        whole = 1 if quantity == maker.remaining else 0
        if quantity:
            self.trade(book, taker, maker, quantity)
        return whole

    def affordable(self, book: OrderBook, order: records.Order, price: int, most: int, budget: int) -> int:
        """Return the most lots, up to *most*, that *budget* pays at *price*: by halving, as cost grows with quantity."""
        low = 0
        high = most
        middle = most
        while low < high:
            if self.outlay(book, order, book.paid(codes.BUY, price, middle)) <= budget:
                low = middle
            else:
                high = middle - 1
            middle = (low + high + 1) >> 1
        return low

    def outlay(self, book: OrderBook, order: records.Order, notional: int) -> int:
        """Return what a buyer's next fill of this notional costs it in quote, at its taker rate and with its carry."""
        if book.fee_rule == codes.IN_RECEIVED or notional > codes.AMOUNT_MAX:
            return notional
        fee = wide.charge(notional, order.taker_ppb, order.fee_carry)
        return notional + fee + wide.charge(fee, book.tax_ppb, records.tax_carry(order, book.tax_ppb))

    def limit_key(self, book: OrderBook, order: records.Order) -> int:
        """Return the worst ladder key of the opposite side that an order may trade with."""
        price = order.price
        if order.order_type == codes.MARKET:
            best = book.best_opposite(order.side)
            if best is records.NO_LEVEL:
                return codes.NO_KEY
            price = book.protected(order.side, best.price)
            worst = records.hold_price(order)
            if order.side == codes.BUY and worst and (price == 0 or price > worst):
                price = worst
            if price == 0:
                return codes.NO_KEY
        return -price if order.side == codes.BUY else price

    def trade(self, book: OrderBook, taker: records.Order, maker: records.Order, quantity: int) -> None:
        """Execute one match at the maker's price."""
        level = maker.level
        price = level.price
        notional = book.paid(taker.side, price, quantity)
        event = rows.traded_at(self.registry.event_log.event(codes.E_TRADED))
        event.trade_id = self.next_trade_id
        event.instrument = book.instrument
        event.side = taker.side
        event.price = price
        event.quantity = quantity
        event.notional = notional
        event.taker_order = taker.id
        event.taker_account = taker.account
        event.maker_order = maker.id
        event.maker_account = maker.account
        self.next_trade_id += 1
        self.settle(book, taker, taker.taker_ppb, quantity, notional)
        event.taker_fee = self.fee
        event.taker_tax = self.tax
        self.settle(book, maker, maker.maker_ppb, quantity, notional)
        event.maker_fee = self.fee
        event.maker_tax = self.tax
        if taker.conditions.budget == 0:
            taker.remaining -= quantity
            book.open_lots -= quantity
            event.taker_remaining = taker.remaining
        level.displayed -= shown(maker) - shown_of(maker, maker.remaining - quantity)
        maker.remaining -= quantity
        book.open_lots -= quantity
        event.maker_remaining = maker.remaining
        book.last = price
        if taker.conditions.sibling is not records.NO_ORDER:
            self.registry.end_sibling(book, taker)
        if maker.conditions.sibling is not records.NO_ORDER:
            self.registry.end_sibling(book, maker)
        if maker.remaining == 0:
            self.registry.close(book, maker, codes.FILLED)
        elif maker.side == codes.BUY and (
            book.fee_rule == codes.IN_QUOTE or book.denominator > 1 or maker.order_type == codes.PEG
        ):
            self.registry.release_surplus(book, maker)

    def settle(self, book: OrderBook, order: records.Order, rate_ppb: int, quantity: int, notional: int) -> None:
        """Move the money of one half of a match; *fee* and *tax* are what was charged."""
        ledger = self.registry.ledger
        base_amount = quantity * book.lot_value
        charged_in = book.quote
        order.updated_ns = self.registry.event_log.time_ns
        order.filled += quantity
        order.notional += notional
        if order.side == codes.SELL:
            due = self.charge(book, order, rate_ppb, notional, notional)
            ledger.capture(order.account, book.base, base_amount)
            order.held -= base_amount
            ledger.credit(order.account, book.quote, notional - due)
        elif book.fee_rule == codes.IN_QUOTE:
            due = self.charge(book, order, rate_ppb, notional, codes.AMOUNT_MAX)
            ledger.capture(order.account, book.quote, notional + due)
            order.held -= notional + due
            ledger.credit(order.account, book.base, base_amount)
        else:
            due = self.charge(book, order, rate_ppb, base_amount, base_amount)
            ledger.capture(order.account, book.quote, notional)
            order.held -= notional
            ledger.credit(order.account, book.base, base_amount - due)
            charged_in = book.base
        if self.fee:
            ledger.credit(codes.FEES, charged_in, self.fee)
        if self.tax:
            ledger.credit(codes.TAX, charged_in, self.tax)

    def charge(self, book: OrderBook, order: records.Order, rate_ppb: int, basis: int, most: int) -> int:
        """Reckon fee and tax of a fill, never more than *most* together; return their sum.

        Rounding up is carried in the order: filled in a thousand pieces it pays what one fill would.
        """
        fee = min(wide.charge(basis, rate_ppb, order.fee_carry), most)
        order.fee_carry = wide.carried(basis, rate_ppb, order.fee_carry, fee)
        tax = 0
        if book.tax_ppb:
            tax = min(wide.charge(fee, book.tax_ppb, records.tax_carry(order, book.tax_ppb)), most - fee)
            order.tax += tax
        order.fee += fee
        self.fee = fee
        self.tax = tax
        return fee + tax

    def meet_own(self, book: OrderBook, taker: records.Order, maker: records.Order) -> int:
        """Do what the incoming order's self-trade mode says; return whether the incoming order is at its end."""
        mode = taker.self_trade
        if mode == codes.CANCEL_NEWEST:
            return 1
        if mode == codes.DECREMENT and taker.conditions.budget == 0:
            return self.decrement(book, taker, maker)
        self.registry.close(book, maker, codes.SELF_TRADE)
        return 1 if mode == codes.CANCEL_BOTH else 0

    def decrement(self, book: OrderBook, taker: records.Order, maker: records.Order) -> int:
        """Take the smaller remaining off both orders; whichever has none left ends."""
        quantity = min(taker.remaining, maker.remaining)
        maker.level.displayed -= shown(maker) - shown_of(maker, maker.remaining - quantity)
        self.shrink(book, maker, quantity)
        self.shrink(book, taker, quantity)
        if maker.remaining == 0:
            self.registry.close(book, maker, codes.SELF_TRADE)
        else:
            self.registry.event_log.amended(maker, 1)
        if taker.remaining == 0:
            return 1
        self.registry.event_log.amended(taker, 1)
        return 0

    def shrink(self, book: OrderBook, order: records.Order, quantity: int) -> None:
        order.remaining -= quantity
        order.updated_ns = self.registry.event_log.time_ns
        book.open_lots -= quantity
        if order.conditions.sibling is not records.NO_ORDER:
            self.registry.end_sibling(book, order)
        elif order.order_type != codes.MARKET:
            self.registry.release_surplus(book, order)

    def walk(self, book: OrderBook, order: records.Order, limit_key: int) -> None:
        """Find out what an order would trade, self-trade rules included, without trading it."""
        self.walked = 0
        self.walked_notional = 0
        self.met = 0
        self.short_price = 0
        missing = order.remaining
        level = book.best_opposite(order.side)
        while level is not records.NO_LEVEL and level.key >= limit_key:
            maker = level.first
            while maker is not records.NO_ORDER:
                self.met = 1
                if maker.account == order.account:
                    if order.self_trade == codes.CANCEL_NEWEST or order.self_trade == codes.CANCEL_BOTH:
                        return
                    if order.self_trade == codes.DECREMENT:
                        missing -= min(missing, maker.remaining)
                elif order.conditions.budget:
                    self.walked = self.affordable(book, order, level.price, maker.remaining, order.conditions.budget)
                    self.short_price = level.price if self.walked == 0 else 0
                    return
                else:
                    quantity = min(missing, maker.remaining)
                    notional = book.paid(order.side, level.price, quantity)
                    if notional == 0 and book.rounds:
                        if quantity == missing:
                            return
                    else:
                        missing -= quantity
                        self.walked += quantity
                        self.walked_notional += notional
                    if self.walked_notional > codes.AMOUNT_MAX:
                        self.walked_notional = codes.TOO_MUCH
                        return
                if missing == 0 and order.conditions.budget == 0:
                    return
                maker = maker.behind
            level = level.worse

    def crosses(self, book: OrderBook, order: records.Order) -> int:
        """Return whether an order would trade on entry."""
        best = book.best_opposite(order.side)
        return 1 if best is not records.NO_LEVEL and best.key >= self.limit_key(book, order) else 0
