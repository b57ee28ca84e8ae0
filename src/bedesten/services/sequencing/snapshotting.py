"""When state snapshots are made while the venue runs, so that a restart replays little. Made elsewhere: nobody waits for one."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from bedesten.clock import Clock
from bedesten.services.errors import ServiceError

COMMANDS_BETWEEN: Final = 500_000  # a restart replays at most some more than these: about a second
LOOK_NS: Final = 10_000_000_000  # between two looks at how many commands there were

_log = logging.getLogger("bedesten.services.sequencing.snapshotting")


async def keep_snapshots(
    clock: Clock, seq: Callable[[], int], newest_seq: int, build: Callable[[], Awaitable[int]]
) -> None:
    """Have a snapshot built whenever COMMANDS_BETWEEN have come since the last; *build* returns the seq it is of.

    A failure is logged and tried again after as many commands more: the journal alone is enough to restart from.
    """
    while True:
        await clock.sleep_until_ns(clock.now_ns() + LOOK_NS)
        if seq() - newest_seq < COMMANDS_BETWEEN:
            continue
        newest_seq = seq()
        try:
            newest_seq = await build()
        except ServiceError as error:
            _log.error("no state snapshot was made: %s", error)
