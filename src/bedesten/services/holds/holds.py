"""What is held besides orders, whatever for, on any account: each found by its id, however many there are.

What is held now is known from the log (fold_holds), what was from the store's rows. Owns nothing; whoever holds decides what
becomes of it. Who waits for a customer's word holds until HELD_NS behind the request: then the core gives it back, unless a
command came before that let it stay.
"""

from __future__ import annotations

import asyncio
from typing import Final

from bedesten.domain.commands import Command, ReleaseFunds, SetHold
from bedesten.domain.events import Rejected
from bedesten.domain.notes import Note
from bedesten.services.holds.confirmations import LIFETIME_NS
from bedesten.services.holds.fold_holds import HoldsFold, OpenHold
from bedesten.services.ports import Rows
from bedesten.services.sequencing.sequencer import Result, Sequencer
from bedesten.services.store_types import HoldRecord
from bedesten.services.threads import look_ups

HELD_NS: Final = 2 * LIFETIME_NS  # after which no code can confirm a request any more


class Holds:
    """The holds of every account."""

    def __init__(self, sequencer: Sequencer, rows: Rows) -> None:
        self._sequencer = sequencer
        self._rows = rows
        self._fold = sequencer.state.folds.of(HoldsFold)
        self._taking: dict[int, asyncio.Future[Result]] = {}  # the step that is being taken of a hold

    def held(self, hold_id: int) -> OpenHold | None:
        """Return what is held under an id, as it is applied: to decide by, not yet to be told."""
        return self._fold.by_id.get(hold_id)

    def held_for(self, kind: type[Note]) -> list[OpenHold]:
        """Return what is held for something of that kind, oldest first, as it is applied."""
        return [hold for hold in self._fold.by_id.values() if isinstance(hold.asked, kind)]

    async def turn(self, hold_id: int) -> OpenHold | None:
        """Return a hold when no step of it is being taken; None: it has ended."""
        while (under_way := self._taking.get(hold_id)) is not None:
            await asyncio.wait([under_way])
        return self._fold.by_id.get(hold_id)

    async def take(self, hold: OpenHold, command: Command, *notes: Note) -> bool:
        """Take a step of a hold whose turn it is; others wait until it is done. False: the hold has ended, nothing was done.

        Raises: Overloaded, Stopped.
        """
        step = self._sequencer.submit(command, notes=notes)
        self._taking[hold.hold_id] = step
        step.add_done_callback(lambda _: self._taking.pop(hold.hold_id))
        result = await asyncio.shield(step)
        return not any(isinstance(event, Rejected) for event in result.events)

    async def set_expiry(self, hold: OpenHold, expires_ns: int, *notes: Note) -> bool:
        """Change when a hold is given back by itself (0: never), and say why; False: it has ended, and nothing was said.

        Raises: Overloaded, Stopped.
        """
        command = SetHold(account=hold.account, hold_id=hold.hold_id, expires_ns=expires_ns)
        result = await self._sequencer.submit(command, notes=notes)
        return not any(
            isinstance(event, Rejected) or getattr(event, "cause", 0)
            for event in result.events
            if getattr(event, "hold_id", hold.hold_id) == hold.hold_id
        )

    async def open(self, account: int | None = None, *, limit: int) -> list[HoldRecord]:
        """Return the newest of what is held now, of one account or of all, oldest first."""
        rows = await self._sequencer.read(lambda machine: machine.all_holds())
        chosen = [hold_id for hold_id, owner, *_ in rows if account in (None, owner)][-limit:]
        await self._sequencer.settled()
        return [row for row in await look_ups.run(self._rows.holds_by_id, chosen) if not row.ended_ns]

    async def find(self, hold_id: int) -> HoldRecord | None:
        """Return what is held now under an id."""
        if await self._sequencer.read(lambda machine: machine.hold(hold_id)) is None:
            return None
        await self._sequencer.settled()
        rows = await look_ups.run(self._rows.holds_by_id, [hold_id])
        return rows[0] if rows else None

    async def release(self, row: HoldRecord) -> bool:
        """Give it back to its account; False: it ended already.

        Raises: Overloaded, Stopped.
        """
        result = await self._sequencer.submit(ReleaseFunds(account=row.account, hold_id=row.hold_id))
        return not any(isinstance(event, Rejected) for event in result.events)
