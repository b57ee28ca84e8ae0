"""Running the server inside an event loop that is ours: bind, serve, sweep, stop. Prints nothing; installs no signal handlers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

import uvicorn
import uvloop

from bedesten.server.app import App
from bedesten.server.direct import DirectProtocol
from bedesten.server.protocol import HttpProtocol, ServedState
from bedesten.server.settings import ServerSettings
from bedesten.server.socket_protocol import SocketProtocol

BACKLOG: Final = 2048  # connections waiting to be accepted: a fleet of bots reconnecting at once
KEEP_ALIVE_S: Final = 75  # longer than the minute after which most clients and proxies drop idle connections themselves
PING_INTERVAL_S: Final = 20.0  # under the idle time of common proxies, so they keep the connection
PING_TIMEOUT_S: Final = 40.0  # a half-open socket is gone 40 to 60 s after its last word; a phone in a tunnel stays
SWEEP_S: Final = 1.0  # how finely time-outs are kept
LAST_WORDS_S: Final = (
    1.0  # for tasks that were canceled when the grace time was over, and for peers to answer a goodbye
)
LAST_LOOK_S: Final = 0.02  # between two looks at who is still there
HSTS_S: Final = 365 * 24 * 3600  # a year, as browsers' preload lists ask
CONNECTIONS_MAX: Final = 20_000  # file descriptors; beyond it 503

_log = logging.getLogger("bedesten.server.run")


class Server:
    """One listening port and everything connected to it."""

    def __init__(
        self,
        app: App,
        *,
        host: str,
        port: int,
        settings: ServerSettings | None = None,
        listener: socket.socket | None = None,
    ) -> None:
        """Serve on *listener*, or else bind the port (0: a free one) and listen.

        Raises: OSError when it cannot.
        """
        self._settings = settings or ServerSettings()
        stage = app.stage if isinstance(app, App) else None
        self._socket = listener or listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.host = host
        self._uvicorn = _Uvicorn(
            _config(app, self._settings, pings=stage is None or not stage.is_held),
            # behind proxies every connection is a proxy's: limiting them is its affair
            per_address_max=0 if self._settings.trusted_proxies else self._settings.connections_per_address_max,
            dated_ns=None if stage is None else stage.dated_ns,
        )
        self._serving: asyncio.Task[None] | None = None
        self._sweeping: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where it answers: "http://127.0.0.1:8080"."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def left(self) -> asyncio.Event:
        """Set when it takes no connection any more."""
        return self._uvicorn.left

    async def start(self) -> None:
        """Return once requests are answered."""
        loop = asyncio.get_running_loop()
        self._serving = loop.create_task(self._uvicorn.serve(sockets=[self._socket]))
        started = loop.create_task(self._uvicorn.is_up.wait())
        await asyncio.wait({started, self._serving}, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._serving.done():
            self._serving.result()  # raises what went wrong
            raise RuntimeError("the server ended while it was starting")
        self._sweeping = loop.create_task(self._sweep())

    async def stop(self) -> None:
        """Take no more connections, let answers under way finish for grace_s, then drop what is left."""
        if self._serving is None:
            self._socket.close()
            return
        self._uvicorn.end()
        await self._serving
        if self._sweeping is not None:
            self._sweeping.cancel()
        connections = self._uvicorn.server_state.connections
        ends = asyncio.get_running_loop().time() + LAST_WORDS_S
        while connections and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110  # uvicorn keeps a plain set
            await asyncio.sleep(LAST_LOOK_S)
        for connection in tuple(connections):
            connection.transport.abort()

    async def wait(self) -> None:
        """Return when the server has ended."""
        if self._serving is not None:
            await asyncio.wait({self._serving})

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(SWEEP_S)
            self._sweep_once(loop.time())

    def _sweep_once(self, now: float) -> None:
        # Apart: a variable of the endless loop would keep the last connection, and all its memory, when it is long gone.
        connections: Any = self._uvicorn.server_state.connections
        for connection in tuple(connections):
            try:
                connection.sweep(now)
            except Exception:  # noqa: BLE001  the top of a task: one connection keeps no other from its time-out
                _log.exception("a connection's time-outs could not be kept")
                connection.transport.abort()


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run *main* in a uvloop event loop and return its exit code."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


class _Uvicorn(uvicorn.Server):
    # Signals are handled by the command line, and the caller needs to know when the server is up.
    def __init__(self, config: uvicorn.Config, per_address_max: int, dated_ns: Callable[[], int] | None) -> None:
        super().__init__(config)
        self.server_state = ServedState(per_address_max, dated_ns)
        self.is_up = asyncio.Event()
        self.left = asyncio.Event()
        self._ending = asyncio.Event()

    def end(self) -> None:
        self.should_exit = True
        self._ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # As uvicorn's, but it waits for what is under way instead of looking again every tenth of a second.
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        self.left.set()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        await self._finish(self.config.timeout_graceful_shutdown or 0)
        connections: Any = self.server_state.connections
        for connection in tuple(connections):
            connection.give_up()
        for task in tuple(self.server_state.tasks):
            task.cancel()
        await self._finish(LAST_WORDS_S)  # their last words

    async def _finish(self, wait_s: float) -> None:
        # A request that ends may bring the next one of its connection, which was read before and is answered as well.
        loop, tasks = asyncio.get_running_loop(), self.server_state.tasks
        ends = loop.time() + wait_s
        while tasks and (left := ends - loop.time()) > 0:
            await asyncio.wait(tuple(tasks), timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def main_loop(self) -> None:
        # As uvicorn's, which refreshes the date header once a second, but ends at once and does not wake ten times in between.
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), timeout=1.0)


def _config(app: App, settings: ServerSettings, *, pings: bool) -> uvicorn.Config:
    # *pings*: not where time stands still: who waits there for somebody at a debugger is not gone.
    return uvicorn.Config(
        app,
        http=HttpProtocol if settings.trusted_proxies or not isinstance(app, App) else DirectProtocol,
        ws=SocketProtocol,
        ws_max_size=settings.message_bytes_max,
        ws_ping_interval=PING_INTERVAL_S if pings else None,
        ws_ping_timeout=PING_TIMEOUT_S,
        ws_per_message_deflate=False,  # frames are prepared once for everybody; compression is per connection
        lifespan="off",
        log_config=None,
        log_level="error",  # its warnings are what strangers send: one a malformed request, at their pace
        access_log=False,
        proxy_headers=False,  # the application reads them itself (forwarded.py)
        server_header=False,
        headers=_manners(settings),
        limit_concurrency=CONNECTIONS_MAX,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=settings.grace_s,
    )


def _manners(settings: ServerSettings) -> list[tuple[str, str]]:
    # On every answer: no guessing of types, no frames, and no referrer sent to the target of a link.
    manners = [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"), ("referrer-policy", "no-referrer")]
    return [*manners, ("strict-transport-security", f"max-age={HSTS_S}")] if settings.is_behind_tls else manners


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; before anything else is opened, so that a port that is taken changes nothing.

    Raises: OSError.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
