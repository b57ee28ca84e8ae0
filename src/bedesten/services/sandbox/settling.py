"""Settling: when everything that a request or a step of the clock set off has come to an end.

Owns the one place that asks asyncio what its tasks wait for. A venue has settled when nothing waits in the sequencer, no work is
in a thread, and each task waits for the clock or for a socket; and when that has held for three turns of the loop, in which
what was queued for sockets is written. What lies unread in a socket is the client's affair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from bedesten.services import threads
from bedesten.services.sequencing.sequencer import Sequencer

QUIET_TURNS: Final = (
    3  # one lets callbacks run that a finished task left, one writes frames, one takes what these set off
)
LOOKED_FROM: Final = 2  # of them: what can run in the first one has its turn before it is looked for
POOLS: Final = (threads.histories, threads.look_ups, threads.pictures)

Tasks = set[asyncio.Task[Any]]


class Settling:
    """Waits for one venue, alone in its event loop, to settle."""

    def __init__(self, sequencer: Sequencer, is_at_work: Callable[[], bool] = lambda: False) -> None:
        """*is_at_work*: whether anything else is done in threads."""
        self._sequencer = sequencer
        self._is_at_work = is_at_work
        self._holding: set[asyncio.Task[Any]] = set()
        self._settling: set[asyncio.Task[Any]] = set()

    async def hold(self) -> None:
        """Return once what the running task has set off is over; it does not wait for others who are held, or who settle."""
        await self._wait(self._holding, lambda: self._holding | self._settling, lambda: self._sequencer.is_deciding)

    async def settle(self) -> None:
        """Return once the venue has settled, and nobody is held any more; it does not wait for others who settle."""
        await self._wait(self._settling, lambda: self._settling, lambda: self._sequencer.is_busy)

    async def _wait(self, among: Tasks, without: Callable[[], Tasks], is_busy: Callable[[], bool]) -> None:
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        is_nested = task in among
        among.add(task)
        try:
            await self._quiet(without, is_busy)
        finally:
            if not is_nested:
                among.discard(task)

    async def _quiet(self, without: Callable[[], Tasks], is_busy: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        turns = 0
        while turns < QUIET_TURNS:
            if is_busy():
                await self._sequencer.quiet()
                turns = 0
            await asyncio.sleep(0)
            turns += 1
            if (
                is_busy()
                or self._is_at_work()
                or any(pool.asked for pool in POOLS)
                or turns >= LOOKED_FROM
                and any(can_run(task) for task in asyncio.all_tasks(loop) - without())
            ):
                turns = 0


def can_run(task: asyncio.Task[Any]) -> bool:
    """Return whether a task goes on in one of the loop's next turns: what it waits for is there."""
    waits_for = task._fut_waiter  # type: ignore[attr-defined]
    return waits_for is None or waits_for.done()
