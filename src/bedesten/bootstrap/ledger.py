"""The check, while the venue answers, that every asset's balances sum to zero."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from bedesten.bootstrap.running import Running
from bedesten.clock import ManualClock
from bedesten.services.sequencing.ledger_check import REST, LedgerCheck


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Check again and again, and report the outcome as a part of the venue's health."""
    venue = running.venue
    # Under a manual clock, what happens when must not depend on how long a check takes.
    rest = 0 if isinstance(venue.clock, ManualClock) else REST
    running.check = LedgerCheck(venue.sequencer, venue.clock, venue.loops, rest=rest)
    running.health.add("ledger", running.check.health)
    async with running.task("ledger", running.check.run()):
        yield
