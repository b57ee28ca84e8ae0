"""Withdrawals: money that a customer asks to have sent out. A request holds the amount; approval and sending come after it.

A request is its hold in the core: its number is the hold's, and the journal keeps where it goes beside the command, so it is
there again after a restart, whatever the store's rows say. The rows are what is shown. Invariant: a request is open exactly as
long as its hold is.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.core import Machine
from bedesten.domain.commands import HoldFunds, ReleaseFunds
from bedesten.domain.enums import RejectReason, TransferReason
from bedesten.domain.events import FundsHeld, Rejected
from bedesten.domain.instruments import Asset
from bedesten.services.errors import OutOfRange
from bedesten.services.money.fold_holds import HoldsFold
from bedesten.services.money.once import AlreadyUsed, Once
from bedesten.services.money.owner_locks import OwnerLocks
from bedesten.services.ports import Store
from bedesten.services.records import Destination, HoldRecord
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.threads import histories, look_ups
from bedesten.services.wallets.progress import Progress, Stage
from bedesten.services.wallets.rules import DAY_NS, Asked, RuleBroken, WithdrawalRules

__all__ = ["Destination", "Withdrawal", "WithdrawalOutcome", "WithdrawalState", "Withdrawals"]

LISTED_MAX: Final = 1_000
TEXT_CHARS_MAX: Final = 512  # of an address and its tag together, as JSON: more is no address anywhere

INSTRUCTION_MARK: Final = (
    '{"address":'  # how the text beside a hold begins; other services hold with texts of their own
)

_WITHDRAWAL: Final = int(TransferReason.WITHDRAWAL)


class Instruction(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is journaled beside a request. network: "" where the operator sends it by hand. Units: minor units."""

    address: str
    tag: str = ""
    network: str = ""
    fee: int = 0  # within the amount that is held
    must_confirm: bool = False  # goes on only when the customer confirms it
    id: str = ""  # the client's own


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
    stage: Stage = Stage.REQUESTED
    payment: str = ""  # on the chain, once it is sent
    must_confirm: bool = False
    seq: int = 0  # of the command that asked


class WithdrawalOutcome(NamedTuple):
    """What came of a request or a cancellation. broken: the rule that forbids it; reject is set then, too."""

    reject: RejectReason | None
    id: int
    time_ns: int
    broken: RuleBroken | None = None
    is_repeat: bool = False  # asked for before under the same id


#: How a broken rule reads to who only knows the core's refusals.
_AS_REJECT: Final = {
    RuleBroken.MAY_NOT: RejectReason.ACCOUNT_SUSPENDED,
    RuleBroken.NOT_LISTED: RejectReason.MALFORMED,
    RuleBroken.ABOVE_DAY: RejectReason.AMOUNT_OUT_OF_RANGE,
}


