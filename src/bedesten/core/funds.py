"""Money that moves outside trades: transfers, exchanges of two assets, and holds for what is not an order.

Holds are few and slow beside orders, so they are plain dictionaries; an order's hold lives in the order.
"""

from __future__ import annotations

from bedesten.core import codes, rows
from bedesten.core.registry import Registry


class Funds:
    """Moves and reserves balances."""

    __slots__ = ("registry",)

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def refuse(self, reason: int, account: int) -> None:
        self.registry.event_log.rejected(reason, account, 0, 0)

    def refuse_hold(self, account: int, hold_id: int) -> None:
        self.registry.event_log.refusal.because(codes.UNKNOWN_HOLD, hold_id, 0, 0)
        self.refuse(codes.UNKNOWN_HOLD, account)

    def amount_reason(self, amount: int) -> int:
        """Return why there is no such amount, or ACCEPTED."""
        if 1 <= amount <= codes.AMOUNT_MAX:
            return codes.ACCEPTED
        bound = 1 if amount < 1 else codes.AMOUNT_MAX
        return self.registry.event_log.refusal.because(codes.AMOUNT_OUT_OF_RANGE, amount, bound, 0)

    def available_reason(self, account: int, asset: int, amount: int) -> int:
        """Return why the account cannot give the amount, or ACCEPTED."""
        available = self.registry.ledger.available(account, asset)
        if amount <= available:
            return codes.ACCEPTED
        return self.registry.event_log.refusal.lacking(asset, amount, available)

    def transfer(self, row: memoryview[int]) -> None:
        command = rows.transfer_at(row)
        account = command.account
        to_account = command.to_account
        asset = command.asset
        amount = command.amount
        reason = self.transfer_reason(account, to_account, asset, amount, command.reason)
        if reason != codes.ACCEPTED:
            self.refuse(reason, account)
            return
        self.registry.ledger.move(account, to_account, asset, amount)
        event = rows.transferred_at(self.registry.event_log.event(codes.E_TRANSFERRED))
        event.account = account
        event.to_account = to_account
        event.asset = asset
        event.amount = amount
        event.reason = command.reason

    def transfer_reason(self, account: int, to_account: int, asset: int, amount: int, reason: int) -> int:
        """Return why the money may not move, or ACCEPTED; all that came from OUTSIDE stays within AMOUNT_MAX.

        A suspended account gives nothing away; what the venue itself moves (deposits, withdrawals, adjustments) is not its doing.
        """
        ledger = self.registry.ledger
        if account == to_account or not codes.DEPOSIT <= reason <= codes.ADJUSTMENT:
            return codes.MALFORMED
        if not (ledger.is_open(account) and ledger.is_open(to_account)):
            return codes.UNKNOWN_ACCOUNT
        if not ledger.is_asset(asset):
            return codes.UNKNOWN_ASSET
        if reason == codes.INTERNAL and ledger.account(account).suspended:
            return codes.ACCOUNT_SUSPENDED
        out_of_range = self.amount_reason(amount)
        if out_of_range:
            return out_of_range
        if not (ledger.ready(account, asset) and ledger.ready(to_account, asset)):
            return codes.NO_MEMORY
        if account == codes.OUTSIDE:
            most = codes.AMOUNT_MAX + ledger.available(account, asset)  # which is never above 0 there
            if amount > most:
                return self.registry.event_log.refusal.because(codes.AMOUNT_OUT_OF_RANGE, amount, most, 0)
            return codes.ACCEPTED
        return self.available_reason(account, asset, amount)

    def exchange(self, row: memoryview[int]) -> None:
        """Move both legs, or refuse in the name of the account that lacks its leg."""
        command = rows.exchange_at(row)
        account = command.account
        to_account = command.to_account
        asset = command.asset
        amount = command.amount
        to_asset = command.to_asset
        to_amount = command.to_amount
        ledger = self.registry.ledger
        reason = self.exchange_reason(account, to_account, asset, to_asset)
        if reason == codes.ACCEPTED:
            reason = self.leg_reason(account, to_account, asset, amount)
        if reason != codes.ACCEPTED:
            self.refuse(reason, account)
            return
        reason = self.leg_reason(to_account, account, to_asset, to_amount)
        if reason != codes.ACCEPTED:
            self.refuse(reason, to_account)
            return
        ledger.move(account, to_account, asset, amount)
        ledger.move(to_account, account, to_asset, to_amount)
        event = rows.exchanged_at(self.registry.event_log.event(codes.E_EXCHANGED))
        event.account = account
        event.to_account = to_account
        event.asset = asset
        event.amount = amount
        event.to_asset = to_asset
        event.to_amount = to_amount

    def exchange_reason(self, account: int, to_account: int, asset: int, to_asset: int) -> int:
        """Return why these accounts may not exchange these assets, or ACCEPTED: the world and what is the tax's may not."""
        ledger = self.registry.ledger
        if account == to_account or asset == to_asset:
            return codes.MALFORMED
        if account <= codes.TAX or to_account <= codes.TAX:
            return codes.UNKNOWN_ACCOUNT
        if not (ledger.is_open(account) and ledger.is_open(to_account)):
            return codes.UNKNOWN_ACCOUNT
        if ledger.account(account).suspended or ledger.account(to_account).suspended:
            return codes.ACCOUNT_SUSPENDED
        return codes.ACCEPTED if ledger.is_asset(asset) and ledger.is_asset(to_asset) else codes.UNKNOWN_ASSET

    def leg_reason(self, account: int, to_account: int, asset: int, amount: int) -> int:
        """Return why one leg may not move, or ACCEPTED."""
        ledger = self.registry.ledger
        out_of_range = self.amount_reason(amount)
        if out_of_range:
            return out_of_range
        if not (ledger.ready(account, asset) and ledger.ready(to_account, asset)):
            return codes.NO_MEMORY
        return self.available_reason(account, asset, amount)

    def hold(self, row: memoryview[int]) -> None:
        command = rows.hold_funds_at(row)
        account = command.account
        asset = command.asset
        amount = command.amount
        reason = self.hold_reason(account, asset, amount, command.reason, command.expires_ns)
        if reason != codes.ACCEPTED:
            self.refuse(reason, account)
            return
        hold_id = self.registry.next_hold_id
        self.registry.next_hold_id = hold_id + 1
        self.registry.holds[hold_id] = (account, asset, amount, command.reason, command.expires_ns)
        self.registry.watch_hold(hold_id)
        self.registry.ledger.hold(account, asset, amount)
        event = rows.funds_held_at(self.registry.event_log.event(codes.E_FUNDS_HELD))
        event.hold_id = hold_id
        event.account = account
        event.asset = asset
        event.amount = amount
        event.reason = command.reason

    def hold_reason(self, account: int, asset: int, amount: int, reason: int, expires_ns: int) -> int:
        """Return why the money may not be reserved, or ACCEPTED."""
        ledger = self.registry.ledger
        if not codes.DEPOSIT <= reason <= codes.ADJUSTMENT or not 0 <= expires_ns <= codes.EXPIRES_MAX:
            return codes.MALFORMED
        if account <= codes.TAX or not ledger.is_open(account):
            return codes.UNKNOWN_ACCOUNT
        if not ledger.is_asset(asset):
            return codes.UNKNOWN_ASSET
        if ledger.account(account).suspended:
            return codes.ACCOUNT_SUSPENDED
        out_of_range = self.amount_reason(amount)
        if out_of_range:
            return out_of_range
        lacking = self.available_reason(account, asset, amount)
        if lacking:
            return lacking
        now = self.registry.event_log.time_ns
        if 0 < expires_ns <= now:
            return self.registry.event_log.refusal.because(codes.EXPIRED_ON_ARRIVAL, expires_ns, now, 0)
        return codes.ACCEPTED

    def is_held(self, account: int, hold_id: int) -> int:
        """Return whether the account has a hold of this id."""
        return 1 if hold_id in self.registry.holds and self.registry.holds[hold_id][0] == account else 0

    def release(self, row: memoryview[int]) -> None:
        command = rows.release_funds_at(row)
        account = command.account
        hold_id = command.hold_id
        if not self.is_held(account, hold_id):
            self.refuse_hold(account, hold_id)
            return
        self.registry.give_back(hold_id, codes.BY_COMMAND)

    def set_hold(self, row: memoryview[int]) -> None:
        command = rows.set_hold_at(row)
        account = command.account
        hold_id = command.hold_id
        expires_ns = command.expires_ns
        registry = self.registry
        if expires_ns < 0 or expires_ns > codes.EXPIRES_MAX:
            self.refuse(codes.MALFORMED, account)
            return
        if not self.is_held(account, hold_id):
            self.refuse_hold(account, hold_id)
            return
        _, asset, amount, reason, _ = registry.holds[hold_id]
        registry.holds[hold_id] = (account, asset, amount, reason, expires_ns)
        registry.watch_hold(hold_id)
        registry.event_log.said(codes.E_HOLD_SET, hold_id, account, expires_ns, 0)
        if expires_ns and expires_ns <= registry.event_log.time_ns:
            registry.expire(registry.event_log.time_ns)

    def capture(self, row: memoryview[int]) -> None:
        command = rows.capture_funds_at(row)
        account = command.account
        hold_id = command.hold_id
        to_account = command.to_account
        amount = command.amount
        ledger = self.registry.ledger
        if to_account == account or not ledger.is_open(to_account):
            self.refuse(codes.UNKNOWN_ACCOUNT, account)
            return
        if not self.is_held(account, hold_id):
            self.refuse_hold(account, hold_id)
            return
        _, asset, held, _, _ = self.registry.holds[hold_id]
        if amount < 1 or amount > held:
            bound = 1 if amount < 1 else held
            self.registry.event_log.refusal.because(codes.AMOUNT_OUT_OF_RANGE, amount, bound, 0)
            self.refuse(codes.AMOUNT_OUT_OF_RANGE, account)
        elif not ledger.ready(to_account, asset):
            self.refuse(codes.NO_MEMORY, account)
        else:
            self.move_held(account, hold_id, to_account, amount)

    def move_held(self, account: int, hold_id: int, to_account: int, amount: int) -> None:
        _, asset, held, reason, _ = self.registry.holds[hold_id]
        self.registry.drop_hold(hold_id)
        ledger = self.registry.ledger
        ledger.capture(account, asset, amount)
        ledger.credit(to_account, asset, amount)
        if held > amount:
            ledger.release(account, asset, held - amount)
        event = rows.funds_captured_at(self.registry.event_log.event(codes.E_FUNDS_CAPTURED))
        event.hold_id = hold_id
        event.account = account
        event.to_account = to_account
        event.asset = asset
        event.amount = amount
        event.released = held - amount
        event.reason = reason
