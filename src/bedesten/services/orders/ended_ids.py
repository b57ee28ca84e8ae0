"""Under which client ids an account's orders ended lately: so that a new id is known for new without a look into the store.

Remembers client references by account, from the first time that somebody asks for the account: then its last day is read once,
and commits are followed. Invariant: what it has not for new may be new all the same; what it has for new is. Bounded: an account
with more than OF_ONE_MAX is not kept, and those asked for longest ago give way to others.
"""

from __future__ import annotations

from typing import Final

from bedesten.clock import Clock
from bedesten.services.ports import Rows
from bedesten.services.sequencing.sequencer import Committed
from bedesten.services.threads import histories

KEPT_NS: Final = 24 * 3_600 * 1_000_000_000
OF_ONE_MAX: Final = 20_000  # orders of an account that end in a day, under ids of its own: one every four seconds
ACCOUNTS_MAX: Final = 2_000  # that are remembered: some 40 MB when each has hundreds


class EndedIds:
    """The references of orders that ended in the last day, of the accounts that were asked for."""

    def __init__(self, rows: Rows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock
        self._known: dict[
            int, dict[int, int]
        ] = {}  # account → reference → when it ended last; asked for longest ago first
        self._reading: set[int] = set()

    def note(self, committed: Committed) -> None:
        """Take in what ended with a commit."""
        for order in committed.closed:
            if order.client_ref and (known := self._known.get(order.account)) is not None:
                known.pop(order.client_ref, None)
                known[order.client_ref] = committed.time_ns
                self._prune(order.account, known)

    async def is_new(self, account: int, reference: int) -> bool:
        """Return whether no order of the account ended under *reference* in the last day, for sure.

        Raises: StoreFailure, Overloaded.
        """
        if account in self._reading:
            return False
        known = self._known.pop(account, None)
        if known is None:
            known = await self._read(account)
            if known is None:
                return False
        self._known[account] = known
        return known.get(reference, 0) <= self._clock.now_ns() - KEPT_NS

    async def _read(self, account: int) -> dict[int, int] | None:
        """Return what is remembered of an account from now on; None: too much for that."""
        while len(self._known) >= ACCOUNTS_MAX:
            del self._known[next(iter(self._known))]
        followed = self._known[account] = {}  # by commits, while the store is read
        self._reading.add(account)
        try:
            since_ns = self._clock.now_ns() - KEPT_NS
            rows = await histories.run(self._rows.orders, account, start_ns=max(since_ns, 0), limit=OF_ONE_MAX)
        finally:
            self._reading.discard(account)
            self._known.pop(account, None)
        if len(rows) == OF_ONE_MAX:
            return None
        found = {row.order.client_ref: row.order.updated_ns for row in reversed(rows) if row.order.client_ref}
        return found | followed

    def _prune(self, account: int, known: dict[int, int]) -> None:
        since_ns = self._clock.now_ns() - KEPT_NS
        while known and next(iter(known.values())) <= since_ns:
            del known[next(iter(known))]
        if len(known) > OF_ONE_MAX and account not in self._reading:
            del self._known[account]
