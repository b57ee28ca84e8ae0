"""What came to an account and left it outside trades, as one list: deposits, withdrawals, transfers, conversions.

Joins what other services know; keeps nothing. Invariant: the completed lines, the fills and what the OTC desk settled add up to
the account's balances. A line's number is that of what it tells of, with a last digit for the kind: the same number is
answered when the thing is asked for, and found in the list afterwards.
"""

from __future__ import annotations

import enum
import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from itertools import groupby, islice
from operator import attrgetter
from typing import Final, NamedTuple, TypeVar

from bedesten.domain.enums import SendStage, TransferReason
from bedesten.domain.notes import QuoteSettled
from bedesten.services.fiat.withdrawals import FiatState, FiatWithdrawal, FiatWithdrawals, is_bank_order
from bedesten.services.money.conversions import Conversion, conversion_of
from bedesten.services.ports import NS_MAX, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import HoldRecord, TransferRecord
from bedesten.services.threads import histories, look_ups
from bedesten.services.wallets.network_deposits import Deposit, DepositState, NetworkDeposits
from bedesten.services.wallets.withdrawals import Withdrawal, Withdrawals, WithdrawalState, is_withdrawal

_Row = TypeVar("_Row")

PAGE: Final = 1_000  # rows of a kind that are read at a time: twice the longest answer
KINDS: Final = 10  # the last digit of a line's number says its kind
HASH_DIGITS: Final = 12  # of a payment's name that number its deposit: few enough for a JavaScript client's numbers

_DEPOSIT_KIND, _WITHDRAWAL_KIND, _TRANSFER_KIND = range(1, 4)
_WITHDRAWAL: Final = int(TransferReason.WITHDRAWAL)
_MOVED: Final = (
    int(TransferReason.DEPOSIT), _WITHDRAWAL, int(TransferReason.INTERNAL), int(TransferReason.ADJUSTMENT),
)  # fmt: skip
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


class _Wanted(NamedTuple):
    account: int
    asset: int | None
    kinds: frozenset[MoveKind]
    start_ns: int  # whole instants: what is told of a line depends on what else happened in its instant
    end_ns: int
    oldest_first: bool = False


def withdrawal_number(withdrawal_id: int) -> int:
    """Return the number of a withdrawal's line."""
    return withdrawal_id * KINDS + _WITHDRAWAL_KIND


def transfer_number(seq: int) -> int:
    """Return the number of a transfer's line, on either side of it."""
    return seq * KINDS + _TRANSFER_KIND


def seq_of(number: int) -> int:
    """Return the seq of the command, or the number of the hold, that a line tells of."""
    return number // KINDS


def conversion_numbers(seq: int) -> tuple[int, int]:
    """Return the numbers of a conversion's lines: what was given, what was received."""
    return seq * KINDS + 4, seq * KINDS + 5


def _deposit_number(payment: str) -> int:
    return int(payment[:HASH_DIGITS], 16) * KINDS + _DEPOSIT_KIND


