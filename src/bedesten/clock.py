"""Time. The only reader of the machine's clocks; whatever needs to know or wait for an instant is handed a Clock.

Instants are nanoseconds since the Unix epoch. Invariant of every clock: it never goes back. The system's takes the wall clock at
its start, follows the time since the machine's start from then on, sleep included, and lets the wall clock correct it a little
at a time: who sets the wall clock for two seconds to 2036 leaves no trace in what is stamped.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

NS_PER_S: Final = 1_000_000_000
NAP_S_MAX: Final = 60  # the clock is corrected and the machine may sleep meanwhile, so longer naps look at it again
LOOK_NS: Final = NS_PER_S  # between two looks at the wall clock
CORRECTED_PER_NS: Final = (
    200  # one part in so many: ten times what NTP's own slewing needs, and 1 s is made good in 200
)
CORRECTION_NS_MAX: Final = 50_000_000  # in one look, however long ago the last one was
STEP_TOLD_NS: Final = 500_000_000  # NTP steps beyond 128 ms; below half a second it is nobody's concern
STEP_NS_MAX: Final = (
    60 * NS_PER_S
)  # what a wall clock may be off and still be followed: as much as a client's nonce may
DEMO_START_NS: Final = 1_735_689_600 * NS_PER_S  # 2025-01-01T00:00:00Z: where a manual clock starts unless told

# Linux's BOOTTIME counts sleep, its MONOTONIC does not; where there is no BOOTTIME, MONOTONIC does (macOS).
_since_boot_ns: Final = partial(time.clock_gettime_ns, getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

_UNNAMED: Final = "~"  # behind every name

wall_ns: Final = time.time_ns  # what a sandbox's customers stamp by: the wall clock, as it is

_log = logging.getLogger("bedesten.clock")


class Clock(Protocol):
    """What the venue knows of time."""

    def now_ns(self) -> int:
        """Return the present instant."""
        ...

    def stamped_ns(self) -> int:
        """Return the instant by which customers stamp what they sign: the present one, unless time is a sandbox's."""
        ...

    async def sleep_until_ns(self, instant_ns: int) -> None:
        """Return once *instant_ns* is not in the future any more."""
        ...


