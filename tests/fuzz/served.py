"""A venue on a real port in a thread of its own, as wide open as it gets: no rate limits, a customer who may do everything."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from bedesten.bootstrap import make_dialects
from bedesten.clock import SystemClock
from bedesten.config import demo_venue_file
from bedesten.dialects.contract import Dialect, Endpoint, Limit
from bedesten.server.app import App
from bedesten.server.run import Server, run
from tests.security.stand import Credentials, Sent, Stand, signed, standing

NO_LIMIT: Final = Limit((), blocks_ns=())
START_S: Final = 20


@dataclass
class Served:
    """A running venue and who may ask it."""

    url: str
    who: Credentials
    stand: Stand
    tokens: dict[str, str]  # by the path that gives them

    def proof(self, dialect: Dialect, endpoint: Endpoint, sent: Sent) -> dict[str, str]:
        """Return the headers that authenticate *sent* as it stands."""
        if endpoint.bearer:
            return {"authorization": f"Bearer {self.tokens[endpoint.bearer]}"}
        assert dialect.signing is not None
        return signed(dialect.signing, sent, self.who, SystemClock().now_ns() // 1_000_000)


class Host:
    """The thread."""

    def __init__(self) -> None:
        self._is_up = threading.Event()
        self._served: Served | None = None
        self._error: BaseException | None = None
        self._stop: Any = None
        self._thread = threading.Thread(target=self._run, name="served", daemon=True)

    def start(self) -> Served:
        """Return once the venue answers."""
        self._thread.start()
        assert self._is_up.wait(START_S), "the venue did not start"
        if self._served is None:
            raise AssertionError("the venue did not start") from self._error
        return self._served

    def stop(self) -> None:
        """End it."""
        if self._served is not None:
            self._stop()
        self._thread.join(START_S)

    def _run(self) -> None:
        try:
            run(self._serve())
        except BaseException as error:
            self._error = error
            self._is_up.set()
            raise

    async def _serve(self) -> int:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        self._stop = lambda: loop.call_soon_threadsafe(ended.set)
        async with standing(SystemClock(), _unlimited(make_dialects(demo_venue_file()))) as stand:
            server = Server(App(stand.venue, list(stand.dialects.values())), host="127.0.0.1", port=0)
            await server.start()
            who = await stand.customer("fuzz", money=1_000)
            paths = {endpoint.bearer for _, endpoint in stand.rows() if endpoint.bearer}
            tokens = {path: await stand.token(path, who) for path in paths}
            self._served = Served(server.url, who, stand, tokens)
            self._is_up.set()
            await ended.wait()
            await server.stop()
        return 0


def _unlimited(dialects: list[Dialect]) -> list[Dialect]:
    for dialect in dialects:
        dialect.limits = dict.fromkeys(dialect.limits, NO_LIMIT)
    return dialects


@contextlib.contextmanager
def serving() -> Iterator[Served]:
    """Yield a running venue."""
    host = Host()
    try:
        yield host.start()
    finally:
        host.stop()
