"""Threads for what would hold up the event loop: three bounded pools, so that one kind of work never waits behind another.

Owns the pools, which a process has once. What reads many rows goes to `histories`, what finds one by its name to `look_ups`,
pictures and documents to `pictures`; passwords have threads of their own (customers/passwords.py). Invariant: whoever would wait
behind too many is refused, and nothing was begun.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from bedesten.services.errors import Overloaded

T = TypeVar("T")

HISTORIES_AT_A_TIME: Final = (
    4  # the store answers them one by one; more threads only share the interpreter with the matching
)
LOOK_UPS_AT_A_TIME: Final = 4
PICTURES_AT_A_TIME: Final = 2  # a captcha takes a hundredth of a second, a document the disk's time
WAITING_MAX: Final = 1_024  # of a pool, under way included: seconds of work; beyond it, better refused than late


class Threads:
    """One pool."""

    def __init__(self, name: str, at_a_time: int, waiting_max: int = WAITING_MAX) -> None:
        self.name = name
        self.waiting = 0  # under way included
        self.asked = 0  # who asked and has not been told yet
        self._waiting_max = waiting_max
        self._counting = threading.Lock()
        self._pool = ThreadPoolExecutor(at_a_time, thread_name_prefix=f"bedesten-{name}")

    async def run(self, work: Callable[..., T], *args: Any, **more: Any) -> T:
        """Return what *work* does, in a thread.

        Raises: what it raises; Overloaded when too many wait.
        """
        with self._counting:
            if self.waiting >= self._waiting_max:
                raise Overloaded(f"{self._waiting_max} {self.name} are waiting")
            self.waiting += 1
            self.asked += 1
        running = self._pool.submit(partial(work, *args, **more))
        running.add_done_callback(self._ended)  # before who asked is told, and also where they have gone
        try:
            return await asyncio.wrap_future(running)
        finally:
            with self._counting:
                self.asked -= 1

    def _ended(self, _running: Future[Any]) -> None:
        with self._counting:
            self.waiting -= 1


histories: Final = Threads("histories", HISTORIES_AT_A_TIME)
look_ups: Final = Threads("look-ups", LOOK_UPS_AT_A_TIME)
pictures: Final = Threads("pictures", PICTURES_AT_A_TIME)
