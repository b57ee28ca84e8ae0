"""Looking at the state without changing it: orders, balances, depth, and the audit of every invariant."""

from __future__ import annotations

from bedesten.core import codes, records
from bedesten.core.book import OrderBook, shown
from bedesten.core.errors import InvariantError
from bedesten.core.int_buffer import IntBuffer
from bedesten.core.ladder import Ladder
from bedesten.core.registry import Registry


class Queries:
    """Reads of a registry."""

    __slots__ = ("registry", "buffer")

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.buffer = IntBuffer(codes.ORDER_WIDTH)

    def book(self, instrument: int) -> OrderBook:
        """Return a book; KeyError when the instrument is not listed."""
        if not self.registry.is_listed(instrument):
            raise KeyError(f"no instrument {instrument}")
        return self.registry.book(instrument)

    def write(self, order: records.Order) -> None:
        """Append an order's row to the buffer."""
        records.write_order(self.buffer.next(codes.ORDER_WIDTH), order, 0)

    def order(self, order_id: int) -> bytes:
        """Return an open order's row as bytes; empty when there is none."""
        self.buffer.rewind()
        order = self.registry.ids.find(order_id)
        if order is not records.NO_ORDER:
            self.write(order)
        return self.buffer.to_bytes()

    def open_orders(self, account: int, instrument: int) -> bytes:
        """Return the rows of an account's open orders, oldest first."""
        self.buffer.rewind()
        if self.registry.ledger.is_open(account):
            order = self.registry.ledger.account(account).first
            while order is not records.NO_ORDER:
                if instrument < 0 or order.instrument == instrument:
                    self.write(order)
                order = order.account_behind
        return self.buffer.to_bytes()

    def balance(self, account: int, asset: int) -> tuple[int, int]:
        ledger = self.registry.ledger
        if not ledger.is_open(account) or asset < 0 or asset >= ledger.account(account).assets:
            return (0, 0)
        balance = ledger.balance(account, asset)
        return (balance.available + balance.held, balance.held)

    def balances(self, account: int) -> list[tuple[int, int, int]]:
        rows: list[tuple[int, int, int]] = []
        ledger = self.registry.ledger
        if ledger.is_open(account):
            for asset in range(1, ledger.account(account).assets):
                balance = ledger.balance(account, asset)
                if balance.available or balance.held:
                    rows.append((asset, balance.available + balance.held, balance.held))
        return rows

    def depth(self, instrument: int, side: int, limit: int, group: int) -> list[tuple[int, int]]:
        """Return the best levels of one side, prices rounded away from the other side to multiples of *group* ticks."""
        book = self.book(instrument)
        ladder = book.side(side)
        rows: list[tuple[int, int]] = []
        level = ladder.best
        price = -1
        displayed = 0
        while level is not records.NO_LEVEL:
            grouped = level.price - level.price % group
            if side == codes.SELL and grouped != level.price:
                grouped += group
            if grouped != price:
                if displayed:
                    rows.append((price, displayed))
                if len(rows) == limit:
                    return rows
                price = grouped
                displayed = 0
            displayed += level.displayed
            level = level.worse
        if displayed:
            rows.append((price, displayed))
        return rows

    def bbo(self, instrument: int) -> tuple[int, int, int, int]:
        book = self.book(instrument)
        bid_price = bid_displayed = ask_price = ask_displayed = 0
        level = book.bids.best
        if level is not records.NO_LEVEL:
            bid_price = level.price
            bid_displayed = level.displayed
        level = book.asks.best
        if level is not records.NO_LEVEL:
            ask_price = level.price
            ask_displayed = level.displayed
        return (bid_price, bid_displayed, ask_price, ask_displayed)

    def fee_rates(self, account: int, instrument: int) -> tuple[int, int]:
        book = self.book(instrument)
        tier = self.registry.ledger.account(account).tier if self.registry.ledger.is_open(account) else 0
        return (book.maker_ppb[tier], book.taker_ppb[tier])

    def order_fee_rates(self, order_id: int) -> tuple[int, int] | None:
        """Return the rates that an open order pays; None when there is no such order."""
        order = self.registry.ids.find(order_id)
        if order is records.NO_ORDER:
            return None
        return (order.maker_ppb, order.taker_ppb)

    def is_suspended(self, account: int) -> int:
        """Return whether an account may only cancel."""
        ledger = self.registry.ledger
        return 1 if ledger.is_open(account) and ledger.account(account).suspended else 0

    def reserved(self) -> dict[int, dict[int, int]]:
        """Return what holds besides orders reserve, by account and asset."""
        reserved: dict[int, dict[int, int]] = {}
        for account, asset, amount, *_ in self.registry.holds.values():
            held = reserved.setdefault(account, {})
            held[asset] = held.get(asset, 0) + amount
        return reserved

    def add_orders(self, account: int, held: dict[int, int]) -> None:
        """Add what an account's orders reserve of each asset."""
        order = self.registry.ledger.account(account).first
        while order is not records.NO_ORDER:
            asset = self.registry.book(order.instrument).pays(order.side)
            held[asset] = held.get(asset, 0) + order.held
            order = order.account_behind

    def audit(self) -> None:
        """Check that money adds up, every hold has its owner, and every level its orders.

        Raises: InvariantError naming the first thing that does not.
        """
        ledger = self.registry.ledger
        sums: dict[int, int] = {}
        reserved = self.reserved()
        for number in range(ledger.room):
            if not ledger.is_open(number):
                continue
            held = reserved.get(number, {})
            self.add_orders(number, held)
            for asset in range(ledger.account(number).assets):
                balance = ledger.balance(number, asset)
                sums[asset] = sums.get(asset, 0) + balance.available + balance.held
                if balance.held != held.get(asset, 0):
                    owed = held.get(asset, 0)
                    raise InvariantError(
                        f"account {number} holds {balance.held} of asset {asset}, its orders and holds {owed}"
                    )
                if number != codes.OUTSIDE and balance.available < 0:
                    raise InvariantError(f"account {number} has {balance.available} of asset {asset}")
        for asset in sums:
            if sums[asset] != 0:
                raise InvariantError(f"asset {asset} sums to {sums[asset]}")
        for instrument in range(self.registry.listed):
            self.audit_book(instrument)

    def audit_book(self, instrument: int) -> None:
        book = self.registry.book(instrument)
        lots = self.audit_ladder(book.bids) + self.audit_ladder(book.asks)
        lots += self.audit_ladder(book.last_rising) + self.audit_ladder(book.last_falling)
        lots += self.audit_ladder(book.index_rising) + self.audit_ladder(book.index_falling)
        order = book.first_follower
        while order is not records.NO_ORDER:  # pegs are in no ladder while the index is too old
            if order.level is records.NO_LEVEL:
                lots += order.remaining
            order = order.conditions.follower_behind
        if lots != book.open_lots:
            raise InvariantError(f"instrument {instrument} counts {book.open_lots} open lots, its orders {lots}")
        bid = book.bids.best
        ask = book.asks.best
        if bid is not records.NO_LEVEL and ask is not records.NO_LEVEL and bid.price >= ask.price:
            raise InvariantError(f"instrument {instrument} is crossed: {bid.price} bid, {ask.price} asked")

    def audit_ladder(self, ladder: Ladder) -> int:
        """Check one ladder; return the lots its orders have left."""
        lots = 0
        level = ladder.best
        while level is not records.NO_LEVEL:
            displayed = 0
            order = level.first
            while order is not records.NO_ORDER:
                lots += order.remaining
                displayed += shown(order)
                order = order.behind
            if ladder.kind <= codes.ASKS and displayed != level.displayed:
                where = f"instrument {ladder.instrument} at {level.price}"
                raise InvariantError(f"{where} shows {level.displayed}, its orders {displayed}")
            if level.worse is not records.NO_LEVEL and level.worse.key >= level.key:
                raise InvariantError(f"instrument {ladder.instrument} has its levels out of order at {level.price}")
            level = level.worse
        return lots
