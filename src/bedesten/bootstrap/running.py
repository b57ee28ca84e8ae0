"""A venue that answers, and the parts that it runs with. A part is one entry of a role's list (see roles)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bedesten.bootstrap.sandboxes import Sandbox
from bedesten.bootstrap.templates import Template, taken
from bedesten.config import Settings, VenueFile
from bedesten.server.health import Health
from bedesten.server.traffic import Traffic
from bedesten.services.ports import Store
from bedesten.services.sandbox.states import States
from bedesten.services.sequencing.clock_check import clock_health
from bedesten.services.sequencing.ledger_check import LedgerCheck
from bedesten.services.venue import Venue

if TYPE_CHECKING:
    from bedesten.dialects.contract import Dialect
    from bedesten.server.run import Server
    from bedesten.simulation.demo import Demo

_log = logging.getLogger("bedesten.bootstrap")


@dataclass(kw_only=True)
class Running:
    """One venue: what every part reads, and what parts add for those that come later in the list."""

    settings: Settings
    venue: Venue
    venue_file: VenueFile
    store: Store
    listener: socket.socket
    failure: asyncio.Future[BaseException]  # of the store or the sequencer
    newest_snapshot: int  # the sequence number of its last command; 0: there is none
    origin: Template | None  # what it was begun from
    states: States | None  # what it may be begun again from

    dialects: list[Dialect]
    health: Health = field(default_factory=Health)
    traffic: Traffic = field(default_factory=Traffic)
    documents: dict[str, Callable[[], bytes]] = field(default_factory=dict)  # more JSON documents by path
    metrics: Callable[[], bytes] | None = None  # in Prometheus' text format
    sandbox: Sandbox | None = None
    demo: Demo | None = None
    check: LedgerCheck = field(init=False)
    server: Server = field(init=False)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Add the checks that no part brings."""
        venue, failure = self.venue, self.failure
        self.health.add("store", lambda: str(failure.result()) if failure.done() else None)
        self.health.add("commands", venue.sequencer.health)
        self.health.add("clock", lambda: clock_health(venue.sequencer.state.time_ns, venue.clock))
        self.health.add("loops", venue.loops.health, is_vital=False)
        self.health.add("indexes", venue.indexes.notice, is_vital=False)

    @contextlib.asynccontextmanager
    async def task(self, name: str, work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
        """Run *work* in the background until the block ends; the venue stops when it fails."""
        task = asyncio.create_task(work, name=name)
        self.tasks.append(task)
        try:
            yield
        finally:
            task.cancel()
            (outcome,) = await asyncio.gather(task, return_exceptions=True)
            if isinstance(outcome, Exception):
                _log.error("a background task had failed: %s", outcome)

    async def until_stopped(self, stop: asyncio.Event) -> BaseException | None:
        """Return when asked to stop (None), or with what went wrong."""
        waiting = asyncio.ensure_future(stop.wait())
        # futures are invariant in what they bring, and nobody here looks at that
        watched: set[asyncio.Future[object]] = {waiting, self.failure, *self.tasks}  # type: ignore[arg-type]
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.failure in done:
            return self.failure.result()
        for task in self.tasks:
            if task in done and not task.cancelled() and task.exception() is not None:
                return task.exception()
        return None

    async def template(self) -> Template:
        """Return what other venues can begin from; of a sandbox in memory. Raises: ValueError."""
        if self.sandbox is None or self.settings.directory is not None:
            raise ValueError("a template is taken of a sandbox in memory")
        life = None if self.demo is None else self.demo.life
        return await taken(self.settings, self.venue, self.store, self.sandbox.settling, life)


def _always(settings: Settings) -> bool:
    return True


def _never(settings: Settings, venue_file: VenueFile) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a venue: started by entering what `run` returns, stopped by leaving it."""

    name: str
    run: Callable[[Running], contextlib.AbstractAsyncContextManager[None]]
    is_wanted: Callable[[Settings], bool] = _always
    extra: str = ""  # of the package
    needs_extra: Callable[[Settings, VenueFile], bool] = _never
