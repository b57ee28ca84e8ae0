"""A venue from start to stop.

The order matters. The port is taken first and the data directory second, so that a start that cannot work changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Callable

import msgspec

from bedesten.bootstrap import kill_points
from bedesten.bootstrap.checks import Say, check_extras, check_interpreter
from bedesten.bootstrap.dialects import check_dialects, make_dialects
from bedesten.bootstrap.roles import SINGLE
from bedesten.bootstrap.running import Running
from bedesten.bootstrap.sandboxes import chance_of, claim, clock_of
from bedesten.bootstrap.stores import open_store, opened
from bedesten.bootstrap.templates import Template
from bedesten.bootstrap.venue import running_venue
from bedesten.bootstrap.venue_files import Start, choose_venue_file, read_venue_file
from bedesten.bootstrap.wire import take_port
from bedesten.clock import Clock, ManualClock, OffsetClock, SystemClock
from bedesten.config import Settings
from bedesten.services.errors import StoreFailure
from bedesten.services.log import recover
from bedesten.services.sandbox.states import States
from bedesten.services.sequencing.clock_check import clock_health
from bedesten.services.sequencing.state import VenueState
from bedesten.services.venue import Venue

Replaying = Callable[[], contextlib.AbstractContextManager[Callable[[int], None]]]

_log = logging.getLogger("bedesten.bootstrap")


def unseen() -> contextlib.AbstractContextManager[Callable[[int], None]]:
    """Show nobody how far recovery is."""
    return contextlib.nullcontext(lambda done: None)


@contextlib.asynccontextmanager
async def serve(
    settings: Settings, say: Say, clock: Clock | None = None, replaying: Replaying = unseen,
    template: Template | None = None, listener: socket.socket | None = None, states: States | None = None,
) -> AsyncIterator[Running]:  # fmt: skip
    """Start everything, yield it once it answers, and stop it in good order. *replaying* shows how far recovery is.

    *template*: begin where it was taken. *listener*: a socket that listens already, in the place of the settings' port.
    *states*: what a sandbox's driver may have it begun again from.

    Raises: StartRefused, ConfigError, StoreFailure, OSError.
    """
    check_interpreter()
    venue_file = read_venue_file(settings)
    check_dialects(venue_file)
    check_extras(SINGLE, settings, venue_file, say)
    trap = kill_points.armed(say)
    listener = listener or take_port(settings)
    clock = clock or clock_of(
        settings if template is None else msgspec.structs.replace(settings, start_ns=template.now_ns)
    )
    failure: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def fail(error: BaseException) -> None:
        if not failure.done():
            failure.set_result(error)

    with contextlib.closing(listener), opened(settings, say, trap, template) as store:
        newest = store.vault.snapshots.newest()
        with replaying() as done:
            state = recover(store.log, store.vault.snapshots, kill_points.on_replay(trap, done))
        served = claim(settings, state)
        start = choose(settings, state, say)
        if settings.sandbox and isinstance(clock, ManualClock | OffsetClock):
            stood_ns = state.time_ns if template is None else template.now_ns
            clock.advance(max(0, stood_ns - clock.now_ns()))  # time goes on where it stood, and never back
        warn_of_time(say, state, clock)
        chance = chance_of(settings, 0 if template is None else template.draws)
        async with running_venue(settings, store, state, start, clock, fail, chance, served) as venue:
            if template is not None:
                venue.sequencer.deadlines.resume(template.advanced_ns)
            kill_points.on_commits(trap, venue)
            running = Running(
                settings=settings, venue=venue, venue_file=start.file, store=store, listener=listener, failure=failure,
                newest_snapshot=newest.seq if newest else 0, origin=template, states=states,
                dialects=make_dialects(start.file, is_demo=settings.demo),
            )  # fmt: skip
            async with _parts(running):
                yield running


@contextlib.asynccontextmanager
async def _parts(running: Running) -> AsyncIterator[None]:
    async with contextlib.AsyncExitStack() as stack:
        for part in SINGLE:
            if part.is_wanted(running.settings):
                await stack.enter_async_context(part.run(running))
        yield


def choose(settings: Settings, state: VenueState, say: Say) -> Start:
    """Return the venue file to start with, and say what a new one may not contain. Raises: ConfigError, ChangeRefused."""
    start = choose_venue_file(settings, state)
    for notice in start.notices:
        say(f"notice: {notice}")
        _log.warning("%s", notice)
    return start


def warn_of_time(say: Say, state: VenueState, clock: Clock) -> None:
    """Say when the journal's last command is later than the clock's time by more than it may be."""
    wrong = clock_health(state.time_ns, clock)
    if wrong is not None:
        say(f"warning: {wrong}")
        _log.error("%s", wrong)


@contextlib.asynccontextmanager
async def offline_venue(settings: Settings, say: Say) -> AsyncIterator[Venue]:
    """Yield the venue of a data directory that no server runs on, and close it.

    Raises: StartRefused, ConfigError, StoreFailure.
    """
    check_interpreter()
    read_venue_file(settings)
    failures: list[BaseException] = []
    with open_store(settings, say) as store:
        state = recover(store.log, store.vault.snapshots)
        start = choose(settings, state, say)
        clock = SystemClock()
        warn_of_time(say, state, clock)
        async with running_venue(settings, store, state, start, clock, failures.append) as venue:
            yield venue
    if failures:
        raise StoreFailure(str(failures[0])) from failures[0]
