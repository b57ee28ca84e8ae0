"""Withdrawals: money that a customer asks to have sent out. A request holds the amount; approval and sending come after it.

A request is its hold in the core: its number is the hold's, and a note beside the command says where it goes. One that its
customer yet has to confirm is given back by the core, HELD_NS behind the request. Each step stands beside the command that makes
it so. The rows are what is shown. Invariant: a request is open exactly as long as its hold is.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from bedesten.clock import Clock
from bedesten.core import Machine
from bedesten.domain.commands import HoldFunds, ReleaseFunds
from bedesten.domain.enums import RejectReason, SendStage, TransferReason
from bedesten.domain.events import FundsHeld, Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.notes import WithdrawalAsked, WithdrawalStep
from bedesten.services.errors import OutOfRange
from bedesten.services.holds.fold_holds import OpenHold
from bedesten.services.holds.holds import HELD_NS, Holds
from bedesten.services.holds.owner_locks import OwnerLocks
from bedesten.services.idempotency.fold_ids import WithdrawalIds
from bedesten.services.idempotency.once import AlreadyUsed, Once
from bedesten.services.ports import Rows
from bedesten.services.sequencing.ahead import whole
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Destination, HoldRecord
from bedesten.services.threads import histories, look_ups
from bedesten.services.wallets.rules import RuleBroken, WithdrawalRules

__all__ = ["Destination", "Withdrawal", "WithdrawalOutcome", "WithdrawalState", "Withdrawals"]

LISTED_MAX: Final = 1_000
TEXT_CHARS_MAX: Final = 512  # of an address, its tag and the client's id together: more is no address anywhere

_WITHDRAWAL: Final = int(TransferReason.WITHDRAWAL)


class WithdrawalState(enum.Enum):
    """Where a withdrawal stands."""

    REQUESTED = "requested"
    CANCELED = "canceled"
    SENT = "sent"


class Withdrawal(NamedTuple):
    """A request. Units: minor units."""

    id: int
    account: int
    asset: int
    amount: int
    destination: Destination
    state: WithdrawalState
    requested_ns: int
    ended_ns: int  # 0: not yet
    network: str = ""
    fee: int = 0  # within the amount
    stage: SendStage = SendStage.REQUESTED
    payment: str = ""  # on the chain, once it is sent
    must_confirm: bool = False
    seq: int = 0  # of the command that asked


class WithdrawalOutcome(NamedTuple):
    """What came of a request or a cancellation. broken: the rule that forbids it; reject is set then, too."""

    reject: RejectReason | None
    id: int
    time_ns: int
    broken: RuleBroken | None = None


#: How a broken rule reads to who only knows the core's refusals.
_AS_REJECT: Final = {
    RuleBroken.MAY_NOT: RejectReason.ACCOUNT_SUSPENDED,
    RuleBroken.NOT_LISTED: RejectReason.MALFORMED,
    RuleBroken.ABOVE_DAY: RejectReason.AMOUNT_OUT_OF_RANGE,
}


class Withdrawals:
    """The withdrawals of every account."""

    def __init__(self, sequencer: Sequencer, rows: Rows, clock: Clock, rules: WithdrawalRules, holds: Holds) -> None:
        self.rules = rules
        self._sequencer = sequencer
        self._rows = rows
        self._clock = clock
        self._holds = holds
        self._asking = OwnerLocks()
        self._ids = sequencer.state.folds.of(WithdrawalIds)
        self._once: Once[WithdrawalOutcome] = Once(self._known)

    async def request(
        self, account: int, asset: Asset, amount: int, destination: Destination, *, network: str = "", fee: int = 0,
        day_max: int = 0, must_confirm: bool = False, client_id: str = "",
    ) -> WithdrawalOutcome:  # fmt: skip
        """Ask for a withdrawal: hold the amount, in which the fee is, for it. *day_max*: of the network, 0: none.

        A client's id makes it safe to ask again: the same request, and nothing more is held. ALREADY_EXISTS: the id was used
        for another one.
        Units: minor units. Raises: Overloaded, Stopped.
        """
        note = WithdrawalAsked(network, destination.address, destination.tag, fee, must_confirm, client_id)
        asked = (asset.id, amount, network, destination)
        try:
            return await self._once.run(
                account, client_id, asked, lambda: whole(self._ask(account, asset, amount, note, day_max))
            )
        except AlreadyUsed:
            return WithdrawalOutcome(RejectReason.ALREADY_EXISTS, 0, 0)

    async def _ask(
        self, account: int, asset: Asset, amount: int, note: WithdrawalAsked, day_max: int
    ) -> WithdrawalOutcome:
        to = Destination(note.address, note.tag)
        # An owner's one at a time, so that two requests do not share the rest of a day.
        async with self._asking.of(self.rules.owner_of(account)):
            broken = self.rules.broken(account, asset.id, amount, note.network, to, day_max)
            if broken is not None:
                return WithdrawalOutcome(_AS_REJECT[broken], 0, 0, broken)
            return await self._hold(account, asset, amount, note)

    async def _hold(self, account: int, asset: Asset, amount: int, note: WithdrawalAsked) -> WithdrawalOutcome:
        if len(note.address) + len(note.tag) + len(note.client_id) > TEXT_CHARS_MAX:
            return WithdrawalOutcome(RejectReason.MALFORMED, 0, 0)
        command = HoldFunds(
            account=account, asset=asset.id, amount=amount, reason=_WITHDRAWAL,
            expires_ns=self._clock.now_ns() + HELD_NS if note.must_confirm else 0,
        )  # fmt: skip
        try:
            result = await self._sequencer.submit(command, notes=(note,))
        except OutOfRange:
            return WithdrawalOutcome(RejectReason.AMOUNT_OUT_OF_RANGE, 0, 0)
        for event in result.events:
            if isinstance(event, Rejected):
                return WithdrawalOutcome(RejectReason(event.reason), 0, result.time_ns)
            if isinstance(event, FundsHeld):
                return WithdrawalOutcome(None, event.hold_id, result.time_ns)
        return WithdrawalOutcome(RejectReason.MALFORMED, 0, result.time_ns)

    def _known(self, account: int, client_id: str) -> tuple[tuple[object, ...], WithdrawalOutcome] | None:
        found = self._ids.find(account, client_id)
        if found is None:
            return None
        asked = (found.asset, found.amount, found.network, Destination(found.address, found.tag))
        return asked, WithdrawalOutcome(None, found.hold_id, found.time_ns)

    async def cancel(self, account: int, withdrawal_id: int) -> WithdrawalOutcome:
        """Take a request back while it is open and nothing was sent.

        Raises: Overloaded, Stopped.
        """
        hold = await self._holds.turn(withdrawal_id)
        is_mine = hold is not None and hold.account == account and is_of_withdrawal(hold)
        if hold is None or not is_mine or stage_of(hold) not in (SendStage.REQUESTED, SendStage.APPROVED):
            return WithdrawalOutcome(RejectReason.UNKNOWN_HOLD, withdrawal_id, 0)
        if not await self._holds.take(hold, ReleaseFunds(account=account, hold_id=withdrawal_id)):
            return WithdrawalOutcome(RejectReason.UNKNOWN_HOLD, withdrawal_id, 0)
        return WithdrawalOutcome(None, withdrawal_id, self._clock.now_ns())

    async def requested(self, account: int) -> dict[int, int]:
        """Return what is held for open requests, by asset. Units: minor units."""
        amounts: dict[int, int] = {}
        for asset, amount in (await self._open(account)).values():
            amounts[asset] = amounts.get(asset, 0) + amount
        return amounts

    async def list(self, account: int, limit: int = LISTED_MAX) -> list[Withdrawal]:
        """Return the account's withdrawals, newest first."""
        await self._sequencer.settled()
        rows = await histories.run(self._rows.holds, account, reason=_WITHDRAWAL, limit=min(limit, LISTED_MAX))
        return [self.of_record(row) for row in _ours(rows)]

    async def find(self, account: int, withdrawal_id: int) -> Withdrawal | None:
        """Return a withdrawal of the account's, however many it has."""
        return next(iter(await self.find_all(account, [withdrawal_id])), None)

    async def find_all(self, account: int, withdrawal_ids: Sequence[int]) -> Sequence[Withdrawal]:
        """Return those of these withdrawals that are the account's."""
        await self._sequencer.settled()
        rows = await look_ups.run(self._rows.holds_by_id, withdrawal_ids)
        mine = [row for row in rows if (row.account, row.reason) == (account, _WITHDRAWAL)]
        return [self.of_record(row) for row in _ours(mine)]

    async def _open(self, account: int) -> dict[int, tuple[int, int]]:
        def ask(machine: Machine) -> dict[int, tuple[int, int]]:
            holds = machine.holds(account)
            return {hold_id: (asset, amount) for hold_id, asset, amount, reason, _ in holds if reason == _WITHDRAWAL}

        return await self._sequencer.read(ask)

    def of_record(self, row: HoldRecord) -> Withdrawal:
        """Return a request as its hold and its steps have it."""
        state = WithdrawalState.REQUESTED
        if row.ended_ns:
            state = WithdrawalState.SENT if row.captured else WithdrawalState.CANCELED
        asked = next((note for note in row.notes if isinstance(note, WithdrawalAsked)), _BY_HAND)
        steps = [note for note in row.notes if isinstance(note, WithdrawalStep)]
        payment = next((step.payment for step in reversed(steps) if step.payment), "")
        return Withdrawal(
            row.hold_id, row.account, row.asset, row.amount, Destination(asked.address, asked.tag), state, row.time_ns,
            row.ended_ns, asked.network, asked.fee, SendStage(steps[-1].stage if steps else 0), payment, asked.must_confirm,
            row.seq,
        )  # fmt: skip


#: What programs before notes said of a withdrawal by hand: nothing.
_BY_HAND: Final = WithdrawalAsked("", "")


def _ours(rows: Iterable[HoldRecord]) -> Iterator[HoldRecord]:
    return (row for row in rows if is_withdrawal(row))


def is_withdrawal(row: HoldRecord) -> bool:
    """Return whether a hold is for a withdrawal over a network, or by hand: older programs said nothing of those."""
    return not row.notes or any(isinstance(note, WithdrawalAsked) for note in row.notes)


def is_of_withdrawal(hold: OpenHold) -> bool:
    """Return whether what is held now is for a withdrawal over a network or by hand."""
    return hold.reason == _WITHDRAWAL and (hold.asked is None or isinstance(hold.asked, WithdrawalAsked))


def stage_of(hold: OpenHold) -> SendStage:
    """Return how far a withdrawal over a network came."""
    return SendStage.REQUESTED if hold.step is None else SendStage(hold.step.stage)
