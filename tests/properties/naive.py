"""A naive exchange: the rules of docs/matching.md in lists and dictionaries, written for reading.

The same commands in, the same events and ended orders out as the core. It owns no cleverness: every question is answered by
looking at every order. A match is first planned, then carried out, so that what would happen can be asked without happening.
"""

from __future__ import annotations

from collections import defaultdict

from bedesten.domain import commands as c
from bedesten.domain import events as e
from bedesten.domain.enums import (
    CloseReason,
    EventKind,
    IndexSource,
    InstrumentState,
    TimeInForce,
    TransferReason,
)
from bedesten.domain.money import AMOUNT_MAX
from bedesten.domain.orders import Order
from tests.properties.naive_amend import amend
from tests.properties.naive_checks import (
    EXPIRES_MAX,
    PRICE_MAX,
    P,
    R,
    Refused,
    refuse,
    refuse_amount,
    refuse_lack,
    watched_price,
)
from tests.properties.naive_funds import HANDLERS as FUNDS_HANDLERS
from tests.properties.naive_funds import Held, expire
from tests.properties.naive_listing import HANDLERS as LISTING_HANDLERS
from tests.properties.naive_order import Listing, NaiveOrder
from tests.properties.naive_place import place, place_oco
from tests.properties.naive_plan import Plan, peg_price, plan, trail_price

OUTSIDE, FEES, TAX = 0, 1, 2


