"""The life of an order, from acceptance to its end: every list it is in, and what it holds."""

from __future__ import annotations

from bedesten.core import codes, layout, records, rows
from bedesten.core.book import OrderBook
from bedesten.core.event_log import EventLog
from bedesten.core.indexes import ClientIndex, OrderIndex
from bedesten.core.ledger import Ledger
from bedesten.core.memory import Memory
from bedesten.core.timers import Timers


class Registry:
    """All open orders, and the parts of the machine that their lives touch.

    Invariant: what an account holds of an asset is the sum of what its open orders hold.
    """

    __slots__ = (
        "books",
        "clients",
        "hold_alarms",
        "holds",
        "ids",
        "ledger",
        "listed",
        "memory",
        "next_hold_id",
        "next_order_id",
        "event_log",
        "timers",
    )

    def __init__(self, most: int) -> None:
        self.memory = Memory(most)
        self.ledger = Ledger()
        self.event_log = EventLog()
        self.timers = Timers()
        self.ids = OrderIndex()
        self.clients = ClientIndex()
        self.books: list[OrderBook] = []
        self.listed = 0
        self.next_order_id = 1
        # by id, ascending: account, asset, amount, reason, when it expires (0: never)
        self.holds: dict[int, tuple[int, int, int, int, int]] = {}
        self.hold_alarms: dict[int, int] = {}  # by id: the timer's entry that looks at a hold, at its expiry or before
        self.next_hold_id = 1

    def book(self, instrument: int) -> OrderBook:
        return self.books[instrument]

    def is_listed(self, instrument: int) -> int:
        if instrument < 0 or instrument >= self.listed:
            return 0
        return self.book(instrument).is_listed

    def prepare(self, account: int, book: OrderBook) -> int:
        """Make room for whatever placing an order may need; 0 when memory will not have it."""
        ledger = self.ledger
        if not (ledger.ready(account, max(book.base, book.quote)) and ledger.ready_count(account, book.instrument)):
            return 0
        return self.memory.reserve(2, 4)

    def new_order(self, id: int) -> records.Order:
        """Return a blank order; its terms are filled in before it is added."""
        order = layout.new_order(self.memory.pools)
        order.id = id
        order.created_ns = order.updated_ns = self.event_log.time_ns
        return order

    def add(self, book: OrderBook, order: records.Order) -> None:
        """Enter an order whose terms are filled in, and hold what it needs."""
        self.index(book, order)
        if order.held:
            self.ledger.hold(order.account, book.pays(order.side), order.held)

    def index(self, book: OrderBook, order: records.Order) -> None:
        """Put an order into every list but its ladder."""
        self.ids.add(order)
        if order.client_ref:
            self.clients.add(order)
        self.ledger.link(order)
        if order.conditions.expires_ns:
            self.timers.add(order.conditions.expires_ns, order.id)
        book.open_lots += order.remaining

    def close(self, book: OrderBook, order: records.Order, reason: int) -> None:
        """End an order: release what it holds, tell it, take it out of every list; then end its sibling."""
        sibling = order.conditions.sibling
        order.updated_ns = self.event_log.time_ns
        self.event_log.ended(order, reason)
        if order.held:
            self.ledger.release(order.account, book.pays(order.side), order.held)
            order.held = 0
        book.drop(order)
        book.open_lots -= order.remaining
        if order.conditions.follows:
            book.unfollow(order)
        if order.conditions.expires_ns:
            self.timers.stale += 1
        self.ids.remove(order)
        if order.client_ref:
            self.clients.remove(order)
        self.ledger.unlink(order)
        if sibling is not records.NO_ORDER and sibling.conditions.sibling is order:
            order.conditions.sibling = records.NO_ORDER
            self.close(book, sibling, codes.SIBLING)
        layout.free_order(self.memory.pools, order)

    def end_sibling(self, book: OrderBook, order: records.Order) -> None:
        """End an order's sibling because this one trades or fires; what the two held once is now this one's."""
        sibling = order.conditions.sibling
        order.conditions.sibling = records.NO_ORDER
        order.held += sibling.held
        sibling.held = 0
        self.close(book, sibling, codes.SIBLING)
        self.release_surplus(book, order)

    def reissue(self, book: OrderBook, order: records.Order) -> records.Order:
        """End a fired order and return a new one with its terms and its hold, but no trigger, in its stead."""
        id = self.next_order_id
        self.next_order_id = id + 1
        new = self.new_order(id)
        records.copy_order_terms(order, new)
        new.original_quantity = records.quantity(order)
        new.remaining = order.remaining
        self.reissue_conditions(order.conditions, new)
        new.maker_ppb = order.maker_ppb
        new.taker_ppb = order.taker_ppb
        new.held = order.held
        order.held = 0
        self.close(book, order, codes.REISSUED)
        self.index(book, new)
        self.event_log.placed(new)
        return new

    def reissue_conditions(self, conditions: records.Conditions, new: records.Order) -> None:
        """Give a reissued order what is left to it of a fired one's conditions."""
        if conditions.expires_ns == 0 and conditions.budget == 0 and conditions.hold_price == 0:
            return
        kept = layout.add_conditions(self.memory.pools, new)
        kept.expires_ns = conditions.expires_ns
        kept.budget = conditions.budget
        kept.hold_price = conditions.hold_price

    def release_surplus(self, book: OrderBook, order: records.Order) -> None:
        """Release what an order holds beyond what its remaining lots may still cost."""
        surplus = order.held - book.need(order.side, records.hold_price(order), order.remaining, order.taker_ppb)
        if surplus > 0:
            self.ledger.release(order.account, book.pays(order.side), surplus)
            order.held -= surplus

    def draw(self, book: OrderBook, order: records.Order, amount: int) -> int:
        """Add to an order's hold what it lacks, out of what is available; return whether it has all of it now."""
        if amount <= 0:
            return 1
        if amount > self.ledger.available(order.account, book.pays(order.side)):
            return 0
        self.ledger.hold(order.account, book.pays(order.side), amount)
        order.held += amount
        return 1

    def prefetch(self, row: memoryview[int]) -> None:
        """Have the processor fetch where a command to come will look first; nothing in it was checked yet."""
        account = row[codes.FIRST]
        if 0 <= account < self.ledger.room:
            layout.prefetch_account(self.ledger.account(account))
        layout.prefetch_bucket(self.ids.buckets, row[codes.SECOND] & (self.ids.room - 1))

    def prefetch_order(self, row: memoryview[int]) -> None:
        """As prefetch, for the order that the next command but few cancels or amends."""
        if row[codes.KIND] == codes.CANCEL_ORDER or row[codes.KIND] == codes.AMEND_ORDER:
            layout.prefetch_order(self.ids.buckets[row[codes.SECOND] & (self.ids.room - 1)])

    def owned(self, account: int, order_id: int, instrument: int) -> records.Order:
        """Return the account's open order with this id, on the instrument named or (negative) any; else NO_ORDER."""
        order = self.ids.find(order_id)
        if order is records.NO_ORDER or order.account != account:
            return records.NO_ORDER
        if instrument >= 0 and order.instrument != instrument:
            return records.NO_ORDER
        return order

    def close_all(self, account: int, instrument: int, reason: int) -> None:
        """End the account's open orders, oldest first, on one instrument or (negative) all."""
        order = self.ledger.account(account).first
        while order is not records.NO_ORDER:
            behind = order.account_behind
            if instrument < 0 or order.instrument == instrument:
                if behind is not records.NO_ORDER and behind is order.conditions.sibling:
                    behind = behind.account_behind
                self.close(self.book(order.instrument), order, reason)
            order = behind

    def arm(self, number: int, deadline_ns: int) -> None:
        """Set an account's dead-man timer, or (0) take it away.

        A deadline that moves on leaves the alarm where it is: when that goes off, it is set anew. So a client that extends its
        timer every second costs one entry, not one a second.
        """
        account = self.ledger.account(number)
        account.dead_man_ns = deadline_ns
        if deadline_ns and (account.alarm_ns == 0 or deadline_ns < account.alarm_ns):
            if account.alarm_ns:
                self.timers.stale += 1
            account.alarm_ns = deadline_ns
            self.timers.add(deadline_ns, number - codes.ACCOUNT_KEY)

    def watch_index(self, book: OrderBook) -> None:
        """Set the alarm at which an index is too old; an alarm that is set for earlier looks again, as `arm`'s does."""
        due = book.index_due()
        if due and (book.index_alarm_ns == 0 or due < book.index_alarm_ns):
            if book.index_alarm_ns:
                self.timers.stale += 1
            book.index_alarm_ns = due
            self.timers.add(due, book.instrument - codes.INDEX_KEY)

    def ring_index(self, book: OrderBook, alarm_ns: int) -> None:
        """Act on the timer of an index: report that it is too old, or set the timer to a later time."""
        book.index_alarm_ns = 0
        if book.index_aged:
            return
        due = book.index_due()
        if due and due <= alarm_ns:
            self.age_out(book)
        else:
            self.watch_index(book)

    def age_out(self, book: OrderBook) -> None:
        """Let nothing go by the index any more; pegs, which would, leave the book until there is a new one."""
        book.index_aged = 1
        self.event_log.said(codes.E_INDEX_AGED, book.instrument, book.index, book.index_source, 0)
        order = book.first_follower
        while order is not records.NO_ORDER:
            if order.order_type == codes.PEG:
                book.drop(order)
            order = order.conditions.follower_behind

    def watch_hold(self, hold_id: int) -> None:
        """Set the alarm at which a hold expires; an alarm that is set for earlier looks again, as `arm`'s does."""
        _, _, _, _, expires_ns = self.holds[hold_id]
        alarm_ns = self.hold_alarms.get(hold_id, 0)
        if expires_ns and (alarm_ns == 0 or expires_ns < alarm_ns):
            if alarm_ns:
                self.timers.stale += 1
            self.hold_alarms[hold_id] = expires_ns
            self.timers.add(expires_ns, hold_id - codes.HOLD_KEY)

    def ring_hold(self, hold_id: int, alarm_ns: int) -> None:
        """Act on the timer of a hold: give the hold back, or set the timer to its expiry."""
        del self.hold_alarms[hold_id]
        _, _, _, _, expires_ns = self.holds[hold_id]
        if expires_ns and expires_ns <= alarm_ns:
            self.give_back(hold_id, codes.BY_TIME)
        else:
            self.watch_hold(hold_id)

    def drop_hold(self, hold_id: int) -> None:
        """Forget a hold and its alarm."""
        del self.holds[hold_id]
        if self.hold_alarms.pop(hold_id, 0):
            self.timers.stale += 1

    def give_back(self, hold_id: int, cause: int) -> None:
        """End a hold; all of it is available again."""
        account, asset, amount, reason, _ = self.holds[hold_id]
        self.drop_hold(hold_id)
        self.ledger.release(account, asset, amount)
        event = rows.funds_released_at(self.event_log.event(codes.E_FUNDS_RELEASED))
        event.hold_id = hold_id
        event.account = account
        event.asset = asset
        event.amount = amount
        event.reason = reason
        event.cause = cause

    def expire(self, now: int) -> None:
        """End what is due: orders and holds whose time ran out, all of accounts whose dead-man timer did, indexes too old."""
        timers = self.timers
        while timers.count > 0 and timers.deadlines[0] <= now:
            deadline = timers.deadlines[0]
            key = timers.keys[0]
            is_stale = self.is_stale(0)
            timers.pop()
            if is_stale:
                timers.stale -= 1
            elif key < -codes.INDEX_KEY:
                self.ring(key + codes.ACCOUNT_KEY, deadline)
            elif key < -codes.HOLD_KEY:
                self.ring_index(self.book(key + codes.INDEX_KEY), deadline)
            elif key < 0:
                self.ring_hold(key + codes.HOLD_KEY, deadline)
            else:
                order = self.ids.find(key)
                self.close(self.book(order.instrument), order, codes.EXPIRED)
                timers.stale -= 1  # its own entry is gone already

    def ring(self, number: int, alarm_ns: int) -> None:
        """Act on an account's timer: cancel its orders when its deadline has passed, or set the timer to the new deadline."""
        account = self.ledger.account(number)
        account.alarm_ns = 0
        if account.dead_man_ns > alarm_ns:
            account.alarm_ns = account.dead_man_ns
            self.timers.add(account.dead_man_ns, number - codes.ACCOUNT_KEY)
        elif account.dead_man_ns:
            account.dead_man_ns = 0
            self.close_all(number, codes.EVERY, codes.DEAD_MAN)

    def is_stale(self, at: int) -> int:
        """Return whether a timer's entry no longer stands for anything."""
        key = self.timers.keys[at]
        if key < -codes.INDEX_KEY:
            return 1 if self.ledger.account(key + codes.ACCOUNT_KEY).alarm_ns != self.timers.deadlines[at] else 0
        if key < -codes.HOLD_KEY:
            return 1 if self.book(key + codes.INDEX_KEY).index_alarm_ns != self.timers.deadlines[at] else 0
        if key < 0:
            return 1 if self.hold_alarms.get(key + codes.HOLD_KEY, 0) != self.timers.deadlines[at] else 0
        return 1 if self.ids.find(key) is records.NO_ORDER else 0

    def sweep_timers(self) -> None:
        """Drop the stale entries once they are the majority."""
        timers = self.timers
        if timers.stale < 64 or 2 * timers.stale < timers.count:
            return
        kept = 0
        for at in range(timers.count):
            if not self.is_stale(at):
                timers.deadlines[kept] = timers.deadlines[at]
                timers.keys[kept] = timers.keys[at]
                kept += 1
        timers.count = kept
        timers.stale = 0
        timers.heapify()

    def next_deadline(self) -> int:
        """Return when something is due next; 0: never. It follows from the state: an alarm set too early is set anew."""
        timers = self.timers
        while timers.count > 0:
            deadline = timers.deadlines[0]
            if self.is_stale(0):
                timers.pop()
                timers.stale -= 1
            elif not self.put_off(timers.keys[0], deadline):
                return deadline
        return 0

    def put_off(self, key: int, alarm_ns: int) -> int:
        """Set the earliest alarm anew where what it is there for is due later, or never; return whether it was."""
        if key >= 0:
            return 0
        if key < -codes.INDEX_KEY:
            account = self.ledger.account(key + codes.ACCOUNT_KEY)
            if 0 < account.dead_man_ns <= alarm_ns:
                return 0
            self.timers.pop()
            self.ring(key + codes.ACCOUNT_KEY, alarm_ns)
            return 1
        if key < -codes.HOLD_KEY:
            book = self.book(key + codes.INDEX_KEY)
            if not book.index_aged and 0 < book.index_due() <= alarm_ns:
                return 0
            self.timers.pop()
            self.ring_index(book, alarm_ns)
            return 1
        _, _, _, _, expires_ns = self.holds[key + codes.HOLD_KEY]
        if 0 < expires_ns <= alarm_ns:
            return 0
        self.timers.pop()
        self.ring_hold(key + codes.HOLD_KEY, alarm_ns)
        return 1
