"""Withdrawals by bank: asked for by a customer, confirmed by e-mail, paid by the operator at the bank.

A request is a hold with a note that says where it goes; until its customer confirmed it the core gives it back by itself,
HELD_NS behind the request. Each step stands beside the command that makes it so, and the next one is taken when that is done.
What the operator begins to pay cannot be canceled and does not expire any more; then it was paid, and the hold goes outside, the
fee with it because the bank takes that, or it failed and all of it is given back. Invariant: however often the venue crashes, a
request is paid once or given back, never both.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from bedesten.clock import Clock
from bedesten.domain.commands import CaptureFunds, Command, HoldFunds, ReleaseFunds, SetHold
from bedesten.domain.enums import BankStage, RejectReason, TransferReason
from bedesten.domain.events import FundsHeld, Rejected
from bedesten.domain.fiat import FiatCurrency, FiatTerms
from bedesten.domain.instruments import Asset
from bedesten.domain.notes import BankOrderAsked, BankOrderStep, Note
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.errors import OutOfRange
from bedesten.services.fiat.bank_accounts import BankAccount, BankAccounts, BankState
from bedesten.services.fiat.calendar import Moved, Used, month_start_ns, used
from bedesten.services.holds.confirmations import Confirmations, ConfirmRefusal
from bedesten.services.holds.fold_holds import OpenHold
from bedesten.services.holds.holds import HELD_NS, Holds
from bedesten.services.holds.owner_locks import OwnerLocks
from bedesten.services.ports import NS_MAX, VENUE, DataKeys, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import HoldRecord
from bedesten.services.threads import histories, look_ups

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
        self, sequencer: Sequencer, rows: Rows, vault: DataKeys, clock: Clock, terms: FiatTerms, holds: Holds,
        confirmations: Confirmations, bank_accounts: BankAccounts, may_withdraw: Callable[[int], bool],
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._rows = rows
        self._clock = clock
        self._terms = terms
        self._holds = holds
        self._sealing = vault.sealing(VENUE)
        self._confirmations = confirmations
        self._bank_accounts = bank_accounts
        self._may_withdraw = may_withdraw
        self._asking = OwnerLocks()  # an account's one at a time, so that two requests do not share the rest of a day

    async def set_up(self) -> None:
        """Do for requests from before holds expired, and from before a crash, what is done at once today.

        Raises: Overloaded, Stopped.
        """
        for hold in self._holds.held_for(BankOrderAsked):
            if (stage := _stage(hold)) in (BankStage.PAID, BankStage.FAILED):
                await self._holds.take(hold, _end(hold, stage))
            elif not stage and self._waits(hold.hold_id, hold.asked):
                if not hold.expires_ns:
                    await self._holds.set_expiry(hold, hold.time_ns + HELD_NS)
            elif hold.expires_ns:
                await self._holds.set_expiry(hold, 0)

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
        hold = await self._turn(withdrawal_id)
        if hold is None or hold.account != account:
            return ConfirmRefusal.UNKNOWN
        may, stays = self._may_withdraw, SetHold(account=account, hold_id=withdrawal_id, expires_ns=0)
        return await self._confirmations.confirm(withdrawal_id, account, code, lambda: may(account), goes_on=stays)

    async def cancel(self, account: int, withdrawal_id: int) -> bool:
        """Take a request back while the operator has not begun to pay it.

        Raises: Overloaded, Stopped.
        """
        hold = await self._turn(withdrawal_id)
        if hold is None or hold.account != account or _stage(hold):
            return False
        return await self._holds.take(hold, ReleaseFunds(account=account, hold_id=withdrawal_id))

    # ── the operator's ──

    async def begin(self, withdrawal_id: int) -> BeginRefusal | None:
        """Begin to pay a confirmed withdrawal: from now on the customer cannot cancel it. Beginning again changes nothing.

        None: it is to be paid. Raises: Overloaded, Stopped.
        """
        hold = await self._turn(withdrawal_id)
        if hold is None or not isinstance(hold.asked, BankOrderAsked):
            return BeginRefusal.NOT_WAITING
        stage = _stage(hold)
        if stage not in (0, BankStage.PAYING) or (not stage and self._waits(withdrawal_id, hold.asked)):
            return BeginRefusal.NOT_WAITING
        if not self._may_withdraw(hold.account):
            return BeginRefusal.NOT_ALLOWED
        if not self._is_verified(hold.asked.bank_account):
            return BeginRefusal.NO_BANK_ACCOUNT
        if stage == BankStage.PAYING:
            return None
        stays = SetHold(account=hold.account, hold_id=withdrawal_id, expires_ns=0)
        done = await self._holds.take(hold, stays, BankOrderStep(withdrawal_id, int(BankStage.PAYING)))
        return None if done else BeginRefusal.NOT_WAITING

    async def paid(self, withdrawal_id: int, reference: str) -> bool:
        """Say that the bank paid: the hold leaves for outside. Saying it again changes nothing.

        Raises: Overloaded, Stopped.
        """
        return await self._decide(withdrawal_id, BankStage.PAID, FiatState.PAID, reference)

    async def failed(self, withdrawal_id: int) -> bool:
        """Say that the bank did not pay and will not: all of it is given back. Saying it again changes nothing.

        Raises: Overloaded, Stopped.
        """
        return await self._decide(withdrawal_id, BankStage.FAILED, FiatState.FAILED)

    # ── looking ──

    async def open(self) -> list[FiatWithdrawal]:
        """Return what has not ended, oldest first."""
        held = await self._sequencer.read(lambda machine: self._holds.held_for(BankOrderAsked))
        return [row for row in await self._found([hold.hold_id for hold in held]) if not row.ended_ns]

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
        rows = await histories.run(self._rows.holds, account, reason=_WITHDRAWAL, limit=LISTED_MAX)
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
        while page := self._rows.holds(account, reason=_WITHDRAWAL, before_id=before, limit=PAGE):
            for row in page:
                if row.time_ns < since_ns:
                    return
                yield row
            before = page[-1].hold_id

    async def _found(self, withdrawal_ids: Sequence[int]) -> Sequence[FiatWithdrawal]:
        await self._sequencer.settled()
        rows = await look_ups.run(self._rows.holds_by_id, withdrawal_ids)
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
        purpose = _purpose(to.account)
        asked = BankOrderAsked(
            to.id, to.bank, to.branch, self._sealing.seal(to.number, purpose), self._sealing.seal(to.holder, purpose),
            currency.fee, must_confirm,
        )  # fmt: skip
        command = HoldFunds(
            account=to.account, asset=to.asset, amount=amount, reason=_WITHDRAWAL,
            expires_ns=self._clock.now_ns() + HELD_NS if must_confirm else 0,
        )  # fmt: skip
        try:
            result = await self._sequencer.submit(command, notes=(asked,))
        except OutOfRange:
            return FiatRefusal.TOO_LARGE
        for event in result.events:
            if isinstance(event, FundsHeld):
                row = HoldRecord(
                    event.hold_id,
                    result.seq,
                    result.time_ns,
                    to.account,
                    to.asset,
                    amount,
                    _WITHDRAWAL,
                    "",
                    0,
                    0,
                    (asked,),
                )
                return self.of_record(row)
            if isinstance(event, Rejected) and event.reason == RejectReason.INSUFFICIENT_AVAILABLE:
                return FiatRefusal.INSUFFICIENT_AVAILABLE
        return FiatRefusal.SUSPENDED

    def _is_verified(self, bank_account_id: int) -> bool:
        found = self._bank_accounts.find(bank_account_id)
        return found is not None and found.state is BankState.VERIFIED

    async def _turn(self, withdrawal_id: int) -> OpenHold | None:
        hold = await self._holds.turn(withdrawal_id)
        return hold if hold is not None and isinstance(hold.asked, BankOrderAsked) else None

    async def _decide(self, withdrawal_id: int, stage: BankStage, state: FiatState, reference: str = "") -> bool:
        hold = await self._turn(withdrawal_id)
        if hold is None:
            row = await self.find(withdrawal_id)
            return row is not None and row.state is state
        if _stage(hold) != BankStage.PAYING:
            return False
        return await self._holds.take(hold, _end(hold, stage), BankOrderStep(withdrawal_id, int(stage), reference))

    def _waits(self, withdrawal_id: int, asked: Note | None) -> bool:
        must_confirm = isinstance(asked, BankOrderAsked) and asked.must_confirm
        return must_confirm and not self._confirmations.is_confirmed(withdrawal_id)

    def of_record(self, row: HoldRecord) -> FiatWithdrawal:
        """Return a request as its hold and its steps have it."""
        order = next(note for note in row.notes if isinstance(note, BankOrderAsked))
        steps = [note for note in row.notes if isinstance(note, BankOrderStep)]
        reference = next((step.reference for step in reversed(steps) if step.reference), "")
        return FiatWithdrawal(
            row.hold_id, row.seq, row.account, row.asset, row.amount - order.fee, order.fee,
            self._state(row, order, {step.stage for step in steps}), row.time_ns, row.ended_ns, order.bank_account,
            order.bank, order.branch, self._clear(row, order, order.number), self._clear(row, order, order.holder), reference,
        )  # fmt: skip

    def _clear(self, row: HoldRecord, order: BankOrderAsked, text: str) -> str:
        return self._sealing.unseal(text, _purpose(row.account)) if order.is_sealed else text

    def _state(self, row: HoldRecord, order: BankOrderAsked, stages: set[int]) -> FiatState:
        if row.ended_ns and row.captured:
            return FiatState.PAID
        if row.ended_ns:
            return FiatState.FAILED if BankStage.FAILED in stages else FiatState.CANCELED
        if stages:
            return FiatState.PAYING
        return FiatState.UNCONFIRMED if self._waits(row.hold_id, order) else FiatState.CONFIRMED


def _stage(hold: OpenHold) -> int:
    return hold.step.stage if hold.step is not None else 0


def _end(hold: OpenHold, stage: int) -> Command:
    if stage == BankStage.PAID:
        return CaptureFunds(account=hold.account, hold_id=hold.hold_id, to_account=OUTSIDE, amount=hold.amount)
    return ReleaseFunds(account=hold.account, hold_id=hold.hold_id)


def _purpose(account: int) -> str:
    return f"bank order of account {account}"


def is_bank_order(row: HoldRecord) -> bool:
    """Return whether a hold is for a payment by bank."""
    return any(isinstance(note, BankOrderAsked) for note in row.notes)