class WalletHistory:
    """The lines of every account. *main_of* tells who belongs to one family."""

    def __init__(
        self, sequencer: Sequencer, rows: Rows, deposits: NetworkDeposits, withdrawals: Withdrawals,
        by_bank: FiatWithdrawals, main_of: Callable[[int], int] = lambda account: account,
    ) -> None:  # fmt: skip
        self._sequencer = sequencer
        self._rows = rows
        self._deposits = deposits
        self._withdrawals = withdrawals
        self._by_bank = by_bank
        self._main_of = main_of

    async def moves(
        self, account: int, *, asset: int | None = None, kinds: Collection[MoveKind] = tuple(MoveKind),
        start_ns: int = 0, end_ns: int = NS_MAX, after: int = 0, before: int = 0, limit: int,
    ) -> list[Move]:  # fmt: skip
        """Return the account's lines, newest first.

        after, before: numbers of lines, 0 for none; with *after* alone those nearest to it are told. Behind a number that no
        line bears there is nothing, and everything is in front of it.
        """
        await self._sequencer.settled()
        deposits = sorted((_came(row) for row in await self._deposits.deposits(account, NS_MAX)), key=_place)
        wanted = _Wanted(account, asset, frozenset(kinds), start_ns, end_ns, oldest_first=bool(after and not before))
        return await histories.run(lambda: self._between(wanted, deposits, after, before, limit))

    async def under_way(self, account: int) -> list[Move]:
        """Return the account's withdrawals that were asked for and have not ended, whatever came behind them."""
        held = await self._sequencer.read(lambda machine: machine.holds(account))
        open_ids = [hold_id for hold_id, _, _, reason, *_ in held if reason == _WITHDRAWAL]
        await self._sequencer.settled()
        rows = await look_ups.run(self._rows.holds_by_id, open_ids)
        return [move for row in rows if not row.ended_ns for move in self._of_hold(row)]

    async def find(self, account: int, number: int) -> Move | None:
        """Return the account's line of that number, however many it has; it is looked up, and no list is read."""
        await self._sequencer.settled()
        if number % KINDS == _DEPOSIT_KIND:
            named = await self._deposits.deposit(account, f"{number // KINDS:0{HASH_DIGITS}x}")
            return None if named is None else _came(named)
        return await look_ups.run(self._look_up, account, number)

    def _look_up(self, account: int, number: int) -> Move | None:
        if number % KINDS == _WITHDRAWAL_KIND:
            held = self._rows.holds_by_id([seq_of(number)])
            return next((move for row in held if row.account == account for move in self._of_hold(row)), None)
        rows = [row for row in self._rows.transfers_of(seq_of(number)) if account in (row.account, row.to_account)]
        if not rows:
            return None
        at_ns = rows[0].time_ns  # what is told of it depends on what else happened in that instant, and on nothing more
        wanted = _Wanted(account, None, frozenset(MoveKind), at_ns, at_ns + 1)
        lines = self._moved_rows(wanted) if number % KINDS == _TRANSFER_KIND else self._exchanged(wanted)
        return next((move for move in lines if move.number == number), None)

    def _between(self, wanted: _Wanted, deposits: list[Move], after: int, before: int, limit: int) -> list[Move]:
        """Return lines behind the one numbered *before* and in front of the one numbered *after*; nothing further is read."""
        first, last = (self._placed(wanted.account, deposits, number) for number in (before, after))
        if before and first is None:
            return []
        if first is not None:
            wanted = wanted._replace(end_ns=min(wanted.end_ns, first.time_ns + 1))
        if last is not None:
            wanted = wanted._replace(start_ns=max(wanted.start_ns, last.time_ns))
        lines = (
            move
            for move in self._lines(wanted, deposits)
            if move.kind in wanted.kinds
            and wanted.asset in (None, move.asset)
            and (first is None or _place(first) < _place(move))
            and (last is None or _place(move) < _place(last))
        )
        found = list(islice(lines, limit))
        return found[::-1] if wanted.oldest_first else found

    def _placed(self, account: int, deposits: list[Move], number: int) -> Move | None:
        """Return the line of that number, where there is one."""
        if number % KINDS == _DEPOSIT_KIND:
            return next((move for move in deposits if move.number == number), None)
        return self._look_up(account, number) if number else None

    def _lines(self, wanted: _Wanted, deposits: list[Move]) -> Iterator[Move]:
        """Yield every line of the window from one of its ends; nothing is read before it is asked for."""
        came = [move for move in deposits if wanted.start_ns <= move.time_ns < wanted.end_ns]
        sources = (
            reversed(came) if wanted.oldest_first else came,
            self._held(wanted),
            self._moved_rows(wanted),
            self._exchanged(wanted),
        )
        return heapq.merge(*sources, key=_place, reverse=wanted.oldest_first)

    def _held(self, wanted: _Wanted) -> Iterator[Move]:
        """Yield withdrawals, over networks and by bank: what was or is held for them."""
        for row in self._walk(
            wanted, partial(self._rows.holds, wanted.account, reason=_WITHDRAWAL), attrgetter("hold_id")
        ):
            yield from self._of_hold(row)

    def _walk(self, wanted: _Wanted, ask: Callable[..., list[_Row]], number: Callable[[_Row], int]) -> Iterator[_Row]:
        """Yield the rows of the window from the end that is wanted, read a page at a time."""
        bound = "after_id" if wanted.oldest_first else "before_id"
        where: dict[str, int] = {}
        while rows := ask(
            start_ns=wanted.start_ns, end_ns=wanted.end_ns, oldest_first=wanted.oldest_first, limit=PAGE, **where
        ):
            yield from rows
            where[bound] = number(rows[-1])

    def _of_hold(self, row: HoldRecord) -> Iterator[Move]:
        if row.reason == _WITHDRAWAL and is_bank_order(row):
            yield _left_by_bank(self._by_bank.of_record(row))
        elif row.reason == _WITHDRAWAL and is_withdrawal(row):
            yield withdrawn(self._withdrawals.of_record(row))

    def _transfers(self, wanted: _Wanted, reasons: Sequence[int]) -> Iterator[list[TransferRecord]]:
        """Yield the transfers of each instant, the last first."""
        assets = None if wanted.asset is None else (wanted.asset,)
        ask = partial(self._rows.transfers, wanted.account, assets=assets, reasons=reasons)
        for _, same in groupby(self._walk(wanted, ask, attrgetter("row_id")), key=attrgetter("time_ns")):
            yield sorted(same, key=attrgetter("row_id"), reverse=True)

    def _moved_rows(self, wanted: _Wanted) -> Iterator[Move]:
        """Yield transfers that no other line tells of: neither payments that came nor withdrawals that were held before."""
        for rows in self._transfers(wanted, _MOVED):
            left = any(row.reason == _WITHDRAWAL for row in rows)
            told = Counter(self._rows.captures(wanted.account, _WITHDRAWAL, [rows[0].time_ns]) if left else ())
            lines = []
            for row in rows:
                sent = (row.asset, row.time_ns, row.amount)
                if row.reason == _WITHDRAWAL and told[sent]:
                    told[sent] -= 1
                elif not self._deposits.is_payment(row.seq):
                    lines.append(self._moved(row, wanted.account))
            yield from reversed(lines) if wanted.oldest_first else lines

    def _exchanged(self, wanted: _Wanted) -> Iterator[Move]:
        """Yield conversions; what the OTC desk settled is a trade."""
        for rows in self._transfers(wanted, _EXCHANGED):
            beside = self._rows.notes_beside([row.seq for row in rows])
            lines = []
            for row in rows:
                notes = beside.get(row.seq, [])
                if not any(isinstance(note, QuoteSettled) for note in notes):
                    lines.append(_converted(row, wanted.account, conversion_of(row.seq, notes)))
            yield from reversed(lines) if wanted.oldest_first else lines

    def _moved(self, row: TransferRecord, account: int) -> Move:
        is_family = self._main_of(row.account) == self._main_of(row.to_account)
        is_in = row.to_account == account
        if row.reason != TransferReason.INTERNAL:  # from outside or to it, by the operator's hand
            kind = MoveKind.DEPOSIT if is_in else MoveKind.WITHDRAWAL
        elif is_family:
            kind = MoveKind.FAMILY_IN if is_in else MoveKind.FAMILY_OUT
        else:
            kind = MoveKind.TRANSFER_IN if is_in else MoveKind.TRANSFER_OUT
        return Move(kind, transfer_number(row.seq), row.asset, row.amount, 0, MoveState.COMPLETED, row.time_ns)


def _place(move: Move) -> tuple[int, int]:
    return -move.time_ns, -move.number


def _converted(row: TransferRecord, account: int, conversion: Conversion | None) -> Move:
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
            state = MoveState.FAILED if row.stage is SendStage.FAILED else MoveState.CANCELED
        case WithdrawalState.REQUESTED:
            state = MoveState.PENDING if row.stage is SendStage.REQUESTED else MoveState.UNDER_WAY
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
