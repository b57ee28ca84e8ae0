"""A venue in a thread with an event loop of its own, so that blocking and asynchronous tests use it alike.

Owns the thread and the way into its loop. Whoever calls in waits for the answer; the venue's own loop never waits for a test.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

import uvloop

from bedesten.bootstrap.lives import live
from bedesten.bootstrap.running import Running
from bedesten.bootstrap.sandboxes import Sandbox
from bedesten.bootstrap.templates import Template
from bedesten.config import Settings
from bedesten.services.sandbox.states import States

T = TypeVar("T")

LoopFactory = Callable[[], asyncio.AbstractEventLoop]
CALL_S_MAX: Final = 600.0  # an hour of a busy demo, stepped, on a slow machine; then the test fails rather than hangs


class Host:
    """One venue and its thread."""

    def __init__(
        self, settings: Settings, template: Template | None = None, *, loop_factory: LoopFactory = uvloop.new_event_loop
    ) -> None:
        """Return once the venue answers, begun from *template* if there is one.

        Raises: StartRefused, ConfigError, StoreFailure, OSError.
        """
        self._settings = settings
        self._template = template
        self._loop_factory = loop_factory
        self._ready = threading.Event()
        self._refused: BaseException | None = None
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="bedesten-venue", daemon=True)
        self._thread.start()
        self._ready.wait()
        self._check_started()

    def _check_started(self) -> None:
        if self._refused is not None:
            self._thread.join()
            raise self._refused

    @property
    def running(self) -> Running:
        """The venue as it lives now; where it is just begun again, once it answers."""
        if threading.current_thread() is not self._thread:
            self._ready.wait()
        return self._running

    @property
    def url(self) -> str:
        """Where the venue answers."""
        return self.running.server.url

    @property
    def sandbox(self) -> Sandbox:
        """What moves it."""
        assert self.running.sandbox is not None, "the settings say sandbox"
        return self.running.sandbox

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what *work* does in the venue's loop. Raises: what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_S_MAX)

    async def call_async(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what `call` does, without holding up the loop it is awaited in."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def look(self, ask: Callable[[], T]) -> T:
        """Return what *ask* finds, asked in the venue's loop between two of its steps."""

        async def asked() -> T:
            return ask()

        return self.call(asked())

    def begin_again(self, ask: Callable[[States], Awaitable[None]]) -> None:
        """Have the venue begun again, as *ask* does at the states that are kept; return once it answers.

        Raises: what *ask* and beginning it raise.
        """

        async def asked() -> None:
            assert self.running.states is not None, "a host serves with states"
            await ask(self.running.states)

        self.call(asked())
        self._ready.wait()
        self._check_started()

    def stop(self) -> BaseException | None:
        """Stop the venue in good order; return what had failed in it, if anything had."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        return self._failed

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._serve())
        except BaseException as error:  # noqa: BLE001  the top of the thread: whoever started it is told
            if self._ready.is_set():
                self._failed = error
            else:
                self._refused = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._failed = await live(
            self._settings,
            lambda said: None,
            self._stop,
            self._begun,
            Host,
            template=self._template,
            ending=self._ready.clear,
        )

    async def _begun(self, running: Running) -> None:
        self._running = running
        if running.sandbox is not None:
            await running.sandbox.settling.settle()
        self._ready.set()
