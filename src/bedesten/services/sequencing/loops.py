"""The loops beside the sequencer: what becomes of one whose round fails, and who is told.

Owns which parts of which loops fail now. A failure of the world (busy, a store that cannot be read) costs the part that met it,
and is tried again after a pause; a venue that has stopped ends the loop, and a broken invariant ends the venue. Invariant: work
that somebody brought is done by a task that runs, for as long as the venue does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextvars import Context
from typing import Final, NamedTuple, TypeVar

from bedesten.clock import Clock
from bedesten.core import InvariantError
from bedesten.services.errors import ServiceError, Stopped

PAUSE_NS: Final = (
    1_000_000_000  # after a round that failed: a disk that comes back is used at once, one that does not costs little
)
PATIENCE_NS: Final = 10_000_000_000  # before health speaks of it: a venue that was busy for a moment is not ill
WORDS_CHARS_MAX: Final = 200  # of a failure, where health tells it

T = TypeVar("T")

_log = logging.getLogger("bedesten.loops")


class Failing(NamedTuple):
    """A part of a loop that fails, and since when."""

    since_ns: int
    words: str


class Loops:
    """Every loop of one venue. *stop* is called with a broken invariant."""

    def __init__(self, clock: Clock, stop: Callable[[BaseException], None] = lambda error: None) -> None:
        self.failures: Counter[str] = Counter()  # rounds that failed, by loop
        self.names: dict[str, None] = {}  # every loop that ever ran
        self._clock = clock
        self._stop = stop
        self._failing: dict[tuple[str, str], Failing] = {}  # by loop and part

    # ── running ──

    async def keep(self, loop: str, step: Callable[[], Awaitable[int]]) -> None:
        """Do *step* again and again for as long as the venue runs; it returns the instant of the next one.

        Raises: what nobody foresaw; InvariantError, when the venue has stopped already.
        """
        while True:
            next_ns = 0
            try:
                with self.guard(loop):
                    next_ns = await step()
            except Stopped:
                return
            await self._clock.sleep_until_ns(next_ns or self._clock.now_ns() + PAUSE_NS)

    @contextlib.contextmanager
    def guard(self, loop: str, part: str = "", *, bugs_too: bool = False) -> Iterator[None]:
        """Let what is done inside fail alone: it is logged when it begins to fail, counted, and told by health.

        *bugs_too*: also what nobody foresaw; for what only shows, and moves no money.
        Raises: Stopped; InvariantError, after the venue was stopped; without *bugs_too* what is no ServiceError.
        """
        self.names[loop] = None
        try:
            yield
        except Stopped:
            raise
        except InvariantError as error:
            self._stop(error)
            raise
        except ServiceError as error:
            self._failed(loop, part, error)
        except Exception as error:
            if not bugs_too:
                raise
            self._failed(loop, part, error)
        else:
            self.forget(loop, part)

    async def pause(self) -> None:
        """Wait before something that failed is tried again."""
        await self._clock.sleep_until_ns(self._clock.now_ns() + PAUSE_NS)

    # ── what fails ──

    def is_failing(self, loop: str, part: str = "") -> bool:
        """Return whether the last time that a part was tried, it failed."""
        return (loop, part) in self._failing

    def forget(self, loop: str, part: str = "") -> None:
        """Take a part for well: it is, or it is no more."""
        if self._failing.pop((loop, part), None) is not None:
            _log.info("%s: goes on", _named(loop, part))

    def failing(self) -> dict[str, int]:
        """Return how many parts of each loop fail now."""
        counts = Counter(loop for loop, _ in self._failing)
        return {loop: counts[loop] for loop in self.names}

    def health(self) -> str | None:
        """Return what has been failing for longer than a busy moment, or None."""
        now_ns = self._clock.now_ns()
        for (loop, part), failing in self._failing.items():
            if (since_ns := now_ns - failing.since_ns) >= PATIENCE_NS:
                return f"{_named(loop, part)} has been failing for {since_ns // 1_000_000_000} s: {failing.words}"
        return None

    def _failed(self, loop: str, part: str, error: Exception) -> None:
        self.failures[loop] += 1
        if (loop, part) in self._failing:
            return  # said already
        words = str(error)[:WORDS_CHARS_MAX] or type(error).__name__
        self._failing[loop, part] = Failing(self._clock.now_ns(), words)
        foreseen = isinstance(error, ServiceError)
        _log.error("%s failed, and is tried again: %s", _named(loop, part), words, exc_info=None if foreseen else error)


class Work:
    """What a loop does whenever there is something to do: never twice at once, never left lying.

    The task is let go of in the same step in which it finds nothing left: who brings work finds it either running, and then it
    looks again, or gone, and then another one starts.
    """

    __slots__ = ("_is_due", "_loop", "_loops", "_part", "_step", "_task")

    def __init__(
        self, loops: Loops, loop: str, is_due: Callable[[], bool], step: Callable[[], Awaitable[None]], part: str = ""
    ) -> None:
        self._loops = loops
        self._loop = loop
        self._part = part
        self._is_due = is_due
        self._step = step
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """See to what there is to do, unless somebody does already."""
        if self._task is None:
            # In a context of its own: who brings the work may be a request, on whose word nothing else is done.
            name, loop = f"{self._loop} {self._part}".strip(), asyncio.get_running_loop()
            self._task = loop.create_task(self._run(), name=name, context=Context())

    async def _run(self) -> None:
        try:
            while self._is_due():
                with self._loops.guard(self._loop, self._part, bugs_too=True):
                    await self._step()
                if self._loops.is_failing(self._loop, self._part):
                    await self._loops.pause()
        except (Stopped, InvariantError):
            pass  # nothing changes any more
        finally:
            self._task = None
            self._loops.forget(self._loop, self._part)


async def each_alone(items: Iterable[T], look: Callable[[T], Awaitable[object]]) -> None:
    """Look at every item; one that fails keeps none of the others from its turn.

    Raises: the first failure, when all had their turn; Stopped, and what is no ServiceError, at once.
    """
    failed: ServiceError | None = None
    for item in items:
        try:
            await look(item)
        except Stopped:
            raise
        except ServiceError as error:
            failed = failed or error
    if failed is not None:
        raise failed


def _named(loop: str, part: str) -> str:
    return f"{loop} ({part})" if part else loop
