"""Withdrawals by bank: asked for by a customer, confirmed by e-mail, paid by the operator at the bank.

A request is a hold whose journaled text says where it goes; its steps are services.progress's, as those of every withdrawal are.
What the operator begins to pay cannot be canceled any more; then it was paid, and the hold goes outside, the fee with it because
the bank takes that, or it failed and all of it is given back. Invariant: however often the venue crashes, a request is paid once
or given back, never both.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import CaptureFunds, HoldFunds, ReleaseFunds
from bedesten.domain.enums import RejectReason, TransferReason
from bedesten.domain.events import FundsHeld, Rejected
from bedesten.domain.fiat import FiatCurrency, FiatTerms
from bedesten.domain.instruments import Asset
from bedesten.services.errors import OutOfRange
from bedesten.services.fiat.bank_accounts import BankAccount, BankAccounts, BankState
from bedesten.services.fiat.calendar import Moved, Used, month_start_ns, used
from bedesten.services.money.accounts import OUTSIDE
from bedesten.services.money.confirmations import Confirmations, ConfirmRefusal
from bedesten.services.money.owner_locks import OwnerLocks
from bedesten.services.ports import NS_MAX, Store
from bedesten.services.records import HoldRecord
from bedesten.services.sequencing.loops import each_alone
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.threads import histories, look_ups
from bedesten.services.wallets.progress import Stage
from bedesten.services.wallets.withdrawals import Withdrawals

TEXT_MARK: Final = '{"bank":'
LISTED_MAX: Final = 10_000  # of one account, in one list; each is found by its id, however many there are
PAGE: Final = 1_000  # read at a time where all of a month count
ABOUT: Final = "withdrawal"
_WITHDRAWAL: Final = int(TransferReason.WITHDRAWAL)


class FiatRefusal(enum.Enum):
    """Why a withdrawal may not be asked for, in the order of the checks."""

    NO_CURRENCY = "this currency does not move by bank"
    NOT_ALLOWED = "the customer may not withdraw by bank"
    NO_BANK_ACCOUNT = "no verified bank account of the customer's"
    TOO_SMALL = "below the least that is paid out"
    TOO_LARGE = "above the most that is paid out at once"
    ABOVE_DAY = "above what is paid out in a day"
    ABOVE_MONTH = "above what is paid out in a month"
    INSUFFICIENT_AVAILABLE = "insufficient balance"
    SUSPENDED = "the account is suspended"


class BeginRefusal(enum.Enum):
    """Why the operator is not to pay a withdrawal."""

    NOT_WAITING = "it is unknown, unconfirmed or canceled"
    NOT_ALLOWED = "its customer may not withdraw by bank now"
    NO_BANK_ACCOUNT = "its bank account is not verified any more"


class FiatState(enum.Enum):
    """Where a withdrawal stands."""

    UNCONFIRMED = "unconfirmed"  # waits for the customer's code
    CONFIRMED = "confirmed"  # waits for the operator
    PAYING = "paying"  # the operator is at the bank
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    code: str
    branch: str
    number: str
    holder: str
    fee: int
    must_confirm: bool = True


class _Text(msgspec.Struct, frozen=True, kw_only=True):
    bank: _Order


class FiatWithdrawal(NamedTuple):
    """A request. id: its hold's; seq: of the command that asked. Units: minor units; amount: what the bank pays, less the fee."""

    id: int
    seq: int
    account: int
    asset: int
    amount: int
    fee: int
    state: FiatState
    requested_ns: int
    ended_ns: int  # 0: not yet
    bank_account: int
    bank: str
    branch: str
    number: str
    holder: str
    reference: str = ""  # the bank's, once it is paid


