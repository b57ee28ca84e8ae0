"""The whole state as one row of 64-bit integers, and back.

Orders are written account by account, oldest first, and again by id in queue order, ladder by ladder and follower by
follower; everything else about them (indexes, timers, levels) is rebuilt. The same state gives the same bytes,
whatever way it came about.

Format 1 has no place for the revision of the rules of matching, nor for who told an index, when, and how old it may become;
neither it nor format 2 for when a hold expires. A state that is restored from one of them has none of what it lacks.
"""

from __future__ import annotations

from bedesten.core import codes, layout
from bedesten.core.book import OrderBook
from bedesten.core.errors import InvariantError
from bedesten.core.int_buffer import IntBuffer
from bedesten.core.ladder import Ladder
from bedesten.core.registry import Registry


class Writer:
    """Writes a registry into a buffer."""

    __slots__ = ("registry", "buffer", "version")

    def __init__(self, registry: Registry, version: int) -> None:
        self.registry = registry
        self.version = version
        self.buffer = IntBuffer(4096)

    def write(self) -> None:
        ledger = self.registry.ledger
        self.buffer.put(self.registry.next_order_id)
        self.buffer.put(ledger.assets)
        last = ledger.room - 1
        while not ledger.is_open(last):
            last -= 1
        self.buffer.put(last + 1)
        self.buffer.put(self.registry.listed)
        for instrument in range(self.registry.listed):
            self.write_book(self.registry.book(instrument))
        for number in range(last + 1):
            self.write_account(number)
        self.write_holds()
        for instrument in range(self.registry.listed):
            self.write_queues(self.registry.book(instrument))

    def write_holds(self) -> None:
        self.buffer.put(self.registry.next_hold_id)
        self.buffer.put(len(self.registry.holds))
        for hold_id, hold in self.registry.holds.items():
            self.buffer.put(hold_id)
            for value in hold[: 5 if self.version >= 3 else 4]:
                self.buffer.put(value)

    def write_book(self, book: OrderBook) -> None:
        put = self.buffer
        put.put(book.is_listed)
        put.put(book.base)
        put.put(book.quote)
        put.put(book.lot_value)
        put.put(book.numerator)
        put.put(book.denominator)
        put.put(book.state)
        put.put(book.fee_rule)
        put.put(book.tax_ppb)
        put.put(book.min_quantity)
        put.put(book.max_quantity)
        put.put(book.min_notional)
        put.put(book.min_price)
        put.put(book.max_price)
        put.put(book.buy_band_ppm)
        put.put(book.sell_band_ppm)
        put.put(book.price_floor_ppm)
        put.put(book.price_ceiling_ppm)
        put.put(book.market_protection_ppm)
        put.put(book.trigger_distance_ppm)
        put.put(book.open_orders_max)
        put.put(book.refuse_met_triggers)
        put.put(book.reissue_at_trigger)
        put.put(book.last)
        put.put(book.index)
        put.put(book.followed)
        for tier in range(codes.TIERS_MAX):
            put.put(book.maker_ppb[tier])
            put.put(book.taker_ppb[tier])
        if self.version >= 2:
            put.put(book.index_source)
            put.put(book.index_ns)
            put.put(book.index_aged)
            put.put(book.index_age_max_ns)
            put.put(book.source_index_age_max_ns)
            put.put(book.rules)

    def write_account(self, number: int) -> None:
        ledger = self.registry.ledger
        self.buffer.put(ledger.is_open(number))
        if not ledger.is_open(number):
            return
        account = ledger.account(number)
        self.buffer.put(account.tier)
        self.buffer.put(account.suspended)
        self.buffer.put(account.dead_man_ns)
        # trailing balances of nothing are left out, so that having looked at one does not change the bytes
        assets = account.assets
        while (
            assets > 0
            and ledger.balance(number, assets - 1).available == 0
            and ledger.balance(number, assets - 1).held == 0
        ):
            assets -= 1
        self.buffer.put(assets)
        for asset in range(assets):
            self.buffer.put(ledger.balance(number, asset).available)
            self.buffer.put(ledger.balance(number, asset).held)
        count = 0
        order = account.first
        while order is not layout.NO_ORDER:
            count += 1
            order = order.account_behind
        self.buffer.put(count)
        order = account.first
        while order is not layout.NO_ORDER:
            self.write_order(order)
            order = order.account_behind

    def write_order(self, order: layout.Order) -> None:
        put = self.buffer
        put.put(order.id)
        put.put(order.instrument)
        put.put(order.remaining)
        put.put(order.held)
        put.put(order.client_ref)
        put.put(order.filled)
        put.put(order.notional)
        put.put(order.quantity)
        put.put(order.fee_carry)
        put.put(order.tax_carry)
        put.put(order.fee)
        put.put(order.tax)
        put.put(order.maker_ppb)
        put.put(order.taker_ppb)
        put.put(order.side)
        put.put(order.order_type)
        put.put(order.time_in_force)
        put.put(order.post_only)
        put.put(order.trigger)
        put.put(order.trigger_source)
        put.put(order.triggered)
        put.put(order.self_trade)
        put.put(0 if order.sibling is layout.NO_ORDER else order.sibling.id)
        put.put(order.expires_ns)
        put.put(order.budget)
        put.put(order.price)
        put.put(order.hold_price)
        put.put(order.trigger_price)
        put.put(order.trail)
        put.put(order.extreme)
        put.put(order.original_price)
        put.put(order.original_quantity)
        put.put(order.original_trigger_price)
        put.put(order.created_ns)
        put.put(order.updated_ns)
        put.put(order.display_ppm)
        put.put(order.deviation_ppm)

    def write_queues(self, book: OrderBook) -> None:
        for kind in range(codes.INDEX_FALLING + 1):
            self.write_queue(book.ladder(kind))
        self.buffer.put(book.followers)
        order = book.first_follower
        while order is not layout.NO_ORDER:
            self.buffer.put(order.id)
            order = order.follower_behind

    def write_queue(self, ladder: Ladder) -> None:
        """Write the ids of a ladder's orders, best level first, and 0 at the end."""
        level = ladder.best
        while level is not layout.NO_LEVEL:
            order = level.first
            while order is not layout.NO_ORDER:
                self.buffer.put(order.id)
                order = order.behind
            level = level.worse
        self.buffer.put(0)