class NaiveExchange:
    """The whole state: balances, instruments, open orders, timers."""

    def __init__(self) -> None:
        self.accounts: dict[int, dict[str, int]] = {
            account: {"tier": 0, "suspended": 0} for account in (OUTSIDE, FEES, TAX)
        }
        self.assets: set[int] = set()
        self.listings: dict[int, Listing] = {}
        self.totals: dict[tuple[int, int], int] = defaultdict(int)
        self.holds: dict[tuple[int, int], int] = defaultdict(int)
        self.orders: dict[int, NaiveOrder] = {}
        self.funds_held: dict[int, Held] = {}
        self.next_hold_id = 1
        self.dead_man: dict[int, int] = {}
        self.next_order_id = 1
        self.next_trade_id = 1
        self.places = 0
        self.seq = 0
        self.now = 0
        self.events: list[e.Event] = []
        self.closed: list[Order] = []

    def apply(self, command: c.Command, seq: int, time_ns: int) -> None:
        """Apply one command; its events and ended orders are left in events and closed."""
        self.events, self.closed = [], []
        self.seq, self.now = seq, max(time_ns, self.now)
        self.end_what_is_due()
        order_id = self.next_order_id
        if isinstance(command, (c.PlaceOrder, c.PlaceOco)):
            self.next_order_id += 2 if isinstance(command, c.PlaceOco) else 1
        try:
            self.run(command, order_id)
        except Refused as refusal:
            self.say_refused(command, order_id, refusal)

    def say_refused(self, command: c.Command, order_id: int, refusal: Refused) -> None:
        """Say that a command was refused, and what it spoke of."""
        if not isinstance(command, (c.PlaceOrder, c.PlaceOco)):
            order_id = getattr(command, "order_id", 0)
        instrument = refusal.instrument or getattr(command, "instrument", 0)
        account = getattr(command, "account", 0) if refusal.account is None else refusal.account
        self.emit(EventKind.REJECTED, int(refusal.reason), account, instrument, order_id, *refusal.facts)

    def run(self, command: c.Command, order_id: int) -> None:
        """Do what a command asks, or raise Refused before anything changed."""
        if isinstance(command, c.PlaceOrder):
            place(self, command, order_id)
        elif isinstance(command, c.PlaceOco):
            place_oco(self, command, order_id)
        elif isinstance(command, c.AmendOrder):
            amend(self, command)
        elif isinstance(command, c.Transfer):
            self.transfer(command)
        elif isinstance(command, c.SetIndex):
            self.set_index(command)
        elif isinstance(command, c.CancelAllAfter):
            self.cancel_all_after(command)
        elif isinstance(command, (c.CancelOrder, c.CancelClientRef, c.CancelAll)):
            self.cancel(command)
        else:
            (LISTING_HANDLERS | FUNDS_HANDLERS)[type(command)](self, command)

    def emit(self, kind: EventKind, *columns: int) -> None:
        """Say that something happened."""
        self.events.append(e.type_of[kind](int(kind), self.seq, self.now, *columns))

    # money

    def available(self, account: int, asset: int) -> int:
        """Return what an account may spend of an asset."""
        return self.totals[account, asset] - self.holds[account, asset]

    def hold(self, order: NaiveOrder, amount: int) -> None:
        """Make *amount* the hold of an order."""
        self.holds[order.row.account, order.pays_in] += amount - order.row.held
        order.set(held=amount)

    def move(self, source: int, target: int, asset: int, amount: int) -> None:
        """Move money: the only place where a total changes."""
        self.totals[source, asset] -= amount
        self.totals[target, asset] += amount

    def transfer(self, command: c.Transfer) -> None:
        """Move money between two accounts, as far as it is available."""
        refuse(R.MALFORMED, command.reason not in list(TransferReason) or command.account == command.to_account)
        refuse(R.UNKNOWN_ACCOUNT, command.account not in self.accounts or command.to_account not in self.accounts)
        refuse(R.UNKNOWN_ASSET, command.asset not in self.assets)
        is_suspended = bool(self.accounts[command.account]["suspended"])
        refuse(R.ACCOUNT_SUSPENDED, is_suspended and command.reason == TransferReason.INTERNAL)
        refuse_amount(command.amount, AMOUNT_MAX)
        if command.account != OUTSIDE:
            refuse_lack(command.asset, command.amount, self.available(command.account, command.asset))
        else:
            refuse_amount(command.amount, AMOUNT_MAX + self.totals[OUTSIDE, command.asset])
        self.move(command.account, command.to_account, command.asset, command.amount)
        self.emit(EventKind.TRANSFERRED, *command.fields())

    # the end of orders

    def close(self, order: NaiveOrder, reason: CloseReason) -> None:
        """End an order and, if it has one, its sibling."""
        self.end(order, reason)
        self.close_sibling(order)

    def end(self, order: NaiveOrder, reason: CloseReason) -> None:
        """End one order and give back what it held."""
        row = order.row
        released = row.held
        self.hold(order, 0)
        order.set(close_reason=int(reason), updated_ns=self.now)
        del self.orders[row.order_id]
        left = row.remaining
        self.emit(EventKind.CLOSED, row.order_id, row.account, row.instrument, int(reason), left, released)
        self.closed.append(order.row)

    def close_sibling(self, order: NaiveOrder) -> None:
        """End the other leg of an OCO pair, when it is open."""
        sibling = self.orders.get(order.row.sibling_id)
        if sibling is not None:
            self.end(sibling, CloseReason.SIBLING)

    def part(self, order: NaiveOrder) -> None:
        """End the other leg because this one trades or fires: what the two held once is now this one's."""
        sibling = self.orders.get(order.row.sibling_id)
        order.set(sibling_id=0)
        if sibling is not None:
            order.set(held=order.row.held + sibling.row.held)
            sibling.set(held=0)
            self.end(sibling, CloseReason.SIBLING)
            self.trim(order)

    def trim(self, order: NaiveOrder) -> None:
        """Release what an order holds beyond what is left of it may cost; two legs' hold stays whole."""
        if order.row.sibling_id == 0 and (order.hold_price or not order.is_buy):
            self.hold(order, min(order.row.held, order.need()))

    def orders_of(self, account: int, instrument: int = c.EVERY_INSTRUMENT) -> list[NaiveOrder]:
        """Return an account's open orders, oldest first."""
        return [
            order
            for _, order in sorted(self.orders.items())
            if order.row.account == account and instrument in (c.EVERY_INSTRUMENT, order.row.instrument)
        ]

    def close_all(self, orders: list[NaiveOrder], reason: CloseReason) -> None:
        """End orders in turn, those that did not end meanwhile as a sibling."""
        for order in orders:
            if order.row.order_id in self.orders:
                self.close(order, reason)

    def cancel(self, command: c.CancelOrder | c.CancelClientRef | c.CancelAll) -> None:
        """End the orders spoken of; only when orders were named is it a refusal that there are none."""
        refuse(R.MALFORMED, command.instrument < -1 or command.account < 0)
        refuse(R.UNKNOWN_ACCOUNT, command.account not in self.accounts)
        named = command.instrument != c.EVERY_INSTRUMENT
        refuse(R.UNKNOWN_INSTRUMENT, named and command.instrument not in self.listings)
        orders = self.orders_of(command.account, command.instrument)
        if isinstance(command, c.CancelOrder):
            orders = [order for order in orders if order.row.order_id == command.order_id]
        if isinstance(command, c.CancelClientRef):
            orders = [order for order in orders if order.row.client_ref == command.client_ref > 0]
        refuse(R.UNKNOWN_ORDER, not orders and not isinstance(command, c.CancelAll))
        self.close_all(orders, CloseReason.CANCELED)

    # time

    def end_what_is_due(self) -> None:
        """End what is due by now: earliest deadline first; then accounts, indexes, holds, orders; then by number."""
        due = [(deadline, 0, account) for account, deadline in self.dead_man.items() if deadline <= self.now]
        due += [
            (order.row.expires_ns, 3, order.row.order_id)
            for order in self.orders.values()
            if 0 < order.row.expires_ns <= self.now
        ]
        due += [
            (listing.index_due_ns, 1, listing.id)
            for listing in self.listings.values()
            if not listing.index_aged and 0 < listing.index_due_ns <= self.now
        ]
        due += [
            (held.expires_ns, 2, number) for number, held in self.funds_held.items() if 0 < held.expires_ns <= self.now
        ]
        for _, kind, number in sorted(due):
            if kind == 3:
                self.close_all([self.orders[number]] if number in self.orders else [], CloseReason.EXPIRED)
            elif kind == 2:
                expire(self, number)
            elif kind == 1:
                self.age_out(self.listings[number])
            else:
                del self.dead_man[number]
                self.close_all(self.orders_of(number), CloseReason.DEAD_MAN)

    def cancel_all_after(self, command: c.CancelAllAfter) -> None:
        """Arm, extend or disarm a dead-man timer."""
        refuse(R.MALFORMED, not 0 <= command.deadline_ns <= EXPIRES_MAX)
        refuse(R.UNKNOWN_ACCOUNT, not self.may_trade(command.account))
        self.dead_man.pop(command.account, None)
        if command.deadline_ns:
            self.dead_man[command.account] = command.deadline_ns
        self.emit(EventKind.CANCEL_ALL_AFTER_SET, *command.fields())
        self.end_what_is_due()

    def may_trade(self, account: int) -> bool:
        """Whether the account is known, and not one of the house's own."""
        return account in self.accounts and account > TAX

    # the book

    def book(self, instrument: int, side: int) -> list[NaiveOrder]:
        """Return one side's resting orders, best first."""
        resting = [
            o for o in self.orders.values() if o.in_book and o.row.instrument == instrument and o.row.side == side
        ]
        return sorted(resting, key=lambda order: order.queue_key)

    def opposite(self, order: NaiveOrder) -> list[NaiveOrder]:
        """Return the book that an order would trade against, best first."""
        return self.book(order.row.instrument, 3 - order.row.side)

    def last_place(self) -> int:
        """Return a place behind everyone in any queue."""
        self.places += 1
        return self.places

    def enter(self, order: NaiveOrder) -> None:
        """Let a live order meet the book: trade what it may, then rest or end."""
        order.place, order.in_book = self.last_place(), False
        self.carry_out(order, plan(order, self.opposite(order), self.funds(order)))

    def funds(self, order: NaiveOrder) -> int:
        """Return all that an order may pay with: its hold, and what is available besides."""
        return order.row.held + self.available(order.row.account, order.pays_in)

    def carry_out(self, order: NaiveOrder, planned: Plan) -> None:
        """Do what was planned, then let what is left rest or end."""
        for step in planned.steps:
            if step.is_trade:
                self.trade(order, step.maker, step.quantity)
            elif step.quantity:
                self.decrement(order, step.maker, step.quantity)
            else:
                self.close(step.maker, step.reason)
        if planned.end is not None:
            self.close(order, planned.end)
        elif order.row.remaining == 0:
            self.close(order, CloseReason.FILLED)
        elif not self.cover(order):
            self.close(order, CloseReason.UNFUNDED)
        else:
            self.trim(order)
            order.in_book = True

    def cover(self, order: NaiveOrder) -> bool:
        """Have what is about to rest hold all that it may be asked for; whether it was there."""
        if not order.listing.rules or not order.is_buy or not order.row.filled:
            return True
        if order.least_at_rest() > self.funds(order):
            return False
        self.hold(order, max(order.row.held, order.least_at_rest()))
        return True

    def decrement(self, order: NaiveOrder, maker: NaiveOrder, quantity: int) -> None:
        """Take the same quantity off both sides of a self-trade, without a trade."""
        for each in (maker, order):
            each.set(quantity=each.row.quantity - quantity, updated_ns=self.now)
            self.part(each)
            if not each.row.is_market:
                self.trim(each)
        if maker.row.remaining == 0:
            self.close(maker, CloseReason.SELF_TRADE)
        for each in (maker, order):
            if each.row.remaining:
                row = each.row
                terms = (row.price, row.quantity, row.trigger_price)
                self.emit(EventKind.AMENDED, row.order_id, row.account, row.instrument, *terms, 1)

    def trade(self, taker: NaiveOrder, maker: NaiveOrder, quantity: int) -> None:
        """Trade *quantity* at the maker's price: money, events, and the end of the maker when it is filled."""
        listing, price = taker.listing, maker.row.price
        notional = listing.paid(price, quantity, aggressor_buys=taker.is_buy)
        buyer, seller = (taker, maker) if taker.is_buy else (maker, taker)
        charges = {}
        for each in (buyer, seller):
            charges[each is taker] = self.settle(each, quantity, notional, maker=each is maker)
        self.move(buyer.row.account, seller.row.account, listing.quote, notional)
        self.move(seller.row.account, buyer.row.account, listing.base, quantity * listing.lot_value)
        listing.last = price
        trade_id, self.next_trade_id = self.next_trade_id, self.next_trade_id + 1
        self.emit(
            EventKind.TRADED, trade_id, listing.id, taker.row.side, price, quantity, notional,
            taker.row.order_id, taker.row.account, *charges[True], taker.row.remaining,
            maker.row.order_id, maker.row.account, *charges[False], maker.row.remaining,
        )  # fmt: skip
        self.part(taker)
        self.part(maker)
        if maker.row.remaining == 0:
            self.close(maker, CloseReason.FILLED)
        else:
            self.trim(maker)

    def settle(self, order: NaiveOrder, quantity: int, notional: int, *, maker: bool) -> tuple[int, int]:
        """Book one half of a trade on its order: fee, tax, hold. Return (fee, tax)."""
        listing, row = order.listing, order.row
        fee, tax = order.charge(order.carry, quantity, notional, maker=maker)
        spent = quantity * listing.lot_value
        if order.is_buy:
            spent = notional + fee + tax if listing.fee_in_quote else notional
        if listing.rules and order.is_buy and not maker and not order.by_budget:  # rounding draws what the hold lacks
            self.hold(order, max(row.held, spent))
            assert self.available(row.account, order.pays_in) >= 0, f"order {row.order_id} draws what is not there"
        assert order.row.held >= spent, f"order {row.order_id} spends {spent} and held only {order.row.held}"
        asset = listing.base if order.is_buy and not listing.fee_in_quote else listing.quote
        self.move(row.account, FEES, asset, fee)
        self.move(row.account, TAX, asset, tax)
        order.budget_left -= spent if order.by_budget else 0
        order.set(
            filled=row.filled + quantity, notional=row.notional + notional, fee=row.fee + fee, tax=row.tax + tax,
            updated_ns=self.now,
        )  # fmt: skip
        self.hold(order, order.row.held - spent)
        return fee, tax

    # triggers and pegs

    def set_index(self, command: c.SetIndex) -> None:
        """Tell the index price; pegs follow it, oldest first, then triggers look at it."""
        refuse(R.MALFORMED, command.source not in (0, *IndexSource))
        refuse(R.UNKNOWN_INSTRUMENT, command.instrument not in self.listings)
        bound = PRICE_MAX if command.price >= 1 else 1
        refuse(R.PRICE_OUT_OF_RANGE, not 1 <= command.price <= PRICE_MAX, value=command.price, bound=bound)
        listing = self.listings[command.instrument]
        listing.index, listing.index_source, listing.index_ns = command.price, command.source, self.now
        listing.index_aged = False
        self.emit(EventKind.INDEX_SET, *command.fields())
        self.follow_index(listing)

    def follow_index(self, listing: Listing) -> None:
        """Let everything go by the index that there is now."""
        for order in self.waiting(listing):
            self.trail(order)
        pegs = [o for _, o in sorted(self.orders.items()) if o.is_peg and o.row.instrument == listing.id]
        for order in pegs if listing[P.STATE] == InstrumentState.TRADING else []:
            if order.row.order_id in self.orders and (peg_price(order) != order.row.price or not order.in_book):
                self.reprice_peg(order)
        self.fire_due(listing)

    def age_out(self, listing: Listing) -> None:
        """Let nothing go by an index that is too old; pegs stay open, out of the book."""
        listing.index_aged = True
        self.emit(EventKind.INDEX_AGED, listing.id, listing.index, listing.index_source)
        for order in self.orders.values():
            if order.is_peg and order.listing is listing:
                order.in_book = False

    def judge_age_anew(self, listing: Listing) -> None:
        """Do what a changed limit of the index's age asks for."""
        if 0 < listing.index_due_ns <= self.now:
            if not listing.index_aged:
                self.age_out(listing)
        elif listing.index_aged:
            listing.index_aged = False
            self.follow_index(listing)

    def reprice_peg(self, order: NaiveOrder) -> None:
        """Let a peg follow the index: it loses its place, and may trade."""
        order.set(price=peg_price(order), updated_ns=self.now)
        row = order.row
        self.emit(EventKind.REPRICED, row.order_id, row.account, row.instrument, row.price, row.trigger_price)
        self.enter(order)

    def waiting(self, listing: Listing) -> list[NaiveOrder]:
        """Return the orders that wait for their trigger, oldest first."""
        return [o for _, o in sorted(self.orders.items()) if o.row.is_waiting and o.row.instrument == listing.id]

    def fire_due(self, listing: Listing) -> None:
        """Fire what is due, one by one, each looking at the prices the last one left."""
        while True:
            waiting = self.waiting(listing)
            for order in waiting:
                self.trail(order)
            due = [order for order in waiting if order.is_met(watched_price(order))]
            if not due:
                return
            self.fire(min(due, key=lambda order: order.trigger_key))

    def trail(self, order: NaiveOrder) -> None:
        """Let a trailing trigger follow a price that moved its way."""
        price = watched_price(order)
        if not order.row.trail or price == 0 or (price >= order.extreme if order.is_buy else price <= order.extreme):
            return
        order.extreme = price
        if trail_price(order) != order.row.trigger_price:
            order.set(trigger_price=trail_price(order), updated_ns=self.now)
            order.place = self.last_place()
            row = order.row
            self.emit(EventKind.REPRICED, row.order_id, row.account, row.instrument, row.price, row.trigger_price)

    def fire(self, order: NaiveOrder) -> None:
        """Wake a waiting order; it meets the book as if it had just arrived."""
        order.set(triggered=1, updated_ns=self.now)
        self.emit(EventKind.TRIGGERED, order.row.order_id, order.row.account, order.row.instrument)
        self.part(order)
        opposite = self.opposite(order)
        planned = plan(order, opposite)
        if order.listing[P.STATE] != InstrumentState.TRADING or (order.row.post_only and would_cross(order, opposite)):
            self.close(order, CloseReason.REFUSED_AT_TRIGGER)
        elif order.row.time_in_force == TimeInForce.FOK and not planned.fills_all:
            self.close(order, CloseReason.NOT_RESTED)
        elif order.row.time_in_force == TimeInForce.FOK and order.is_buy and planned.outlay > self.funds(order):
            self.close(order, CloseReason.UNFUNDED)
        else:
            self.enter(order)


def would_cross(order: NaiveOrder, opposite: list[NaiveOrder]) -> bool:
    """Whether a limit price reaches the best of the other side, whoever's that is."""
    if not opposite:
        return False
    best = opposite[0].row.price
    return order.row.price >= best if order.is_buy else order.row.price <= best
