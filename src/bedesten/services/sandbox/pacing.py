"""Pacing: a clock that is advanced visits every instant for which somebody sleeps, and the venue settles at each.

One leap is not the same: what speaks every second would speak once. A leap is there for days, and says so in its answer. Never
goes back. Invariant: when an advance is answered, what it set off has ended.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

import msgspec

from bedesten.clock import SteppableClock
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.services.sandbox.settling import Settling
from bedesten.services.sequencing.sequencer import Sequencer

STEPS_MAX: Final = 100_000  # in one advance: some seven hours of a busy demo, and minutes of work
LONGEST_NS: Final = 366 * 24 * 3_600 * 1_000_000_000  # of one advance


class Advanced(msgspec.Struct, frozen=True):
    """What an advance came to. Units: nanoseconds of Unix time."""

    now_ns: int
    steps: int  # instants that were visited, the last one included
    commands: int  # that the venue was given meanwhile
    pace: str
    found: bool = True  # of `until`: whether it came true


class Pacer:
    """Moves one venue's clock."""

    def __init__(self, clock: SteppableClock, sequencer: Sequencer, settling: Settling) -> None:
        self._clock = clock
        self._sequencer = sequencer
        self._settling = settling
        self.on_move: Callable[[int], None] = lambda by_ns: None  # called before the clock is moved
        self._moving = asyncio.Lock()

    def now_ns(self) -> int:
        """Return where the clock stands."""
        return self._clock.now_ns()

    async def advance(self, duration_ns: int, *, leap: bool = False) -> Advanced:
        """Move on by *duration_ns* and return when the venue has settled there.

        Raises: SandboxRefused, for a duration that is negative or longer than LONGEST_NS, and at the instant at which an
        advance has taken STEPS_MAX steps.
        """
        return await self._move(duration_ns, leap=leap, is_true=None)

    async def next(self, within_ns: int) -> Advanced:
        """Move on to the next instant at which anything is due, by *within_ns* at most. Raises: as `advance`."""
        looks = itertools.count()
        return await self._move(within_ns, leap=False, is_true=lambda: next(looks) > 0)

    async def until(self, is_true: Callable[[], bool], within_ns: int) -> Advanced:
        """Move on to the first instant at which *is_true*; by *within_ns* where it does not come true. Raises: as `advance`."""
        return await self._move(within_ns, leap=False, is_true=is_true)

    async def _move(self, duration_ns: int, *, leap: bool, is_true: Callable[[], bool] | None) -> Advanced:
        if not 0 <= duration_ns <= LONGEST_NS:
            raise SandboxRefused("time moves forward, and by a year at most")
        async with self._moving:
            await self._settling.settle()
            seq = self._sequencer.state.machine.seq
            target_ns = self._clock.now_ns() + duration_ns
            steps, found = (
                (0, True) if is_true is not None and is_true() else await self._steps(target_ns, leap, is_true)
            )
            commands = self._sequencer.state.machine.seq - seq
            return Advanced(self._clock.now_ns(), steps, commands, "leap" if leap else "step", found)

    async def _steps(self, target_ns: int, leap: bool, is_true: Callable[[], bool] | None) -> tuple[int, bool]:
        steps = 0
        while (steps := steps + 1) <= STEPS_MAX:
            next_ns = None if leap else self._clock.next_ns()
            is_last = next_ns is None or next_ns > target_ns
            instant_ns = target_ns if next_ns is None or is_last else next_ns
            by_ns = max(0, instant_ns - self._clock.now_ns())
            self.on_move(by_ns)
            self._clock.advance(by_ns)
            await self._settling.settle()
            if is_true is not None and is_true():
                return steps, True
            if is_last:
                return steps, is_true is None
        raise SandboxRefused(
            f"{STEPS_MAX} steps were taken and the clock stands {(target_ns - self._clock.now_ns()) // 1_000_000_000} s "
            'before the end: go on from there, or take pace "leap" for days'
        )
