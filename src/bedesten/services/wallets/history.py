"""What came to an account and left it outside trades, as one list: deposits, withdrawals, transfers, conversions.

Joins what other services know; keeps nothing. A line's number is that of what it tells of, with a last digit for the kind: the
same number is answered when the thing is asked for, and found in the list afterwards.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Final, NamedTuple

from bedesten.domain.enums import TransferReason
from bedesten.services.fiat.withdrawals import FiatState, FiatWithdrawal, FiatWithdrawals
from bedesten.services.money.conversions import Conversion, conversion_of
from bedesten.services.ports import NS_MAX, Store
from bedesten.services.records import TransferRecord
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.wallets.progress import Stage
from bedesten.services.wallets.receiving import Deposit, DepositState, Wallets
from bedesten.services.wallets.withdrawals import Withdrawal, Withdrawals, WithdrawalState

MOVES_MAX: Final = 1_000  # of each kind that are looked at: twice the longest answer
EXCHANGES_MAX: Final = 4_000  # legs that are looked at for conversions: those of the OTC desk stand among them
HASH_DIGITS: Final = 12  # of a payment's name that number its deposit: few enough for a JavaScript client's numbers

_MOVED: Final = (int(TransferReason.DEPOSIT), int(TransferReason.INTERNAL))
_EXCHANGED: Final = (int(TransferReason.EXCHANGE),)


class MoveKind(enum.Enum):
    """What a line is."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER_IN = "transfer in"
    TRANSFER_OUT = "transfer out"
    FAMILY_IN = "transfer in, within a family"
    FAMILY_OUT = "transfer out, within a family"
    CONVERT_IN = "received in a conversion"
    CONVERT_OUT = "given in a conversion"


class MoveState(enum.Enum):
    """Where it stands."""

    PENDING = "pending"  # waits for an approval
    UNDER_WAY = "under way"
    COMPLETED = "completed"
    CANCELED = "canceled"
    FAILED = "failed"


class Move(NamedTuple):
    """One line. Units: minor units; the amount is without the fee. network, address, payment: "" outside of chains."""

    kind: MoveKind
    number: int
    asset: int
    amount: int
    fee: int
    state: MoveState
    time_ns: int
    network: str = ""
    address: str = ""
    payment: str = ""
    confirmations: int = 0  # of a deposit over a network
    conversion: Conversion | None = None


def withdrawal_number(withdrawal_id: int) -> int:
    """Return the number of a withdrawal's line."""
    return withdrawal_id * 10 + 2


def transfer_number(seq: int) -> int:
    """Return the number of a transfer's line, on either side of it."""
    return seq * 10 + 3


def conversion_numbers(seq: int) -> tuple[int, int]:
    """Return the numbers of a conversion's lines: what was given, what was received."""
    return seq * 10 + 4, seq * 10 + 5


def _deposit_number(payment: str) -> int:
    return int(payment[:HASH_DIGITS], 16) * 10 + 1


