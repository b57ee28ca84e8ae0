"""The kill points of a venue's start and of its commits, for a process that a test ends at one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bedesten.bootstrap.checks import Say, StartRefused
from bedesten.services.venue import Venue
from bedesten.storage import kill_points
from bedesten.storage.kill_points import KillPoint, Trap


def armed(say: Say) -> Trap | None:
    """Return the trap that the environment sets; None without one. Raises: StartRefused."""
    try:
        trap = kill_points.armed()
    except ValueError as error:
        raise StartRefused(str(error)) from None
    if trap is not None:
        say(f"{kill_points.VARIABLE} is set: this process will be killed")
    return trap


def on_replay(trap: Trap | None, done: Callable[[int], None]) -> Callable[[int], None]:
    """Return *done*, followed by the kill point of replayed batches."""
    return done if trap is None else trap.behind(done, KillPoint.REPLAYED)


def on_commits(trap: Trap | None, venue: Venue) -> None:
    """Pass the kill points behind every commit."""
    if trap is None:
        return
    loop = asyncio.get_running_loop()

    def acknowledged() -> None:
        # Nothing has left the process yet: answers leave in the loop's next round, those behind a task in the one after.
        trap.passes(KillPoint.ACKNOWLEDGED)
        loop.call_soon(loop.call_soon, trap.passes, KillPoint.PUBLISHED)

    venue.feeds.watch_commits(lambda committed: acknowledged())