class SystemClock:
    """The machine's own clock, without its leaps."""

    __slots__ = ("_ahead_ns", "_elapsed_ns", "_floor_ns", "_look_at_ns", "_looked_ns", "_offset_ns", "_wall_ns")

    def __init__(self, wall_ns: Callable[[], int] = time.time_ns, elapsed_ns: Callable[[], int] | None = None) -> None:
        """*wall_ns*: what can be set; *elapsed_ns*: what only ever goes on, also while the machine sleeps."""
        self._wall_ns = wall_ns
        self._elapsed_ns = elapsed_ns or _since_boot_ns
        self._looked_ns = self._elapsed_ns()
        self._look_at_ns = self._looked_ns + LOOK_NS
        self._offset_ns = wall_ns() - self._looked_ns
        self._floor_ns = 0  # told already: while a correction takes something back, time stands still
        self._ahead_ns = 0  # the wall clock, when last looked at; behind: less than nothing

    def now_ns(self) -> int:
        """Return the present instant."""
        elapsed_ns = self._elapsed_ns()
        if elapsed_ns >= self._look_at_ns:
            self._look(elapsed_ns)
        now_ns = self._offset_ns + elapsed_ns
        floor_ns = self._floor_ns
        return now_ns if now_ns > floor_ns else floor_ns

    def stamped_ns(self) -> int:
        """Return the present instant."""
        return self.now_ns()

    def health(self) -> str | None:
        """Return why the wall clock is not followed, or None."""
        self._look(self._elapsed_ns())
        if abs(self._ahead_ns) <= STEP_NS_MAX:
            return None
        return (
            f"the machine's clock is {_told(self._ahead_ns)} the venue's, which goes by the time since its start: "
            "set the machine's right, or restart the venue if it is"
        )

    def _look(self, elapsed_ns: int) -> None:
        own_ns = self._offset_ns + elapsed_ns
        ahead_ns = self._wall_ns() - own_ns
        if abs(ahead_ns - self._ahead_ns) > STEP_TOLD_NS:
            self._tell_step(ahead_ns)
        if abs(ahead_ns) <= STEP_NS_MAX:
            most_ns = min((elapsed_ns - self._looked_ns) // CORRECTED_PER_NS, CORRECTION_NS_MAX)
            correction_ns = max(-most_ns, min(most_ns, ahead_ns))
            if correction_ns < 0:
                self._floor_ns = max(self._floor_ns, own_ns)
            self._offset_ns += correction_ns
            ahead_ns -= correction_ns
        self._ahead_ns = ahead_ns
        self._looked_ns = elapsed_ns
        self._look_at_ns = elapsed_ns + LOOK_NS

    def _tell_step(self, ahead_ns: int) -> None:
        if abs(ahead_ns) > STEP_NS_MAX:
            does = "the venue does not follow, and goes by the time since its start"
        elif abs(ahead_ns) > STEP_TOLD_NS:
            does = "the venue follows slowly"
        else:
            does = "they agree again"
        step = _told(ahead_ns - self._ahead_ns, ("forward", "back"))
        _log.error("the machine's clock was set %s and is %s the venue's: %s", step, _told(ahead_ns), does)

    async def sleep_until_ns(self, instant_ns: int) -> None:
        """Return once *instant_ns* is not in the future any more."""
        while (left := instant_ns - self.now_ns()) > 0:  # noqa: ASYNC110  nothing tells when the wall clock is set
            await asyncio.sleep(min(left / NS_PER_S, NAP_S_MAX))


def _told(duration_ns: int, words: tuple[str, str] = ("ahead of", "behind")) -> str:
    return f"{abs(duration_ns) / NS_PER_S:,.1f} s {words[duration_ns < 0]}"


class _Sleepers:
    """Who sleeps, by the instant at which each wants to be woken; of one instant, those whose task has a name first, by name.

    So the order does not tell who went to sleep first, in which two venues may differ that are the same.
    """

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, str, int, asyncio.Future[None]]] = []
        self._count = 0

    def add(self, instant_ns: int) -> asyncio.Future[None]:
        """Return a future that ends when *instant_ns* has come."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._heap, (instant_ns, _name(), self._count, woken))
        return woken

    def next_ns(self) -> int | None:
        """Return the earliest instant for which anybody still sleeps."""
        while self._heap and self._heap[0][3].done():
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def wake(self, now_ns: int) -> None:
        """Wake everyone whose instant has come, earliest first."""
        while self._heap and self._heap[0][0] <= now_ns:
            *_, woken = heapq.heappop(self._heap)
            if not woken.done():
                woken.set_result(None)


def _name() -> str:
    task = asyncio.current_task()
    name = "" if task is None else task.get_name()
    return _UNNAMED if name.startswith("Task-") else name


class ManualClock:
    """A clock that moves only when told, and wakes whoever sleeps in the order of their instants."""

    def __init__(self, start_ns: int = DEMO_START_NS, stamps_ns: Callable[[], int] | None = None) -> None:
        """*stamps_ns*: the time by which customers stamp what they sign; None: this clock's own."""
        self._now_ns = start_ns
        self.stamp_by(stamps_ns or self.now_ns)
        self._sleepers = _Sleepers()

    def now_ns(self) -> int:
        """Return the present instant."""
        return self._now_ns

    def stamped_ns(self) -> int:
        """Return the instant by which customers stamp what they sign."""
        return self._stamps_ns()

    def stamp_by(self, stamps_ns: Callable[[], int]) -> None:
        """Let customers stamp what they sign by this time from now on."""
        self._stamps_ns = stamps_ns

    async def sleep_until_ns(self, instant_ns: int) -> None:
        """Return once the clock has been advanced to *instant_ns*."""
        if instant_ns <= self._now_ns:
            await asyncio.sleep(0)
            return
        await self._sleepers.add(instant_ns)

    def next_ns(self) -> int | None:
        """Return the earliest instant for which anybody sleeps."""
        return self._sleepers.next_ns()

    def advance(self, duration_ns: int) -> None:
        """Move on by *duration_ns* and wake everyone whose instant has come, earliest first.

        Raises: ValueError when asked to go back.
        """
        if duration_ns < 0:
            raise ValueError("time does not go back")
        self._now_ns += duration_ns
        self._sleepers.wake(self._now_ns)


class OffsetClock:
    """A clock that runs as another does, ahead of it by what it was advanced."""

    def __init__(self, clock: Clock, stamps_ns: Callable[[], int] | None = None) -> None:
        """*stamps_ns*: the time by which customers stamp what they sign; None: this clock's own."""
        self._clock = clock
        self._stamps_ns = stamps_ns or self.now_ns
        self._ahead_ns = 0
        self._sleepers = _Sleepers()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_ns = 0  # when the timer does

    def now_ns(self) -> int:
        """Return the present instant."""
        return self._clock.now_ns() + self._ahead_ns

    def stamped_ns(self) -> int:
        """Return the instant by which customers stamp what they sign."""
        return self._stamps_ns()

    async def sleep_until_ns(self, instant_ns: int) -> None:
        """Return once *instant_ns* is not in the future any more."""
        if instant_ns <= self.now_ns():
            await asyncio.sleep(0)
            return
        woken = self._sleepers.add(instant_ns)
        self._arm()
        await woken

    def next_ns(self) -> int | None:
        """Return the earliest instant for which anybody sleeps."""
        return self._sleepers.next_ns()

    def advance(self, duration_ns: int) -> None:
        """Move on by *duration_ns* and wake everyone whose instant has come, earliest first.

        Raises: ValueError when asked to go back.
        """
        if duration_ns < 0:
            raise ValueError("time does not go back")
        self._ahead_ns += duration_ns
        self._ring()

    def _ring(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._sleepers.wake(self.now_ns())
        self._arm()

    def _arm(self) -> None:
        next_ns = self._sleepers.next_ns()
        if next_ns is None or (self._timer is not None and self._rings_ns <= next_ns):
            return
        if self._timer is not None:
            self._timer.cancel()
        left_s = min(max(next_ns - self.now_ns(), 0) / NS_PER_S, NAP_S_MAX)
        self._rings_ns = next_ns
        self._timer = asyncio.get_running_loop().call_later(left_s, self._ring)


SteppableClock = ManualClock | OffsetClock
