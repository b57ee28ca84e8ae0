"""The whole state as one row of 64-bit integers, and back.

Orders are written account by account, oldest first, and again by id in queue order, ladder by ladder and follower by
follower; everything else about them (indexes, timers, levels) is rebuilt. The same state gives the same bytes,
whatever way it came about.

What is kept of a record is said in records.py. Format 1 has no place for the revision of the rules of matching, nor for who
told an index, when, and how old it may become; neither it nor format 2 for when a hold expires. A state that is restored from
one of them has none of what it lacks. Format 3 has all there is in format 4, field by field of every order.
"""

from __future__ import annotations

from bedesten.core import codes, layout, records
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
        records.store_account(self.buffer.next(records.account_width(self.version)), account, self.version)
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
            row = self.buffer.next(records.balance_width(self.version))
            records.store_balance(row, ledger.balance(number, asset), self.version)
        count = 0
        order = account.first
        while order is not records.NO_ORDER:
            count += 1
            order = order.account_behind
        self.buffer.put(count)
        order = account.first
        while order is not records.NO_ORDER:
            self.write_order(order)
            order = order.account_behind

    def write_order(self, order: records.Order) -> None:
        """Write what is kept of an order; what it has of a sibling and other conditions behind it, if anything."""
        if self.version <= records.FORMER_FORMAT:
            tax_ppb = self.registry.book(order.instrument).tax_ppb
            records.store_former_order(self.buffer.next(records.FORMER_WIDTH), order, tax_ppb)
            return
        records.store_order(self.buffer.next(records.order_width(self.version)), order, self.version)
        blank = records.is_blank(order.conditions)
        self.buffer.put(1 - blank)
        if not blank:
            self.buffer.put(records.sibling_id(order))
            row = self.buffer.next(records.conditions_width(self.version))
            records.store_conditions(row, order.conditions, self.version)

    def write_queues(self, book: OrderBook) -> None:
        for kind in range(codes.INDEX_FALLING + 1):
            self.write_queue(book.ladder(kind))
        self.buffer.put(book.followers)
        order = book.first_follower
        while order is not records.NO_ORDER:
            self.buffer.put(order.id)
            order = order.conditions.follower_behind

    def write_queue(self, ladder: Ladder) -> None:
        """Write the ids of a ladder's orders, best level first, and 0 at the end."""
        level = ladder.best
        while level is not records.NO_LEVEL:
            order = level.first
            while order is not records.NO_ORDER:
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
        return self.take(1)[0]

    def take(self, width: int) -> memoryview[int]:
        """Return the next *width* integers, to be read."""
        at = self.at
        if at + width > len(self.values):
            raise InvariantError("a snapshot ends too early")
        self.at = at + width
        return layout.row_at(self.values, at)

    def read(self) -> None:
        registry = self.registry
        registry.next_order_id = self.next()
        registry.ledger.assets = self.next()
        accounts = self.next()
        for instrument in range(self.next()):
            book = OrderBook(registry.memory, registry.event_log.refusal, instrument)
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
        book.note_bands()
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
        account = ledger.account(number)
        records.load_account(self.take(records.account_width(self.version)), account, self.version)
        self.registry.arm(number, account.dead_man_ns)
        for asset in range(self.next()):
            row = self.take(records.balance_width(self.version))
            records.load_balance(row, ledger.balance(number, asset), self.version)
        for _ in range(self.next()):
            self.read_order(number)

    def read_order(self, account: int) -> None:
        registry = self.registry
        if not registry.memory.reserve(1, 0):
            raise MemoryError("a snapshot needs more memory than there is")
        order = registry.new_order(0)
        order.account = account
        sibling_id = 0
        if self.version <= records.FORMER_FORMAT:
            sibling_id = self.read_former_order(order)
        else:
            records.load_order(self.take(records.order_width(self.version)), order, self.version)
            if self.next():
                sibling_id = self.next()
                conditions = layout.add_conditions(registry.memory.pools, order)
                records.load_conditions(self.take(records.conditions_width(self.version)), conditions, self.version)
        if not registry.ledger.ready_count(account, order.instrument):
            raise MemoryError("a snapshot needs more memory than there is")
        registry.index(registry.book(order.instrument), order)
        if 0 < sibling_id < order.id:
            sibling = registry.ids.find(sibling_id)
            layout.add_conditions(registry.memory.pools, order).sibling = sibling
            layout.add_conditions(registry.memory.pools, sibling).sibling = order

    def read_former_order(self, order: records.Order) -> int:
        """Read an order of formats 1 to 3, which told the same of every order; return its sibling's id."""
        pools = self.registry.memory.pools
        conditions = layout.add_conditions(pools, order)
        row = self.take(records.FORMER_WIDTH)
        records.load_former_order(row, order)
        if order.order_type == codes.LIMIT:
            conditions.hold_price = 0
        if conditions.original_price == order.price:
            conditions.original_price = 0
        if records.is_blank(conditions):
            layout.drop_conditions(pools, order)
        return row[records.FORMER_SIBLING]

    def read_queues(self, book: OrderBook) -> None:
        for kind in range(codes.INDEX_FALLING + 1):
            id = self.next()
            while id:
                self.queue(book, kind, self.found(id))
                id = self.next()
        for _ in range(self.next()):
            book.follow(self.found(self.next()))

    def queue(self, book: OrderBook, kind: int, order: records.Order) -> None:
        if not self.registry.memory.reserve(0, 1):
            raise MemoryError("a snapshot needs more memory than there is")
        if kind > codes.ASKS:
            book.wait(order)
        else:
            book.rest(order)

    def found(self, id: int) -> records.Order:
        order = self.registry.ids.find(id)
        if order is records.NO_ORDER:
            raise InvariantError(f"a snapshot queues order {id} that it does not hold")
        return order