class WalletHistory:
    """The lines of every account. *main_of* tells who belongs to one family."""

    def __init__(
        self, sequencer: Sequencer, store: Store, wallets: Wallets, withdrawals: Withdrawals,
        by_bank: FiatWithdrawals, main_of: Callable[[int], int] = lambda account: account,
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._store = store
        self._wallets = wallets
        self._withdrawals = withdrawals
        self._by_bank = by_bank
        self._main_of = main_of

    async def moves(
        self, account: int, *, asset: int | None = None, kinds: Collection[MoveKind] = tuple(MoveKind),
        start_ns: int = 0, end_ns: int = NS_MAX, limit: int,
    ) -> list[Move]:  # fmt: skip
        """Return the account's lines, newest first."""
        await self._sequencer.settled()
        found = await asyncio.to_thread(lambda: list(self._kept(account, asset, start_ns, end_ns)))
        found += [_came(row) for row in self._wallets.deposits(account)]
        found += [withdrawn(row) for row in await self._withdrawals.list(account, MOVES_MAX)]
        found += [_left_by_bank(row) for row in await self._by_bank.list(account, asset)]
        chosen = [
            row
            for row in found
            if start_ns <= row.time_ns < end_ns and asset in (None, row.asset) and row.kind in kinds
        ]
        return sorted(chosen, key=lambda row: (-row.time_ns, -row.number))[:limit]

    def _kept(self, account: int, asset: int | None, start_ns: int, end_ns: int) -> Iterable[Move]:
        """Yield what the journal tells: transfers that credited no payment, and conversions."""
        told = partial(self._store.transfers, account, asset=asset, start_ns=start_ns, end_ns=end_ns)
        for row in told(reasons=_MOVED, limit=MOVES_MAX):
            if not self._wallets.is_payment(row.seq):
                yield self._moved(row, account)
        legs = told(reasons=_EXCHANGED, limit=EXCHANGES_MAX)
        texts = self._store.notes_at([row.seq for row in legs]) if legs else {}
        for row in legs:
            conversion = conversion_of(row.seq, texts.get(row.seq, ""))
            if conversion is not None:
                yield _converted(row, account, conversion)

    def _moved(self, row: TransferRecord, account: int) -> Move:
        is_family = self._main_of(row.account) == self._main_of(row.to_account)
        if row.to_account == account:
            kind = MoveKind.FAMILY_IN if is_family else MoveKind.TRANSFER_IN
        else:
            kind = MoveKind.FAMILY_OUT if is_family else MoveKind.TRANSFER_OUT
        if row.reason == TransferReason.DEPOSIT:
            kind = MoveKind.DEPOSIT
        return Move(kind, transfer_number(row.seq), row.asset, row.amount, 0, MoveState.COMPLETED, row.time_ns)


def _converted(row: TransferRecord, account: int, conversion: Conversion) -> Move:
    given, received = conversion_numbers(row.seq)
    kind, number = (MoveKind.CONVERT_OUT, given) if row.account == account else (MoveKind.CONVERT_IN, received)
    return Move(kind, number, row.asset, row.amount, 0, MoveState.COMPLETED, row.time_ns, conversion=conversion)


_DEPOSIT: Final = {
    DepositState.PENDING: MoveState.UNDER_WAY,
    DepositState.CREDITED: MoveState.COMPLETED,
    DepositState.REVERTED: MoveState.FAILED,
    DepositState.TOO_SMALL: MoveState.FAILED,
}


def _came(row: Deposit) -> Move:
    paid = row.payment
    return Move(
        MoveKind.DEPOSIT, _deposit_number(paid.id), paid.asset, paid.amount, 0, _DEPOSIT[row.state], paid.created_ns,
        paid.network, paid.to.address, paid.id, row.confirmations,
    )  # fmt: skip


def withdrawn(row: Withdrawal) -> Move:
    """Return the line of a withdrawal that the venue sends, over a network or by hand."""
    match row.state:
        case WithdrawalState.SENT:
            state = MoveState.COMPLETED
        case WithdrawalState.CANCELED:
            state = MoveState.FAILED if row.stage is Stage.FAILED else MoveState.CANCELED
        case WithdrawalState.REQUESTED:
            state = MoveState.PENDING if row.stage is Stage.REQUESTED else MoveState.UNDER_WAY
    return Move(
        MoveKind.WITHDRAWAL, withdrawal_number(row.id), row.asset, row.amount - row.fee, row.fee, state, row.requested_ns,
        row.network, row.destination.address, row.payment,
    )  # fmt: skip


_BY_BANK: Final = {
    FiatState.UNCONFIRMED: MoveState.PENDING,
    FiatState.CONFIRMED: MoveState.PENDING,
    FiatState.PAYING: MoveState.UNDER_WAY,
    FiatState.PAID: MoveState.COMPLETED,
    FiatState.FAILED: MoveState.FAILED,
    FiatState.CANCELED: MoveState.CANCELED,
}


def _left_by_bank(row: FiatWithdrawal) -> Move:
    return Move(
        MoveKind.WITHDRAWAL, withdrawal_number(row.id), row.asset, row.amount, row.fee, _BY_BANK[row.state],
        row.requested_ns,
    )  # fmt: skip
