"""What came to an account and left it outside trades, as one list: deposits, withdrawals, transfers.

Joins what other services know; keeps nothing.
"""

from __future__ import annotations

import asyncio
import enum
from typing import Final, NamedTuple

from bedesten.domain.enums import TransferReason
from bedesten.services.ports import NS_MAX, Store
from bedesten.services.progress import Stage
from bedesten.services.records import TransferRecord
from bedesten.services.sequencer import Sequencer
from bedesten.services.wallets import Deposit, DepositState, Wallets
from bedesten.services.withdrawals import Withdrawal, Withdrawals, WithdrawalState

MOVES_MAX: Final = 1_000  # of each kind that are looked at: twice the longest answer
_REASONS: Final = (int(TransferReason.DEPOSIT), int(TransferReason.INTERNAL))


class MoveKind(enum.Enum):
    """What a line is."""

    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    TRANSFER_IN = "transfer in"
    TRANSFER_OUT = "transfer out"


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
    id: str
    asset: int
    amount: int
    fee: int
    state: MoveState
    time_ns: int
    network: str = ""
    address: str = ""
    payment: str = ""


class WalletHistory:
    """The lines of every account."""

    def __init__(self, sequencer: Sequencer, store: Store, wallets: Wallets, withdrawals: Withdrawals) -> None:
        self._sequencer = sequencer
        self._store = store
        self._wallets = wallets
        self._withdrawals = withdrawals

    async def moves(
        self, account: int, *, asset: int | None = None, start_ns: int = 0, end_ns: int = NS_MAX, limit: int
    ) -> list[Move]:
        """Return the account's lines, newest first."""
        await self._sequencer.settled()
        transfers = await asyncio.to_thread(
            lambda: self._store.transfers(
                account, asset=asset, reasons=_REASONS, start_ns=start_ns, end_ns=end_ns, limit=MOVES_MAX
            )
        )
        found = [_moved(row, account) for row in transfers if not self._wallets.is_payment(row.seq)]
        found += [_came(row) for row in self._wallets.deposits(account)]
        found += [_left(row) for row in await self._withdrawals.list(account, MOVES_MAX)]
        chosen = [row for row in found if start_ns <= row.time_ns < end_ns and asset in (None, row.asset)]
        return sorted(chosen, key=lambda row: -row.time_ns)[:limit]


def _moved(row: TransferRecord, account: int) -> Move:
    kind = MoveKind.TRANSFER_IN if row.to_account == account else MoveKind.TRANSFER_OUT
    if row.reason == TransferReason.DEPOSIT:
        kind = MoveKind.DEPOSIT
    return Move(kind, f"T{row.seq}", row.asset, row.amount, 0, MoveState.COMPLETED, row.time_ns)


_DEPOSIT: Final = {
    DepositState.PENDING: MoveState.UNDER_WAY,
    DepositState.CREDITED: MoveState.COMPLETED,
    DepositState.REVERTED: MoveState.FAILED,
    DepositState.TOO_SMALL: MoveState.FAILED,
}


def _came(row: Deposit) -> Move:
    paid = row.payment
    return Move(
        MoveKind.DEPOSIT, f"D{paid.id[:16]}", paid.asset, paid.amount, 0, _DEPOSIT[row.state], paid.created_ns, paid.network,
        paid.to.address, paid.id,
    )  # fmt: skip


def _left(row: Withdrawal) -> Move:
    match row.state:
        case WithdrawalState.SENT:
            state = MoveState.COMPLETED
        case WithdrawalState.CANCELED:
            state = MoveState.FAILED if row.stage is Stage.FAILED else MoveState.CANCELED
        case WithdrawalState.REQUESTED:
            state = MoveState.PENDING if row.stage is Stage.REQUESTED else MoveState.UNDER_WAY
    return Move(
        MoveKind.WITHDRAWAL, str(row.id), row.asset, row.amount - row.fee, row.fee, state, row.requested_ns, row.network,
        row.destination.address, row.payment,
    )  # fmt: skip
