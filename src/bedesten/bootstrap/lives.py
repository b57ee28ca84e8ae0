"""The lives of a venue: it is served, and where its driver asks for it, begun again from another state at the same address.

Owns the door, which stays open between two lives: who connects in between waits a moment, and is not refused. A venue that is
no sandbox lives once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import msgspec

from bedesten.bootstrap.checks import Say
from bedesten.bootstrap.running import Running
from bedesten.bootstrap.serving import Replaying, serve, unseen
from bedesten.bootstrap.templates import Template
from bedesten.bootstrap.wire import take_port
from bedesten.config import Settings
from bedesten.services.sandbox.refusals import NotThere, SandboxRefused
from bedesten.services.sandbox.states import FORKS_MAX, STATES_MAX, check_name


class Fork(Protocol):
    """A venue of its own, in a thread of its own (bedesten.bootstrap.host)."""

    @property
    def url(self) -> str:
        """Where it answers."""
        ...

    def stop(self) -> BaseException | None:
        """Stop it in good order; return what had failed in it."""
        ...


BeginFork = Callable[[Settings, Template], Fork]


class Lives:
    """services.sandbox.states.States, over one address."""

    def __init__(self, settings: Settings, template: Template | None, begin_fork: BeginFork) -> None:
        """*template*: what the first life begins from; None: nothing."""
        self.settings = settings  # of the next life
        self.template = template
        self._first = settings, template
        self._begin_fork = begin_fork
        self._kept: dict[str, Template] = {}
        self._forks: dict[str, Fork] = {}
        self._keeping = asyncio.Lock()  # what is counted against a bound is kept before the next is counted
        self._taken: Callable[[], Awaitable[Template]]
        self._left: Callable[[], Awaitable[Any]]
        self._next: asyncio.Future[None]

    def attend(self, taken: Callable[[], Awaitable[Template]], left: Callable[[], Awaitable[Any]]) -> None:
        """Begin a life."""
        self._taken, self._left = taken, left
        self._next = asyncio.get_running_loop().create_future()

    async def live(self, running: Running, stop: asyncio.Event) -> BaseException | None:
        """Return when the venue is asked to stop (None), has failed (with what), or is to begin again (see `goes_on`)."""
        stopped = asyncio.ensure_future(running.until_stopped(stop))
        waited: set[asyncio.Future[Any]] = {stopped, self._next}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            stopped.cancel()
            return None
        self._next.cancel()
        return stopped.result()

    @property
    def goes_on(self) -> bool:
        """Whether another life was asked for."""
        return self._next.done() and not self._next.cancelled()

    def end(self) -> None:
        """Stop every copy."""
        for fork in self._forks.values():
            fork.stop()
        self._forks.clear()

    # ── what the driver asks ──

    def names(self) -> list[str]:
        """Return the names under which a state is kept."""
        return sorted(self._kept)

    def forks(self) -> list[str]:
        """Return where copies answer."""
        return sorted(self._forks)

    async def save(self, name: str) -> None:
        """Keep everything as it stands. Raises: SandboxRefused."""
        check_name(name)
        async with self._keeping:
            if name not in self._kept and len(self._kept) >= STATES_MAX:
                raise SandboxRefused(f"{STATES_MAX} states are saved")
            self._check_memory()
            self._kept[name] = await self._taken()

    async def restore(self, name: str) -> None:
        """Begin again from what was kept; return when only the next life takes connections. Raises: NotThere, SandboxRefused."""
        if name not in self._kept:
            raise NotThere(f"no state {name[:64]!r} was saved")
        await self._begin(self._first[0], self._kept[name])

    async def reset(self, seed: int | None = None) -> None:
        """Begin again as at the first time, or from another seed; return as `restore` does. Raises: SandboxRefused."""
        settings, template = self._first
        if seed is None:
            await self._begin(settings, template)
        else:
            await self._begin(msgspec.structs.replace(settings, seed=seed), None)

    async def fork(self) -> str:
        """Begin a copy. Raises: SandboxRefused."""
        async with self._keeping:
            if len(self._forks) >= FORKS_MAX:
                raise SandboxRefused(f"{FORKS_MAX} copies answer already; end one of them first")
            self._check_memory()
            template = await self._taken()
            settings = msgspec.structs.replace(self.settings, port=0, transcript="", scenario="")
            fork = await asyncio.to_thread(self._begin_fork, settings, template)
            self._forks[fork.url] = fork
            return fork.url

    async def end_fork(self, url: str) -> None:
        """Stop a copy. Raises: NotThere."""
        fork = self._forks.pop(url, None)
        if fork is None:
            raise NotThere(f"no copy answers at {url[:64]!r}")
        await asyncio.to_thread(fork.stop)

    async def _begin(self, settings: Settings, template: Template | None) -> None:
        self._check_memory()
        if self._next.done():
            raise SandboxRefused("the venue begins again already")
        self.settings, self.template = settings, template
        self._next.set_result(None)
        await self._left()

    def _check_memory(self) -> None:
        directory = self.settings.directory
        if directory is not None:
            raise SandboxRefused(
                f"{directory} stays what happened in it; states are of a sandbox in memory: serve it with --data :memory:"
            )


async def live(
    settings: Settings, say: Say, stop: asyncio.Event, begun: Callable[[Running], Awaitable[None]], begin_fork: BeginFork,
    *, template: Template | None = None, replaying: Replaying = unseen, ending: Callable[[], None] = lambda: None,
) -> BaseException | None:  # fmt: skip
    """Serve a venue until *stop*, as often as its driver begins it again; return what failed, if anything did.

    *begun* is awaited each time that it answers, and *ending* called when it is begun again. Raises: as `serve`.
    """
    if not settings.sandbox:
        async with serve(settings, say, replaying=replaying) as running:
            await begun(running)
            return await running.until_stopped(stop)
    with contextlib.closing(take_port(settings)) as door:
        lives = Lives(msgspec.structs.replace(settings, port=door.getsockname()[1]), template, begin_fork)
        try:
            while True:
                async with serve(
                    lives.settings, say, replaying=replaying, template=lives.template, listener=door.dup(), states=lives
                ) as running:
                    await begun(running)
                    failure = await lives.live(running, stop)
                    if lives.goes_on:
                        ending()
                if failure is not None or not lives.goes_on:
                    return failure
        finally:
            await asyncio.to_thread(lives.end)