class Reader:
    """Builds a registry up from the integers of a snapshot, from a position that moves on."""

    __slots__ = ("at", "values", "registry", "version")

    def __init__(self, registry: Registry, values: memoryview[int], at: int) -> None:
        self.registry = registry
        self.values = values
        self.at = at
        self.version = values[0]

    def next(self) -> int:
        if self.at >= len(self.values):
            raise InvariantError("a snapshot ends too early")
        value = self.values[self.at]
        self.at += 1
        return value

    def read(self) -> None:
        registry = self.registry
        registry.next_order_id = self.next()
        registry.ledger.assets = self.next()
        accounts = self.next()
        for instrument in range(self.next()):
            book = OrderBook(registry.memory, instrument)
            registry.books.append(book)
            registry.listed += 1
            self.read_book(book)
        for number in range(accounts):
            self.read_account(number)
        self.read_holds()
        for instrument in range(registry.listed):
            self.read_queues(registry.book(instrument))

    def read_holds(self) -> None:
        self.registry.next_hold_id = self.next()
        for _ in range(self.next()):
            hold_id = self.next()
            account = self.next()
            asset = self.next()
            amount = self.next()
            reason = self.next()
            expires_ns = 0
            if self.version >= 3:
                expires_ns = self.next()
            self.registry.holds[hold_id] = (account, asset, amount, reason, expires_ns)
            self.registry.watch_hold(hold_id)

    def read_book(self, book: OrderBook) -> None:
        book.is_listed = self.next()
        book.base = self.next()
        book.quote = self.next()
        book.lot_value = self.next()
        book.lots_max = codes.AMOUNT_MAX // book.lot_value
        book.numerator = self.next()
        book.denominator = self.next()
        book.state = self.next()
        book.fee_rule = self.next()
        book.tax_ppb = self.next()
        book.min_quantity = self.next()
        book.max_quantity = self.next()
        book.min_notional = self.next()
        book.min_price = self.next()
        book.max_price = self.next()
        book.buy_band_ppm = self.next()
        book.sell_band_ppm = self.next()
        book.price_floor_ppm = self.next()
        book.price_ceiling_ppm = self.next()
        book.market_protection_ppm = self.next()
        book.trigger_distance_ppm = self.next()
        book.open_orders_max = self.next()
        book.refuse_met_triggers = self.next()
        book.reissue_at_trigger = self.next()
        book.last = self.next()
        book.index = self.next()
        book.followed = self.next()
        for tier in range(codes.TIERS_MAX):
            book.maker_ppb[tier] = self.next()
            book.taker_ppb[tier] = self.next()
        book.index_ns = self.registry.event_log.time_ns
        if self.version >= 2:
            book.index_source = self.next()
            book.index_ns = self.next()
            book.index_aged = self.next()
            book.index_age_max_ns = self.next()
            book.source_index_age_max_ns = self.next()
            book.go_by(self.next())
        if not book.index_aged:
            self.registry.watch_index(book)

    def read_account(self, number: int) -> None:
        if not self.next():
            return
        ledger = self.registry.ledger
        if not (ledger.open(number) and ledger.ready(number, ledger.assets)):
            raise MemoryError("a snapshot needs more memory than there is")
        ledger.account(number).tier = self.next()
        ledger.account(number).suspended = self.next()
        dead_man_ns = self.next()
        self.registry.arm(number, dead_man_ns)
        for asset in range(self.next()):
            ledger.balance(number, asset).available = self.next()
            ledger.balance(number, asset).held = self.next()
        for _ in range(self.next()):
            self.read_order(number)

    def read_order(self, account: int) -> None:
        registry = self.registry
        if not registry.memory.reserve(1, 0):
            raise MemoryError("a snapshot needs more memory than there is")
        order = registry.new_order(self.next())
        order.account = account
        order.instrument = self.next()
        order.remaining = self.next()
        order.held = self.next()
        order.client_ref = self.next()
        order.filled = self.next()
        order.notional = self.next()
        order.quantity = self.next()
        order.fee_carry = self.next()
        order.tax_carry = self.next()
        order.fee = self.next()
        order.tax = self.next()
        order.maker_ppb = self.next()
        order.taker_ppb = self.next()
        order.side = self.next()
        order.order_type = self.next()
        order.time_in_force = self.next()
        order.post_only = self.next()
        order.trigger = self.next()
        order.trigger_source = self.next()
        order.triggered = self.next()
        order.self_trade = self.next()
        sibling_id = self.next()
        order.expires_ns = self.next()
        order.budget = self.next()
        order.price = self.next()
        order.hold_price = self.next()
        order.trigger_price = self.next()
        order.trail = self.next()
        order.extreme = self.next()
        order.original_price = self.next()
        order.original_quantity = self.next()
        order.original_trigger_price = self.next()
        order.created_ns = self.next()
        order.updated_ns = self.next()
        order.display_ppm = self.next()
        order.deviation_ppm = self.next()
        if not registry.ledger.ready_count(account, order.instrument):
            raise MemoryError("a snapshot needs more memory than there is")
        registry.index(registry.book(order.instrument), order)
        if 0 < sibling_id < order.id:
            sibling = registry.ids.find(sibling_id)
            order.sibling = sibling
            sibling.sibling = order

    def read_queues(self, book: OrderBook) -> None:
        for kind in range(codes.INDEX_FALLING + 1):
            id = self.next()
            while id:
                self.queue(book, kind, self.found(id))
                id = self.next()
        for _ in range(self.next()):
            book.follow(self.found(self.next()))

    def queue(self, book: OrderBook, kind: int, order: layout.Order) -> None:
        if not self.registry.memory.reserve(0, 1):
            raise MemoryError("a snapshot needs more memory than there is")
        if kind > codes.ASKS:
            book.wait(order)
        else:
            book.rest(order)

    def found(self, id: int) -> layout.Order:
        order = self.registry.ids.find(id)
        if order is layout.NO_ORDER:
            raise InvariantError(f"a snapshot queues order {id} that it does not hold")
        return order
