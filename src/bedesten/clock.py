"""Time. The only reader of the wall clock; whatever needs to know or wait for an instant is handed a Clock.

Instants are nanoseconds since the Unix epoch.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from typing import Final, Protocol

NS_PER_S: Final = 1_000_000_000
NAP_S_MAX: Final = 60  # the wall clock may be set meanwhile, so longer sleeps look at it again
DEMO_START_NS: Final = 1_735_689_600 * NS_PER_S  # 2025-01-01T00:00:00Z: where a manual clock starts unless told


class Clock(Protocol):
    """What the venue knows of time."""

    def now_ns(self) -> int:
        """Return the present instant."""
        ...

    async def sleep_until_ns(self, instant_ns: int) -> None:
        """Return once *instant_ns* is not in the future any more."""
        ...


class SystemClock:
    """The machine's own clock."""

    __slots__ = ()

    now_ns = staticmethod(time.time_ns)

    async def sleep_until_ns(self, instant_ns: int) -> None:
        """Return once *instant_ns* is not in the future any more."""
        while (left := instant_ns - self.now_ns()) > 0:  # noqa: ASYNC110  nothing tells when the wall clock is set
            await asyncio.sleep(min(left / NS_PER_S, NAP_S_MAX))


class ManualClock:
    """A clock that moves only when told, and wakes whoever sleeps in the order of their instants."""

    def __init__(self, start_ns: int = DEMO_START_NS) -> None:
        self._now_ns = start_ns
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def now_ns(self) -> int:
        """Return the present instant."""
        return self._now_ns

    async def sleep_until_ns(self, instant_ns: int) -> None:
        """Return once the clock has been advanced to *instant_ns*."""
        if instant_ns <= self._now_ns:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (instant_ns, self._count, woken))
        await woken

    def advance(self, duration_ns: int) -> None:
        """Move on by *duration_ns* and wake everyone whose instant has come, earliest first.

        Raises: ValueError when asked to go back.
        """
        if duration_ns < 0:
            raise ValueError("time does not go back")
        self._now_ns += duration_ns
        while self._sleepers and self._sleepers[0][0] <= self._now_ns:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
