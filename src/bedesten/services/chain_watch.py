"""The watch over the chains: looks at them again and again, for deposits that are due and withdrawals that go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from bedesten.services.venue import Venue

BEAT_NS: Final = 1_000_000_000  # a block takes longer
LOOP: Final = "chains"  # its name where it fails


async def watch_chains(venue: Venue) -> None:
    """Credit deposits and take withdrawals further, for as long as the venue runs."""

    async def look() -> int:
        await beat(venue)
        return venue.clock.now_ns() + BEAT_NS

    await venue.loops.keep(LOOP, look)


async def beat(venue: Venue) -> None:
    """Look once; what fails in one part is left to the next look, and the others go on.

    Raises: Stopped.
    """
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "withdrawals": venue.network_withdrawals.beat,
        "deposits": venue.network_deposits.beat,
    }
    for part, look in parts.items():
        with venue.loops.guard(LOOP, part):
            await look()
