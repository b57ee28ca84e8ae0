"""How far withdrawals are: the steps between a request and its end, kept in the store as they are taken.

Owns the table of legal steps. Never moves money: the hold and its end are the core's. A step is kept before what it announces is
done, so that a restart goes on from it. Invariant: nothing is sent for a withdrawal that can still be canceled.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from bedesten.services.ports import Store
from bedesten.services.sequencing.sequencer import Sequencer

WITHDRAWALS: Final = "withdrawal"  # the kind of record


class Stage(enum.Enum):
    """Where a withdrawal stands while its money is held."""

    REQUESTED = "requested"  # waits for approval
    APPROVED = "approved"
    SENDING = "sending"  # the chain is being asked: whether it was is for the chain to say
    SENT = "sent"  # on the chain, and waits for confirmations
    FAILED = "failed"  # the chain will not pay: the hold is given back
    CANCELING = "canceling"  # never kept: a crash undoes it unless the hold is gone


#: What may follow. SENDING goes back to APPROVED only where nobody was asked to pay yet. SENT may follow itself: a chain that
#: lost a payment is asked again.
NEXT: Final[Mapping[Stage, frozenset[Stage]]] = {
    Stage.REQUESTED: frozenset({Stage.APPROVED, Stage.CANCELING}),
    Stage.APPROVED: frozenset({Stage.SENDING, Stage.CANCELING}),
    Stage.SENDING: frozenset({Stage.SENT, Stage.FAILED, Stage.APPROVED}),
    Stage.SENT: frozenset({Stage.SENT, Stage.FAILED}),
    Stage.FAILED: frozenset(),
    Stage.CANCELING: frozenset(),
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a withdrawal."""

    stage: Stage
    payment: str = ""  # the chain's name for it, once it is sent


class Progress:
    """The stage of every withdrawal."""

    def __init__(self, sequencer: Sequencer, store: Store) -> None:
        self._sequencer = sequencer
        self._store = store
        self._steps: dict[int, Step] = {
            int(name): msgspec.json.decode(text, type=Step) for name, text in store.kept_records(WITHDRAWALS)
        }

    def step(self, withdrawal_id: int) -> Step:
        """Return how far a withdrawal came."""
        return self._steps.get(withdrawal_id) or Step(stage=Stage.REQUESTED)

    def claim(self, withdrawal_id: int, to: Stage) -> Step | None:
        """Take a step at once, in memory; return the one before, or None when it is not to be taken."""
        before = self.step(withdrawal_id)
        if to not in NEXT[before.stage]:
            return None
        self._steps[withdrawal_id] = Step(stage=to, payment=before.payment)
        return before

    def give_back(self, withdrawal_id: int, before: Step) -> None:
        """Undo a claim that came to nothing."""
        self._steps[withdrawal_id] = before

    async def keep(self, withdrawal_id: int, payment: str = "") -> None:
        """Write down where the withdrawal stands.

        Raises: Overloaded, Stopped.
        """
        step = self.step(withdrawal_id)
        if payment:
            step = self._steps[withdrawal_id] = Step(stage=step.stage, payment=payment)
        text = msgspec.json.encode(step).decode()
        await self._sequencer.write(lambda: self._store.save_record(WITHDRAWALS, str(withdrawal_id), text))
