"""The deterministic machine: rows of commands in, rows of events out. No clock, no chance, no input or output.

Sets up accounts, assets and instruments itself, moves money between accounts, and hands everything about orders to
order entry.
"""

from __future__ import annotations

import hashlib
import sys

from bedesten.core import codes, layout, records, rows
from bedesten.core.amending import Amender
from bedesten.core.book import OrderBook
from bedesten.core.errors import InvariantError
from bedesten.core.funds import Funds
from bedesten.core.matching import Matcher
from bedesten.core.order_entry import OrderEntry
from bedesten.core.queries import Queries
from bedesten.core.registry import Registry
from bedesten.core.snapshot import Reader, Writer
from bedesten.core.triggers import Triggers

SNAPSHOT_FORMAT = records.SNAPSHOT_FORMAT
WHOLE_SNAPSHOT_FORMAT = 3  # the first that has all of the state
FIRST_SNAPSHOT_FORMAT = 1  # the oldest that can still be read: see snapshot.Writer


class Machine:
    """The whole state of an exchange, and the only thing that changes it.

    *most* bounds the orders and price levels in memory; 0 leaves that to the operating system. After an exception
    from apply the machine is unusable: what it did in that call must not be committed.
    """

    __slots__ = (
        "amender",
        "order_entry",
        "funds",
        "matcher",
        "registry",
        "seq",
        "stopped",
        "time_ns",
        "triggers",
        "queries",
    )

    def __init__(self, most: int = 0) -> None:
        self.registry = Registry(most)
        self.matcher = Matcher(self.registry)
        self.triggers = Triggers(self.registry, self.matcher)
        self.order_entry = OrderEntry(self.registry, self.matcher, self.triggers)
        self.funds = Funds(self.registry)
        self.amender = Amender(self.registry, self.matcher, self.triggers)
        self.queries = Queries(self.registry)
        self.seq = 0
        self.time_ns = 0
        self.stopped = 0
        for number in range(codes.TAX + 1):
            self.registry.ledger.open(number)

    def apply(self, commands: memoryview[int]) -> None:
        """Apply rows of commands in order; what take_events and take_closed return then is about these rows alone.

        Raises: InvariantError when seq does not follow, time goes back, or money would be created; MemoryError.
        """
        event_log = self.registry.event_log
        event_log.events.rewind()
        event_log.closed.rewind()
        if self.stopped:
            raise InvariantError("the machine was stopped by an earlier failure")
        timers = self.registry.timers
        ledger = self.registry.ledger
        memory = self.registry.memory
        events = event_log.events
        closed = event_log.closed
        if len(commands) % codes.COMMAND_WIDTH:
            raise InvariantError(f"{len(commands)} integers are not whole commands")
        at = 0
        while at < len(commands):
            row = layout.row_at(commands, at)
            if at + codes.PREFETCH_AHEAD < len(commands):
                self.registry.prefetch(layout.row_at(commands, at + codes.PREFETCH_AHEAD))
                self.registry.prefetch_order(layout.row_at(commands, at + codes.PREFETCH_AHEAD // 2))
            seq = row[codes.SEQ]
            time_ns = row[codes.TIME_NS]
            if seq != self.seq + 1 or time_ns < self.time_ns:
                self.stopped = 1
                raise InvariantError(f"command {seq} at {time_ns} does not follow {self.seq} at {self.time_ns}")
            self.seq = event_log.seq = seq
            self.time_ns = event_log.time_ns = time_ns
            if timers.count > 0 and timers.deadlines[0] <= self.time_ns:
                self.registry.expire(self.time_ns)
            self.dispatch(row)
            if ledger.broken:
                self.stopped = 1
                raise InvariantError(f"command {self.seq} would overdraw a balance")
            if memory.exhausted or events.failed or closed.failed or timers.failed:
                self.stopped = 1
                raise MemoryError(f"command {self.seq} needs more memory than there is")
            at += codes.COMMAND_WIDTH
        self.registry.sweep_timers()

    def dispatch(self, row: memoryview[int]) -> None:
        op = row[codes.KIND]
        if rows.surplus(row):
            self.refuse_surplus(row)
        elif op == codes.PLACE_ORDER:
            self.order_entry.place(row)
        elif op == codes.CANCEL_ORDER:
            cancel = rows.cancel_order_at(row)
            self.order_entry.cancel(cancel.account, cancel.order_id, cancel.instrument)
        elif op == codes.AMEND_ORDER:
            self.amender.amend(row)
        elif op == codes.SET_INDEX:
            told = rows.set_index_at(row)
            self.set_index(told.instrument, told.price, told.source)
        elif op == codes.TRANSFER:
            self.funds.transfer(row)
        elif op == codes.PLACE_OCO:
            self.order_entry.place_oco(row)
        elif op == codes.CANCEL_CLIENT_REF:
            cancel_ref = rows.cancel_client_ref_at(row)
            self.order_entry.cancel_client_ref(cancel_ref.account, cancel_ref.client_ref, cancel_ref.instrument)
        elif op == codes.CANCEL_ALL:
            cancel_all = rows.cancel_all_at(row)
            self.order_entry.cancel_all(cancel_all.account, cancel_all.instrument)
        elif op == codes.CANCEL_ALL_AFTER:
            dead_man = rows.cancel_all_after_at(row)
            self.cancel_all_after(dead_man.account, dead_man.deadline_ns)
        elif op != codes.ADVANCE_TIME and op != codes.NOTE:
            self.set_up(row)

    def set_up(self, row: memoryview[int]) -> None:
        """Apply a command that is rare: holds, and what the exchange consists of."""
        op = row[codes.KIND]
        if op == codes.OPEN_ACCOUNT:
            self.open_account(rows.open_account_at(row).account)
        elif op == codes.SET_ACCOUNT:
            change = rows.set_account_at(row)
            self.set_account(change.account, change.parameter, change.value)
        elif op == codes.HOLD_FUNDS:
            self.funds.hold(row)
        elif op == codes.RELEASE_FUNDS:
            self.funds.release(row)
        elif op == codes.CAPTURE_FUNDS:
            self.funds.capture(row)
        elif op == codes.SET_HOLD:
            self.funds.set_hold(row)
        elif op == codes.EXCHANGE:
            self.funds.exchange(row)
        elif op == codes.LIST_ASSET:
            self.list_asset(rows.list_asset_at(row).asset)
        elif op == codes.LIST_INSTRUMENT:
            self.list_instrument(row)
        elif op == codes.SET_INSTRUMENT:
            rule = rows.set_instrument_at(row)
            self.set_instrument(rule.instrument, rule.parameter, rule.value)
        elif op == codes.SET_FEES:
            fees = rows.set_fees_at(row)
            self.set_fees(fees.instrument, fees.tier, fees.maker_ppb, fees.taker_ppb)
        else:
            self.refuse(codes.MALFORMED, 0, 0)

    def refuse_surplus(self, row: memoryview[int]) -> None:
        """Refuse a row that has anything in a column which its op does not use; an order's ids are used up all the same."""
        registry = self.registry
        registry.event_log.refusal.because(codes.MALFORMED, rows.surplus(row), 0, 0)
        if row[codes.KIND] == codes.PLACE_ORDER or row[codes.KIND] == codes.PLACE_OCO:
            terms = rows.place_oco_at(row)
            id = registry.next_order_id
            registry.next_order_id = id + 1 if row[codes.KIND] == codes.PLACE_ORDER else id + 2
            registry.event_log.rejected(codes.MALFORMED, terms.account, terms.instrument, id)
        else:
            self.refuse(codes.MALFORMED, 0, 0)

    def refuse(self, reason: int, account: int, instrument: int) -> None:
        self.registry.event_log.rejected(reason, account, instrument, 0)

    def open_account(self, number: int) -> None:
        if number < 0 or number >= codes.ACCOUNTS_MAX:
            self.refuse(codes.MALFORMED, number, 0)
        elif self.registry.ledger.is_open(number):
            self.refuse(codes.ALREADY_EXISTS, number, 0)
        elif not self.registry.ledger.open(number):
            self.refuse(codes.NO_MEMORY, number, 0)
        else:
            self.registry.event_log.said(codes.E_ACCOUNT_OPENED, number, 0, 0, 0)

    def set_account(self, number: int, parameter: int, value: int) -> None:
        if not self.registry.ledger.is_open(number):
            self.refuse(codes.UNKNOWN_ACCOUNT, number, 0)
            return
        account = self.registry.ledger.account(number)
        if parameter == codes.A_FEE_TIER and 0 <= value < codes.TIERS_MAX:
            account.tier = value
        elif parameter == codes.A_SUSPENDED and 0 <= value <= 1:
            account.suspended = value
        else:
            self.refuse(codes.MALFORMED, number, 0)
            return
        self.registry.event_log.said(codes.E_ACCOUNT_SET, number, parameter, value, 0)

    def list_asset(self, asset: int) -> None:
        ledger = self.registry.ledger
        if asset < 0 or asset >= codes.ASSETS_MAX or asset > ledger.assets + 1:
            self.refuse(codes.MALFORMED, 0, 0)
        elif asset <= ledger.assets:
            self.refuse(codes.ALREADY_EXISTS, 0, 0)
        else:
            for number in range(codes.TAX + 1):
                if not ledger.ready(number, asset):
                    self.refuse(codes.NO_MEMORY, 0, 0)
                    return
            ledger.assets = asset
            self.registry.event_log.said(codes.E_ASSET_LISTED, asset, 0, 0, 0)

    def list_instrument(self, row: memoryview[int]) -> None:
        listing = rows.list_instrument_at(row)
        instrument = listing.instrument
        registry = self.registry
        ledger = registry.ledger
        if (
            instrument < 0
            or instrument >= codes.INSTRUMENTS_MAX
            or instrument > registry.listed + 1
            or not 1 <= listing.lot_value <= codes.AMOUNT_MAX
            or not 1 <= listing.value_numerator <= codes.VALUE_MAX
            or not 1 <= listing.value_denominator <= codes.VALUE_MAX
        ):
            self.refuse(codes.MALFORMED, 0, instrument)
        elif not (ledger.is_asset(listing.base) and ledger.is_asset(listing.quote)) or listing.base == listing.quote:
            self.refuse(codes.UNKNOWN_ASSET, 0, instrument)
        elif registry.is_listed(instrument):
            self.refuse(codes.ALREADY_EXISTS, 0, instrument)
        else:
            while registry.listed <= instrument:
                registry.books.append(OrderBook(registry.memory, registry.event_log.refusal, registry.listed))
                registry.listed += 1
            book = registry.book(instrument)
            book.is_listed = 1
            book.base = listing.base
            book.quote = listing.quote
            book.lot_value = listing.lot_value
            book.lots_max = codes.AMOUNT_MAX // listing.lot_value
            book.numerator = listing.value_numerator
            book.denominator = listing.value_denominator
            self.registry.event_log.said(codes.E_INSTRUMENT_LISTED, instrument, 0, 0, 0)

    def set_instrument(self, instrument: int, parameter: int, value: int) -> None:
        if not self.registry.is_listed(instrument):
            self.refuse(codes.UNKNOWN_INSTRUMENT, 0, instrument)
        elif not set_parameter(self.registry.book(instrument), parameter, value):
            self.refuse(codes.MALFORMED, 0, instrument)
        else:
            self.registry.event_log.said(codes.E_INSTRUMENT_SET, instrument, parameter, value, 0)
            if parameter == codes.P_INDEX_AGE_MAX_NS or parameter == codes.P_SOURCE_INDEX_AGE_MAX_NS:
                self.triggers.renew_age(self.registry.book(instrument))

    def set_fees(self, instrument: int, tier: int, maker_ppb: int, taker_ppb: int) -> None:
        if not self.registry.is_listed(instrument):
            self.refuse(codes.UNKNOWN_INSTRUMENT, 0, instrument)
            return
        if not (0 <= tier < codes.TIERS_MAX and 0 <= maker_ppb <= taker_ppb <= codes.RATE_MAX):
            self.refuse(codes.MALFORMED, 0, instrument)
            return
        book = self.registry.book(instrument)
        book.maker_ppb[tier] = maker_ppb
        book.taker_ppb[tier] = taker_ppb
        self.registry.event_log.said(codes.E_FEES_SET, instrument, tier, maker_ppb, taker_ppb)

    def set_index(self, instrument: int, price: int, source: int) -> None:
        if source < 0 or source > codes.TOLD_BY_DEMO:
            self.refuse(codes.MALFORMED, 0, instrument)
        elif not self.registry.is_listed(instrument):
            self.refuse(codes.UNKNOWN_INSTRUMENT, 0, instrument)
        elif price < 1 or price > codes.PRICE_MAX:
            bound = 1 if price < 1 else codes.PRICE_MAX
            self.registry.event_log.refusal.because(codes.PRICE_OUT_OF_RANGE, price, bound, 0)
            self.refuse(codes.PRICE_OUT_OF_RANGE, 0, instrument)
        else:
            book = self.registry.book(instrument)
            self.registry.event_log.said(codes.E_INDEX_SET, instrument, price, source, 0)
            book.index = price
            book.index_source = source
            book.index_ns = self.time_ns
            book.index_aged = 0
            self.registry.watch_index(book)
            self.triggers.follow_index(book)

    def cancel_all_after(self, number: int, deadline_ns: int) -> None:
        if deadline_ns < 0 or deadline_ns > codes.EXPIRES_MAX:
            self.refuse(codes.MALFORMED, number, 0)
            return
        if number <= codes.TAX or not self.registry.ledger.is_open(number):
            self.refuse(codes.UNKNOWN_ACCOUNT, number, 0)
            return
        self.registry.arm(number, deadline_ns)
        self.registry.event_log.said(codes.E_CANCEL_ALL_AFTER_SET, number, deadline_ns, 0, 0)
        if deadline_ns and deadline_ns <= self.time_ns:
            self.registry.expire(self.time_ns)

    def take_events(self) -> bytes:
        """Return the rows of what the last apply did."""
        return self.registry.event_log.events.to_bytes()

    def take_closed(self) -> bytes:
        """Return the last rows of the orders that the last apply ended: one a CLOSED event, in their sequence."""
        return self.registry.event_log.closed.to_bytes()

    @property
    def next_order_id(self) -> int:
        return self.registry.next_order_id

    @property
    def next_trade_id(self) -> int:
        return self.matcher.next_trade_id

    @property
    def next_deadline_ns(self) -> int:
        """When something expires next; 0: never."""
        return self.registry.next_deadline()

    def order(self, order_id: int) -> tuple[int, ...] | None:
        """Return an open order's columns (domain.orders.Order), or None."""
        row = memoryview(self.queries.order(order_id)).cast("q").tolist()
        return tuple(row) if row else None

    def open_orders(self, account: int, instrument: int = -1) -> list[tuple[int, ...]]:
        """Return the columns of an account's open orders, oldest first, on one instrument or (-1) all."""
        rows = memoryview(self.queries.open_orders(account, instrument)).cast("q").tolist()
        return [tuple(rows[at : at + codes.ORDER_WIDTH]) for at in range(0, len(rows), codes.ORDER_WIDTH)]

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        """Return an account's total and held amounts of an asset."""
        return self.queries.balance(account, asset)

    def balances(self, account: int) -> list[tuple[int, int, int]]:
        """Return asset, total and held of every asset the account has any of."""
        return self.queries.balances(account)

    def holds(self, account: int) -> list[tuple[int, int, int, int, int]]:
        """Return id, asset, amount, reason and expiry of what the account has reserved besides its orders, oldest first."""
        return [(hold_id, *hold[1:]) for hold_id, hold in self.registry.holds.items() if hold[0] == account]

    def hold(self, hold_id: int) -> tuple[int, int, int, int, int] | None:
        """Return account, asset, amount, reason and expiry (0: never) of what is reserved under that id, besides orders."""
        return self.registry.holds.get(hold_id)

    def all_holds(self) -> list[tuple[int, int, int, int, int, int]]:
        """Return id, account, asset, amount, reason and expiry of all that is reserved besides orders, oldest first."""
        return [(hold_id, *hold) for hold_id, hold in self.registry.holds.items()]

    def depth(self, instrument: int, side: int, limit: int, group: int = 1) -> list[tuple[int, int]]:
        """Return at most *limit* price levels of a side, best first: price and displayed quantity.

        Units: prices in ticks, rounded away from the other side to multiples of *group* ticks; quantities in lots.
        Raises: KeyError when the instrument is not listed; ValueError when limit or group is below 1.
        """
        if limit < 1 or group < 1:
            raise ValueError(f"limit and group start at 1, were {limit} and {group}")
        return self.queries.depth(instrument, side, limit, group)

    def bbo(self, instrument: int) -> tuple[int, int, int, int]:
        """Return best bid and its quantity, best ask and its quantity; zeros where a side is empty."""
        return self.queries.bbo(instrument)

    def last_price(self, instrument: int) -> int:
        """Return the price of the last trade; 0 before the first."""
        return self.queries.book(instrument).last

    def index_price(self, instrument: int) -> int:
        """Return the index price, of whatever age; 0 before it was first set."""
        return self.queries.book(instrument).index

    def index(self, instrument: int) -> tuple[int, int, int, int]:
        """Return the index price (ticks), its source (IndexSource), its time, and when it becomes too old (ns; 0: never)."""
        book = self.queries.book(instrument)
        return (book.index, book.index_source, book.index_ns, book.index_due())

    def fee_rates(self, account: int, instrument: int) -> tuple[int, int]:
        """Return the maker and taker rates that the account's next order will pay, in parts per billion."""
        return self.queries.fee_rates(account, instrument)

    def order_fee_rates(self, order_id: int) -> tuple[int, int] | None:
        """Return the maker and taker rates of an open order, in parts per billion: those of when it was placed.

        None: there is no such order, or it has ended.
        """
        return self.queries.order_fee_rates(order_id)

    def is_suspended(self, account: int) -> bool:
        """Return whether the account may only cancel."""
        return self.queries.is_suspended(account) != 0

    def audit(self) -> None:
        """Check that money adds up, every hold has its owner, and no book is crossed.

        Raises: InvariantError naming the first thing that does not.
        """
        self.queries.audit()

    def snapshot(self, version: int = SNAPSHOT_FORMAT) -> bytes:
        """Return the whole state; restore gives it back, to the bit. A former *version* leaves out what it had no place for.

        Raises: InvariantError when there is no such version.
        """
        if not FIRST_SNAPSHOT_FORMAT <= version <= SNAPSHOT_FORMAT:
            raise InvariantError(f"no state snapshot has format {version}")
        writer = Writer(self.registry, version)
        for value in (version, self.seq, self.time_ns, self.matcher.next_trade_id):
            writer.buffer.put(value)
        writer.write()
        if writer.buffer.failed:
            raise MemoryError("a snapshot needs more memory than there is")
        return writer.buffer.to_bytes()

    @classmethod
    def restore(cls, snapshot: bytes, most: int = 0) -> Machine:
        """Return a machine in the state that *snapshot* holds.

        Raises: InvariantError when it is not a snapshot of a format that is known.
        """
        values = memoryview(snapshot).cast("q")
        if len(values) < 4 or not FIRST_SNAPSHOT_FORMAT <= values[0] <= SNAPSHOT_FORMAT:
            raise InvariantError(f"not a state snapshot of format {FIRST_SNAPSHOT_FORMAT} to {SNAPSHOT_FORMAT}")
        machine = cls(most)
        _, machine.seq, machine.time_ns, machine.matcher.next_trade_id = values[:4].tolist()
        machine.registry.event_log.time_ns = machine.time_ns
        reader = Reader(machine.registry, values, 4)
        reader.read()
        if reader.at != len(values):
            raise InvariantError("a snapshot holds more than its state")
        return machine

    def is_as(self, snapshot: bytes) -> bool:
        """Return whether the state is the one that *snapshot* holds, as far as its format goes."""
        version = int.from_bytes(snapshot[:8], sys.byteorder)
        return FIRST_SNAPSHOT_FORMAT <= version <= SNAPSHOT_FORMAT and self.snapshot(version) == snapshot

    @staticmethod
    def holds_all(snapshot: bytes) -> bool:
        """Return whether nothing is missing in what is restored from *snapshot*."""
        return WHOLE_SNAPSHOT_FORMAT <= int.from_bytes(snapshot[:8], sys.byteorder) <= SNAPSHOT_FORMAT

    def digest(self, version: int = SNAPSHOT_FORMAT) -> str:
        """Return a short name for the state: equal states, equal digests; of a former *version*, the one it had then."""
        return hashlib.blake2b(self.snapshot(version), digest_size=16).hexdigest()

    @staticmethod
    def formats() -> range:
        """Return the formats of state snapshots, the newest last."""
        return range(FIRST_SNAPSHOT_FORMAT, SNAPSHOT_FORMAT + 1)


def set_parameter(book: OrderBook, parameter: int, value: int) -> int:
    """Change one rule of an instrument; 0 when there is no such rule, or it cannot have this value."""
    if parameter == codes.P_STATE:
        if not codes.TRADING <= value <= codes.HALTED:
            return 0
        book.state = value
    elif parameter == codes.P_FEE_RULE:
        # open orders hold by the rule they were placed under, so it is settled before the first one
        if not codes.IN_RECEIVED <= value <= codes.IN_QUOTE or book.open_lots or book.waiting:
            return 0
        book.fee_rule = value
    elif parameter == codes.P_TAX_PPB:
        if not 0 <= value <= codes.RATE_MAX or book.open_lots or book.waiting:
            return 0
        book.tax_ppb = value
    elif value < 0 or value > codes.AMOUNT_MAX:
        return 0
    elif parameter == codes.P_MIN_QUANTITY:
        book.min_quantity = value
    elif parameter == codes.P_MAX_QUANTITY:
        book.max_quantity = value
    elif parameter == codes.P_MIN_NOTIONAL:
        book.min_notional = value
    elif parameter == codes.P_MIN_PRICE:
        book.min_price = value
    elif parameter == codes.P_MAX_PRICE:
        book.max_price = value
    elif parameter == codes.P_OPEN_ORDERS_MAX:
        book.open_orders_max = value
    elif parameter == codes.P_REFUSE_MET_TRIGGERS:
        if value > 1:
            return 0
        book.refuse_met_triggers = value
    elif parameter == codes.P_REISSUE_AT_TRIGGER:
        if value > 1:
            return 0
        book.reissue_at_trigger = value
    elif parameter == codes.P_INDEX_AGE_MAX_NS:
        book.index_age_max_ns = value
    elif parameter == codes.P_SOURCE_INDEX_AGE_MAX_NS:
        book.source_index_age_max_ns = value
    elif parameter == codes.P_MATCHING_RULES:
        # money that was made or lost by an older rule stays so: the rule cannot be set back to make more of it
        if not book.rules <= value <= codes.RULES:
            return 0
        book.go_by(value)
    else:
        return set_distance(book, parameter, value)
    return 1


def set_distance(book: OrderBook, parameter: int, value: int) -> int:
    """Change a rule that is a share of a price; those that reach below it are less than all of it."""
    if parameter == codes.P_BUY_BAND_PPM:
        book.buy_band_ppm = value
    elif parameter == codes.P_PRICE_CEILING_PPM:
        book.price_ceiling_ppm = value
    elif parameter == codes.P_TRIGGER_DISTANCE_PPM:
        book.trigger_distance_ppm = value
    elif value > codes.PPM:
        return 0
    elif parameter == codes.P_SELL_BAND_PPM:
        book.sell_band_ppm = value
    elif parameter == codes.P_PRICE_FLOOR_PPM:
        book.price_floor_ppm = value
    elif parameter == codes.P_MARKET_PROTECTION_PPM:
        book.market_protection_ppm = value
    else:
        return 0
    book.note_bands()
    return 1
