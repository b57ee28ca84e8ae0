"""The one thread that writes to the store: jobs go in by a queue, one at a time, in order; the loop is told when each is done."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Final

Done = Callable[[BaseException | None], None]

JOBS_MAX: Final = 256  # four times the batches that may be pending; the rest is for rare writes, which may be refused


class Writer:
    """A thread that runs the jobs handed to it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # in C, without a lock of Python's: the loop and the thread meet here for every commit
        self._jobs: queue.SimpleQueue[tuple[Callable[[], None], Done] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="bedesten-writer", daemon=True)
        self._thread.start()

    def put(self, job: Callable[[], None], done: Done) -> None:
        """Have *job* run after those before it; *done* is then called in the event loop, with what it raised.

        Raises: queue.Full when JOBS_MAX are waiting, which the sequencer sees to.
        """
        if self._jobs.qsize() >= JOBS_MAX:
            raise queue.Full
        self._jobs.put((job, done))

    def stop(self) -> None:
        """Return when everything handed over has run."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (handed := self._jobs.get()) is not None:
            job, done = handed
            error: BaseException | None = None
            try:
                job()
            except Exception as failure:  # noqa: BLE001  top of the thread: whoever waits decides what it means
                error = failure
            if self._loop.is_closed():
                return
            self._loop.call_soon_threadsafe(done, error)
