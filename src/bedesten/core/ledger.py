"""The ledger. Owns every balance; nothing else writes one.

Invariant: for each asset, all balances sum to zero, and none but that of the account OUTSIDE is negative. A movement
that would break the second half is a bug: it sets *broken*, and the machine stops before anything is committed.
"""

from __future__ import annotations

from bedesten.core import codes, layout, records


class Ledger:
    """Accounts by number, each with its balances by asset."""

    __slots__ = ("accounts", "assets", "broken", "exhausted", "room")

    def __init__(self) -> None:
        self.room = 64
        self.assets = 0
        self.broken = 0
        self.exhausted = 0
        self.accounts = layout.grow_accounts(layout.NO_ACCOUNTS, 0, self.room)
        if self.accounts is layout.NO_ACCOUNTS:
            raise MemoryError("no memory for the ledger")

    def __dealloc__(self) -> None:
        layout.free_accounts(self.accounts, self.room)

    def open(self, number: int) -> int:
        """Make the account known; 0 when memory will not have it."""
        if number >= self.room:
            room = self.room
            while room <= number:
                room = 2 * room
            accounts = layout.grow_accounts(self.accounts, self.room, room)
            if accounts is layout.NO_ACCOUNTS:
                return 0
            self.accounts = accounts
            self.room = room
        self.account(number).is_open = 1
        return 1

    def is_open(self, number: int) -> int:
        return 1 if 0 <= number < self.room and self.account(number).is_open else 0

    def is_asset(self, asset: int) -> int:
        return 1 if 1 <= asset <= self.assets else 0

    def account(self, number: int) -> records.Account:
        return layout.account_at(self.accounts, number)

    def ready(self, number: int, asset: int) -> int:
        """Make room for the balance, before a command that may touch it; 0 when memory will not have it."""
        account = self.account(number)
        if asset < account.assets:
            return 1
        return layout.widen_balances(account, asset + 1)

    def balance(self, number: int, asset: int) -> records.Balance:
        """Return a balance that was made ready."""
        return layout.balance_at(self.account(number), asset)

    def available(self, number: int, asset: int) -> int:
        account = self.account(number)
        if asset >= account.assets:
            return 0
        return layout.balance_at(account, asset).available

    def hold(self, number: int, asset: int, amount: int) -> None:
        """Reserve what is available for an order."""
        balance = self.balance(number, asset)
        balance.available -= amount
        balance.held += amount
        if balance.available < 0:
            self.broken = 1

    def release(self, number: int, asset: int, amount: int) -> None:
        """Give back what was held."""
        balance = self.balance(number, asset)
        balance.held -= amount
        balance.available += amount
        if balance.held < 0:
            self.broken = 1

    def capture(self, number: int, asset: int, amount: int) -> None:
        """Take what was held, to be credited elsewhere."""
        balance = self.balance(number, asset)
        balance.held -= amount
        if balance.held < 0:
            self.broken = 1

    def credit(self, number: int, asset: int, amount: int) -> None:
        """Add to what is available."""
        self.balance(number, asset).available += amount

    def move(self, number: int, to: int, asset: int, amount: int) -> None:
        """Move what is available from one account to another."""
        balance = self.balance(number, asset)
        balance.available -= amount
        self.balance(to, asset).available += amount
        if balance.available < 0 and number != codes.OUTSIDE:
            self.broken = 1

    def count(self, number: int, instrument: int) -> int:
        """Return how many orders the account has open on the instrument."""
        account = self.account(number)
        return account.counts[instrument] if instrument < account.instruments else 0

    def link(self, order: records.Order) -> None:
        """Put an order at the end of its account's list; room for its count was made ready."""
        account = self.account(order.account)
        last = account.last
        order.account_ahead = last
        order.account_behind = records.NO_ORDER
        if last is records.NO_ORDER:
            account.first = order
        else:
            last.account_behind = order
        account.last = order
        account.counts[order.instrument] += 1

    def unlink(self, order: records.Order) -> None:
        account = self.account(order.account)
        ahead = order.account_ahead
        behind = order.account_behind
        if ahead is records.NO_ORDER:
            account.first = behind
        else:
            ahead.account_behind = behind
        if behind is records.NO_ORDER:
            account.last = ahead
        else:
            behind.account_ahead = ahead
        account.counts[order.instrument] -= 1

    def ready_count(self, number: int, instrument: int) -> int:
        """Make room for the account's count of open orders on the instrument; 0 when memory will not have it."""
        account = self.account(number)
        if instrument < account.instruments:
            return 1
        return layout.widen_counts(account, instrument + 1)