class Withdrawals:
    """The withdrawals of every account."""

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock, rules: WithdrawalRules) -> None:
        self.rules = rules
        self.progress = Progress(sequencer, store)
        self._sequencer = sequencer
        self._store = store
        self._holds = sequencer.state.folds.of(HoldsFold)
        self._asking = OwnerLocks()
        self._once: Once[WithdrawalOutcome] = Once()
        for row in _ours(store.holds_since(_WITHDRAWAL, clock.now_ns() - DAY_NS)):
            rules.note_record(row, self.of_record(row).network)
            self._remember(row)

    async def request(
        self, account: int, asset: Asset, amount: int, destination: Destination, *, network: str = "", fee: int = 0,
        day_max: int = 0, must_confirm: bool = False, client_id: str = "",
    ) -> WithdrawalOutcome:  # fmt: skip
        """Ask for a withdrawal: hold the amount, in which the fee is, for it. *day_max*: of the network, 0: none.

        A client's id makes it safe to ask again: the same request, and nothing more is held. ALREADY_EXISTS: the id was used
        for another one. After a restart the ids of the last day are known.
        Units: minor units. Raises: Overloaded, Stopped.
        """
        is_repeat = True

        async def ask() -> WithdrawalOutcome:
            nonlocal is_repeat
            is_repeat = False
            instruction = Instruction(destination.address, destination.tag, network, fee, must_confirm, client_id)
            return await self._ask(account, asset, amount, instruction, day_max)

        asked = (asset.id, amount, network, destination)
        try:
            outcome = await self._once.run(account, client_id, asked, ask, lambda done: done.reject is None)
        except AlreadyUsed:
            return WithdrawalOutcome(RejectReason.ALREADY_EXISTS, 0, 0)
        return outcome._replace(is_repeat=is_repeat)

    async def _ask(
        self, account: int, asset: Asset, amount: int, instruction: Instruction, day_max: int
    ) -> WithdrawalOutcome:
        destination = Destination(instruction.address, instruction.tag)
        # An owner's one at a time, so that two requests do not share the rest of a day.
        async with self._asking.of(self.rules.owner_of(account)):
            asked = Asked(0, account, asset.id, instruction.network, amount, 0)
            broken = self.rules.broken(asked, destination, day_max)
            if broken is not None:
                return WithdrawalOutcome(_AS_REJECT[broken], 0, 0, broken)
            outcome = await self._hold(account, asset, amount, instruction)
            if outcome.reject is None:
                self.rules.note(asked._replace(id=outcome.id, time_ns=outcome.time_ns))
            return outcome

    async def _hold(self, account: int, asset: Asset, amount: int, instruction: Instruction) -> WithdrawalOutcome:
        text = msgspec.json.encode(instruction).decode()
        if len(text) > TEXT_CHARS_MAX:
            return WithdrawalOutcome(RejectReason.MALFORMED, 0, 0)
        try:
            command = HoldFunds(account=account, asset=asset.id, amount=amount, reason=_WITHDRAWAL)
            result = await self._sequencer.submit(command, text=text)
        except OutOfRange:
            return WithdrawalOutcome(RejectReason.AMOUNT_OUT_OF_RANGE, 0, 0)
        for event in result.events:
            if isinstance(event, Rejected):
                return WithdrawalOutcome(RejectReason(event.reason), 0, result.time_ns)
            if isinstance(event, FundsHeld):
                return WithdrawalOutcome(None, event.hold_id, result.time_ns)
        return WithdrawalOutcome(RejectReason.MALFORMED, 0, result.time_ns)

    def _remember(self, row: HoldRecord) -> None:
        given = msgspec.json.decode(row.text, type=Instruction) if row.text else Instruction("")
        asked = (row.asset, row.amount, given.network, Destination(given.address, given.tag))
        self._once.remember(row.account, given.id, asked, WithdrawalOutcome(None, row.hold_id, row.time_ns))

    async def cancel(self, account: int, withdrawal_id: int) -> WithdrawalOutcome:
        """Take a request back while it is open and nothing was sent.

        Raises: Overloaded, Stopped.
        """
        refused = WithdrawalOutcome(RejectReason.UNKNOWN_HOLD, withdrawal_id, 0)
        if not await self.is_open(account, withdrawal_id):
            return refused
        before = self.progress.claim(withdrawal_id, Stage.CANCELING)
        if before is None:
            return refused
        released = False
        try:
            result = await self._sequencer.submit(ReleaseFunds(account=account, hold_id=withdrawal_id))
            released = not any(isinstance(event, Rejected) for event in result.events)
        finally:
            if not released:
                self.progress.give_back(withdrawal_id, before)
        if not released:
            return refused
        self.rules.forget(withdrawal_id)
        return WithdrawalOutcome(None, withdrawal_id, result.time_ns)

    async def requested(self, account: int) -> dict[int, int]:
        """Return what is held for open requests, by asset. Units: minor units."""
        amounts: dict[int, int] = {}
        for asset, amount in (await self._open(account)).values():
            amounts[asset] = amounts.get(asset, 0) + amount
        return amounts

    async def list(self, account: int, limit: int = LISTED_MAX) -> list[Withdrawal]:
        """Return the account's withdrawals, newest first."""
        await self._sequencer.settled()
        rows = await histories.run(self._store.holds, account, reason=_WITHDRAWAL, limit=min(limit, LISTED_MAX))
        return [self.of_record(row) for row in _ours(rows)]

    async def find(self, account: int, withdrawal_id: int) -> Withdrawal | None:
        """Return a withdrawal of the account's, however many it has."""
        return next(iter(await self.find_all(account, [withdrawal_id])), None)

    async def find_all(self, account: int, withdrawal_ids: Sequence[int]) -> Sequence[Withdrawal]:
        """Return those of these withdrawals that are the account's."""
        await self._sequencer.settled()
        rows = await look_ups.run(self._store.holds_by_id, withdrawal_ids)
        mine = [row for row in rows if (row.account, row.reason) == (account, _WITHDRAWAL)]
        return [self.of_record(row) for row in _ours(mine)]

    async def is_open(self, account: int, withdrawal_id: int) -> bool:
        """Return whether the account's money is still held for a withdrawal over a network or by hand."""
        hold = await self._sequencer.read(lambda machine: self._holds.by_id.get(withdrawal_id))
        return hold is not None and (hold.account, hold.reason, hold.asked) == (account, _WITHDRAWAL, None)

    def left_open(self) -> Sequence[Withdrawal]:
        """Return the requests that the store holds as open, oldest first: for the start."""
        return [self.of_record(row) for row in _ours(self._store.open_holds(_WITHDRAWAL))]

    async def _open(self, account: int) -> dict[int, tuple[int, int]]:
        def ask(machine: Machine) -> dict[int, tuple[int, int]]:
            holds = machine.holds(account)
            return {hold_id: (asset, amount) for hold_id, asset, amount, reason, _ in holds if reason == _WITHDRAWAL}

        return await self._sequencer.read(ask)

    def of_record(self, row: HoldRecord) -> Withdrawal:
        """Return a request as its hold and its stage have it."""
        state = WithdrawalState.REQUESTED
        if row.ended_ns:
            state = WithdrawalState.SENT if row.captured else WithdrawalState.CANCELED
        given = msgspec.json.decode(row.text, type=Instruction) if row.text else Instruction("")
        step = self.progress.step(row.hold_id)
        return Withdrawal(
            row.hold_id, row.account, row.asset, row.amount, Destination(given.address, given.tag), state, row.time_ns,
            row.ended_ns, given.network, given.fee, step.stage, step.payment, given.must_confirm, row.seq,
        )  # fmt: skip


def _ours(rows: Iterable[HoldRecord]) -> Iterator[HoldRecord]:
    return (row for row in rows if is_withdrawal(row))


def is_withdrawal(row: HoldRecord) -> bool:
    """Return whether a hold is for a withdrawal over a network, or for somebody who withdraws by hand: that has no text."""
    return not row.notes and (not row.text or row.text.startswith(INSTRUCTION_MARK))
