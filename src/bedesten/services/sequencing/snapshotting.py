"""When state snapshots are made while the venue runs, so that a restart replays little. Made elsewhere: nobody waits for one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from bedesten.clock import Clock
from bedesten.services.sequencing.loops import Loops

COMMANDS_BETWEEN: Final = 500_000  # a restart replays at most some more than these: about a second
LOOK_NS: Final = 10_000_000_000  # between two looks at how many commands there were
LOOP: Final = "snapshots"  # its name where it fails


async def keep_snapshots(
    loops: Loops, clock: Clock, seq: Callable[[], int], newest_seq: int, build: Callable[[], Awaitable[int]]
) -> None:
    """Have a snapshot built whenever COMMANDS_BETWEEN have come since the last; *build* returns the seq it is of.

    One that fails is tried again after as many commands more: the journal alone is enough to restart from.
    """

    async def look() -> int:
        nonlocal newest_seq
        if seq() - newest_seq >= COMMANDS_BETWEEN:
            newest_seq = seq()
            with loops.guard(LOOP, "a build"):
                newest_seq = await build()
        return clock.now_ns() + LOOK_NS

    await clock.sleep_until_ns(clock.now_ns() + LOOK_NS)
    await loops.keep(LOOP, look)