class FiatWithdrawals:
    """The withdrawals of every account by bank."""

    def __init__(
        self, sequencer: Sequencer, store: Store, clock: Clock, terms: FiatTerms, withdrawals: Withdrawals,
        confirmations: Confirmations, bank_accounts: BankAccounts, may_withdraw: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._terms = terms
        self._withdrawals = withdrawals
        self._progress = withdrawals.progress
        self._confirmations = confirmations
        self._bank_accounts = bank_accounts
        self._may_withdraw = may_withdraw
        self._asking = OwnerLocks()  # an account's one at a time, so that two requests do not share the rest of a day
        self._open: dict[int, int] = {}  # hold → account
        for row in store.open_holds(_WITHDRAWAL):
            if is_bank_order(row):
                self._open[row.hold_id] = row.account

    async def request(
        self, asset: Asset, to: BankAccount | None, amount: int, *, must_confirm: bool
    ) -> FiatWithdrawal | FiatRefusal:
        """Hold an amount, out of which the fee comes, for a payment to a verified bank account.

        Units: minor units. Raises: Overloaded, Stopped.
        """
        currency = self._terms.currency(asset.id)
        if currency is None:
            return FiatRefusal.NO_CURRENCY
        if to is not None and not self._may_withdraw(to.account):
            return FiatRefusal.NOT_ALLOWED
        if to is None or to.asset != asset.id or not self._is_verified(to.id):
            return FiatRefusal.NO_BANK_ACCOUNT
        async with self._asking.of(to.account):
            refusal = await self._refusal(currency, to.account, amount)
            made = refusal or await self._hold(currency, to, amount, must_confirm)
        if isinstance(made, FiatWithdrawal) and must_confirm:
            await self._confirmations.ask(made.id, made.account, ABOUT)
        return made

    async def confirm(self, account: int, withdrawal_id: int, code: str) -> ConfirmRefusal | None:
        """Take the customer's code; None: the operator may pay now.

        Raises: Overloaded, Stopped.
        """
        if self._open.get(withdrawal_id) != account:
            return ConfirmRefusal.UNKNOWN
        may = self._may_withdraw
        return await self._confirmations.confirm(withdrawal_id, account, code, lambda: may(account))

    async def cancel(self, account: int, withdrawal_id: int) -> bool:
        """Take a request back while the operator has not begun to pay it.

        Raises: Overloaded, Stopped.
        """
        if self._open.get(withdrawal_id) != account:
            return False
        if (await self._withdrawals.cancel(account, withdrawal_id)).reject is not None:
            return False
        self._open.pop(withdrawal_id, None)
        return True

    # ── the operator's ──

    async def begin(self, withdrawal_id: int) -> BeginRefusal | None:
        """Begin to pay a confirmed withdrawal: from now on the customer cannot cancel it. Beginning again changes nothing.

        None: it is to be paid. Raises: Overloaded, Stopped.
        """
        if not await self._is_held(withdrawal_id):
            return BeginRefusal.NOT_WAITING
        row = await self.find(withdrawal_id)
        if row is None or row.state not in (FiatState.CONFIRMED, FiatState.PAYING):
            return BeginRefusal.NOT_WAITING
        stage = self._progress.step(withdrawal_id).stage
        if not self._may_withdraw(row.account):
            return BeginRefusal.NOT_ALLOWED
        if not self._is_verified(row.bank_account):
            return BeginRefusal.NO_BANK_ACCOUNT
        if stage is Stage.SENDING:
            return None
        if stage is Stage.REQUESTED:
            self._progress.claim(withdrawal_id, Stage.APPROVED)
        if self._progress.claim(withdrawal_id, Stage.SENDING) is None:
            return BeginRefusal.NOT_WAITING
        await self._progress.keep(withdrawal_id)
        return None

    async def paid(self, withdrawal_id: int, reference: str) -> bool:
        """Say that the bank paid: the hold leaves for outside. Saying it again changes nothing.

        Raises: Overloaded, Stopped.
        """
        stage = self._progress.step(withdrawal_id).stage
        if stage is Stage.SENDING:
            self._progress.claim(withdrawal_id, Stage.SENT)
            await self._progress.keep(withdrawal_id, reference)
        elif stage is not Stage.SENT:
            return False
        await self._finish(withdrawal_id)
        return True

    async def failed(self, withdrawal_id: int) -> bool:
        """Say that the bank did not pay and will not: all of it is given back. Saying it again changes nothing.

        Raises: Overloaded, Stopped.
        """
        stage = self._progress.step(withdrawal_id).stage
        if stage is Stage.SENDING:
            self._progress.claim(withdrawal_id, Stage.FAILED)
            await self._progress.keep(withdrawal_id)
        elif stage is not Stage.FAILED:
            return False
        await self._finish(withdrawal_id)
        return True

    async def beat(self) -> None:
        """End what was decided before a crash and not done.

        Raises: Overloaded, StoreFailure, when the others had their turn; Stopped.
        """
        decided = [each for each in self._open if self._progress.step(each).stage in (Stage.SENT, Stage.FAILED)]
        await each_alone(decided, self._finish)

    # ── looking ──

    async def open(self) -> list[FiatWithdrawal]:
        """Return what has not ended, oldest first."""
        return [row for row in await self._found(list(self._open)) if not row.ended_ns]

    async def find(self, withdrawal_id: int, account: int | None = None) -> FiatWithdrawal | None:
        """Return a withdrawal, of the account when one is named, however many there are."""
        found = await self._found([withdrawal_id])
        return next((row for row in found if account in (None, row.account)), None)

    async def find_all(self, withdrawal_ids: Sequence[int], account: int) -> Sequence[FiatWithdrawal]:
        """Return those of these that are the account's."""
        return [row for row in await self._found(withdrawal_ids) if row.account == account]

    async def list(self, account: int, asset: int | None = None) -> list[FiatWithdrawal]:
        """Return an account's withdrawals, newest first."""
        await self._sequencer.settled()
        rows = await histories.run(self._store.holds, account, reason=_WITHDRAWAL, limit=LISTED_MAX)
        return [self.of_record(row) for row in rows if is_bank_order(row) and asset in (None, row.asset)]

    async def used(self, account: int, asset: int) -> Used:
        """Return what was asked for in this day and this month and not given back. Units: minor units."""
        now_ns = self._clock.now_ns()
        since_ns = month_start_ns(now_ns, self._terms.utc_offset_s)
        await self._sequencer.settled()
        rows = await histories.run(lambda: list(self._since(account, since_ns)))
        asked = (self.of_record(row) for row in rows if is_bank_order(row) and row.asset == asset)
        counted = (
            Moved(row.requested_ns, row.amount + row.fee)
            for row in asked
            if row.state not in (FiatState.CANCELED, FiatState.FAILED)
        )
        return used(counted, now_ns, self._terms.utc_offset_s)

    # ── inside ──

    def _since(self, account: int, since_ns: int) -> Iterator[HoldRecord]:
        """Yield what was held for withdrawals since an instant, newest first, a page at a time."""
        before = NS_MAX
        while page := self._store.holds(account, reason=_WITHDRAWAL, before_id=before, limit=PAGE):
            for row in page:
                if row.time_ns < since_ns:
                    return
                yield row
            before = page[-1].hold_id

    async def _found(self, withdrawal_ids: Sequence[int]) -> Sequence[FiatWithdrawal]:
        await self._sequencer.settled()
        rows = await look_ups.run(self._store.holds_by_id, withdrawal_ids)
        return [self.of_record(row) for row in rows if row.reason == _WITHDRAWAL and is_bank_order(row)]

    async def _refusal(self, currency: FiatCurrency, account: int, amount: int) -> FiatRefusal | None:
        bounds = currency.withdraw
        if amount < bounds.least or amount <= currency.fee:
            return FiatRefusal.TOO_SMALL
        if bounds.most and amount > bounds.most:
            return FiatRefusal.TOO_LARGE
        so_far = await self.used(account, currency.asset)
        if bounds.day and so_far.day + amount > bounds.day:
            return FiatRefusal.ABOVE_DAY
        if bounds.month and so_far.month + amount > bounds.month:
            return FiatRefusal.ABOVE_MONTH
        return None

    async def _hold(
        self, currency: FiatCurrency, to: BankAccount, amount: int, must_confirm: bool
    ) -> FiatWithdrawal | FiatRefusal:
        if not self._may_withdraw(to.account):
            return FiatRefusal.NOT_ALLOWED
        if not self._is_verified(to.id):  # while it waited for its turn
            return FiatRefusal.NO_BANK_ACCOUNT
        order = _Order(
            id=to.id, code=to.bank, branch=to.branch, number=to.number, holder=to.holder, fee=currency.fee,
            must_confirm=must_confirm,
        )  # fmt: skip
        text = msgspec.json.encode(_Text(bank=order)).decode()
        command = HoldFunds(account=to.account, asset=to.asset, amount=amount, reason=_WITHDRAWAL)
        try:
            result = await self._sequencer.submit(command, text=text)
        except OutOfRange:
            return FiatRefusal.TOO_LARGE
        for event in result.events:
            if isinstance(event, FundsHeld):
                self._open[event.hold_id] = to.account
                row = HoldRecord(
                    event.hold_id, result.seq, result.time_ns, to.account, to.asset, amount, _WITHDRAWAL, text, 0, 0
                )
                return self.of_record(row)
            if isinstance(event, Rejected) and event.reason == RejectReason.INSUFFICIENT_AVAILABLE:
                return FiatRefusal.INSUFFICIENT_AVAILABLE
        return FiatRefusal.SUSPENDED

    def _is_verified(self, bank_account_id: int) -> bool:
        found = self._bank_accounts.find(bank_account_id)
        return found is not None and found.state is BankState.VERIFIED

    async def _finish(self, withdrawal_id: int) -> None:
        """Do what was decided of a withdrawal, if it is not done."""
        row = await self.find(withdrawal_id)
        if row is None or row.ended_ns:
            self._open.pop(withdrawal_id, None)
            return
        if self._progress.step(withdrawal_id).stage is Stage.SENT:
            await self._sequencer.submit(
                CaptureFunds(account=row.account, hold_id=row.id, to_account=OUTSIDE, amount=row.amount + row.fee)
            )
        else:
            await self._sequencer.submit(ReleaseFunds(account=row.account, hold_id=row.id))
        self._open.pop(withdrawal_id, None)

    async def _is_held(self, withdrawal_id: int) -> bool:
        account = self._open.get(withdrawal_id)
        return account is not None and await self._withdrawals.is_open(account, withdrawal_id)

    def of_record(self, row: HoldRecord) -> FiatWithdrawal:
        """Return a request as its hold and its steps have it."""
        order = msgspec.json.decode(row.text, type=_Text).bank
        step = self._progress.step(row.hold_id)
        return FiatWithdrawal(
            row.hold_id, row.seq, row.account, row.asset, row.amount - order.fee, order.fee,
            self._state(row, order, step.stage), row.time_ns, row.ended_ns, order.id, order.code, order.branch,
            order.number, order.holder, step.payment,
        )  # fmt: skip

    def _state(self, row: HoldRecord, order: _Order, stage: Stage) -> FiatState:
        if row.ended_ns and row.captured:
            return FiatState.PAID
        if row.ended_ns:
            return FiatState.FAILED if stage is Stage.FAILED else FiatState.CANCELED
        if stage is not Stage.REQUESTED:
            return FiatState.PAYING
        waits = order.must_confirm and not self._confirmations.is_confirmed(row.hold_id)
        return FiatState.UNCONFIRMED if waits else FiatState.CONFIRMED


def is_bank_order(row: HoldRecord) -> bool:
    """Return whether a hold is for a payment by bank."""
    return row.text.startswith(TEXT_MARK)
