"""What is held besides orders, whatever for, on any account: each found by its id, however many there are.

The core knows what is held now, the store what for. Owns nothing; whoever holds decides what becomes of it.
"""

from __future__ import annotations

from bedesten.domain.commands import ReleaseFunds
from bedesten.domain.events import Rejected
from bedesten.services.ports import Store
from bedesten.services.records import HoldRecord
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.threads import look_ups


class Holds:
    """The holds of every account."""

    def __init__(self, sequencer: Sequencer, store: Store) -> None:
        self._sequencer = sequencer
        self._store = store

    async def open(self, account: int | None = None, *, limit: int) -> list[HoldRecord]:
        """Return the newest of what is held now, of one account or of all, oldest first."""
        rows = await self._sequencer.read(lambda machine: machine.all_holds())
        chosen = [hold_id for hold_id, owner, *_ in rows if account in (None, owner)][-limit:]
        await self._sequencer.settled()
        return [row for row in await look_ups.run(self._store.holds_by_id, chosen) if not row.ended_ns]

    async def find(self, hold_id: int) -> HoldRecord | None:
        """Return what is held now under an id."""
        if await self._sequencer.read(lambda machine: machine.hold(hold_id)) is None:
            return None
        await self._sequencer.settled()
        rows = await look_ups.run(self._store.holds_by_id, [hold_id])
        return rows[0] if rows else None

    async def release(self, row: HoldRecord) -> bool:
        """Give it back to its account; False: it ended already.

        Raises: Overloaded, Stopped.
        """
        result = await self._sequencer.submit(ReleaseFunds(account=row.account, hold_id=row.hold_id))
        return not any(isinstance(event, Rejected) for event in result.events)
