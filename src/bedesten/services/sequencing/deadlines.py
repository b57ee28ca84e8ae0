"""What is due: the alarm that has time made known to the core when its earliest deadline comes, though nobody asks anything."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from bedesten.clock import Clock
from bedesten.services.errors import Overloaded, Stopped

PAUSE_NS: Final = 1_000_000  # between two looks at what is due, so that many short-lived orders share one


class Deadlines:
    """One alarm, set to the earliest deadline that the core tells."""

    def __init__(
        self, clock: Clock, next_deadline_ns: Callable[[], int], advance: Callable[[], Awaitable[object]]
    ) -> None:
        self._clock = clock
        self._next_deadline_ns = next_deadline_ns
        self._advance = advance
        self._task: asyncio.Task[None] | None = None
        self._instant_ns = 0  # when the alarm goes off; 0: it is not set
        self.advanced_ns = 0  # when time was last advanced for what was due

    def arm(self) -> None:
        """Set the alarm; one that goes off earlier than needed looks again, so only a new earliest deadline costs anything."""
        deadline_ns = self._next_deadline_ns()
        if not deadline_ns or (self._instant_ns and self._instant_ns <= deadline_ns):
            return
        if self._instant_ns:
            self.disarm()
        self._instant_ns = max(deadline_ns, self.advanced_ns + PAUSE_NS)
        self._task = asyncio.get_running_loop().create_task(self._ring(self._instant_ns), name="deadlines")

    def resume(self, advanced_ns: int) -> None:
        """Go on as one that advanced time at *advanced_ns*."""
        self.advanced_ns = advanced_ns
        self.disarm()
        self.arm()

    def disarm(self) -> None:
        """Cancel the timer."""
        if self._task is not None:
            self._task.cancel()
        self._instant_ns = 0

    async def _ring(self, instant_ns: int) -> None:
        await self._clock.sleep_until_ns(instant_ns)
        self._instant_ns = 0
        now_ns, deadline_ns = self._clock.now_ns(), self._next_deadline_ns()
        if not 0 < deadline_ns <= now_ns:
            self.arm()
            return
        self.advanced_ns = now_ns
        # Stopped: the next start ends what is due. Overloaded: any command of the many that wait does.
        with contextlib.suppress(Stopped, Overloaded):
            await self._advance()
