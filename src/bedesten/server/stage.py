"""The stage: what a sandbox does around the wire. A venue that is served without one has none, and nothing of it runs.

Owns the hold rule: an answer leaves when its consequences have settled, and a socket's next message is read when those of the one
before have, so that what every client hears has one order. It also applies the faults in force, and keeps the transcript. No
dialect knows of it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from bedesten.clock import Clock
from bedesten.dialects.channels import OnOverflow, payload_of
from bedesten.dialects.contract import Reply
from bedesten.dialects.refusals import Refusal, Unavailable
from bedesten.server.fanout import Outbox
from bedesten.server.faults import REFUSALS, Rules, Standing
from bedesten.server.http import Scope, cycle_of
from bedesten.server.protocol import response_head
from bedesten.server.transcript import Line, Transcript
from bedesten.services.sandbox.rules import Act

if TYPE_CHECKING:
    from bedesten.dialects.contract import Dialect, Endpoint, Request
    from bedesten.server.routing import Route

NOT_TOLD: Final = (b"host", b"content-length", b"connection", b"cookie", b"authorization", b"transfer-encoding")
QUOTED: Final = re.compile(rb'"([^"]{1,128})"')  # in a message of a socket: what may be a key
READ_S: Final = 2.0  # for a pong: a client that reads answers by itself
DRIVER: Final = "sandbox"  # the dialect by which a sandbox is driven
Answer = Callable[["Route", "Request"], Awaitable[Reply]]
Refuse = Callable[["Dialect | None", "Endpoint | None", "Request", BaseException], Reply]


class Cut(Exception):
    """The connection is to be cut in the place of an answer, behind what is sent of it; or left open, with nothing said."""

    def __init__(self, reply: Reply | None = None, bytes_sent: int = 0, *, is_silent: bool = False) -> None:
        super().__init__()
        self.reply = reply
        self.bytes_sent = bytes_sent
        self.is_silent = is_silent

    def end(self, transport: Any) -> None:
        """Do it to a connection."""
        if self.is_silent:
            return
        transport.write(self.beginning())
        transport.close() if self.reply else transport.abort()

    def beginning(self) -> bytes:
        """Return what is sent before the cut: a head that announces the whole body, and a part of it."""
        if self.reply is None:
            return b""
        length = b"content-length: %d\r\n\r\n" % len(self.reply.body)
        return response_head(self.reply.status, self.reply.headers) + length + self.reply.body[: self.bytes_sent]


def cut_off(scope: Scope, cut: Cut) -> None:
    """End the connection of a request that is not answered."""
    cycle = cycle_of(scope)
    assert cycle is not None, "a sandbox is served by our own server"
    cycle.disconnected = True  # so that the server does not answer in the place of the application
    cut.end(cycle.transport)


class Stage:
    """The wire of one sandbox."""

    def __init__(
        self,
        id_prefix: str,
        clock: Clock,
        *,
        hold: Callable[[], Awaitable[None]] | None = None,
        is_limited: bool = True,
    ) -> None:
        """*hold*: returns when what was set off has settled; None: answers leave at once."""
        self.id_prefix = id_prefix  # of requests
        self.is_limited = is_limited
        self.skew_ns = 0  # how far the customers' clocks are behind
        self.faults = Rules(clock.now_ns)
        self.transcript = Transcript(clock.now_ns, clock.stamped_ns)
        self.is_own_key: Callable[[str], bool] = lambda text: False  # whether a text is a key of this sandbox
        self.outboxes: set[StagedOutbox] = set()  # of the sockets that are open
        self.faults.on_outage = self._cut_sockets
        self.faults.on_change = self.transcript.control
        self._clock = clock
        self._hold = hold
        self._waiting: dict[int, tuple[asyncio.Task[Any], str]] = {}  # requests that a delay holds

    # ── time ──

    def stamped_ns(self) -> int:
        """Return the time by which customers stamp."""
        return self._clock.stamped_ns() + self.skew_ns

    def skew(self, by_ns: int) -> None:
        """Let the customers' clocks be behind by this much from now on."""
        self.transcript.control("/sandbox/clock/skew", {"by": f"{by_ns}ns"})
        self.skew_ns = by_ns

    def dated_ns(self) -> int:
        """Return the time that the date header tells."""
        return self._clock.now_ns()

    async def sleep(self, duration_ns: int) -> None:
        """Return when so much of the venue's time has passed."""
        await self._clock.sleep_until_ns(self._clock.now_ns() + duration_ns)

    @property
    def is_held(self) -> bool:
        """Whether answers wait for what they set off."""
        return self._hold is not None

    async def settled(self) -> None:
        """Return when the next message of a socket may be read."""
        if self._hold is not None:
            await self._hold()

    def lines(self) -> list[Line]:
        """Return the transcript."""
        return self.transcript.lines()

    # ── requests ──

    def is_steered_by(self, route: Route) -> bool:
        """Whether a request is its driver's: it meets no fault, so that every fault can be taken out of force."""
        return route.dialect.name == DRIVER

    async def reply(self, answer: Answer, refuse: Refuse, route: Route, request: Request) -> Reply:
        """Return the answer to a whole request once it may leave. Raises: Cut."""
        if self.is_steered_by(route):
            return await self._driven(answer, route, request)
        if self.faults.is_outage:
            raise Cut
        target = request.path + (f"?{request.query_string.decode('latin-1')}" if request.query_string else "")
        number = self.transcript.request(request.method, target, request.body, self._told_headers(request))
        reply = await self._before(number, refuse, route, request)
        if reply is None:
            reply = await answer(route, request)
        reply = await self._behind(number, reply, route, request)
        self.transcript.answer(number, reply.status, reply.body)
        if self._hold is not None:
            await self._hold()
        return reply

    def _told_headers(self, request: Request) -> dict[str, str]:
        # What signs by another venue's key is nobody's to keep: somebody took the wrong address.
        told = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in request.headers
            if name.lower() not in NOT_TOLD
        }
        if any(self.is_own_key(value) for value in told.values()):
            return told
        return {name: value for name, value in told.items() if name == "content-type"}

    async def _driven(self, answer: Answer, route: Route, request: Request) -> Reply:
        # Requests that set faults meet none, or the faults could not be removed.
        reply = await answer(route, request)
        await self.settled()
        return reply

    async def _before(self, number: int, refuse: Refuse, route: Route, request: Request) -> Reply | None:
        standing = self._met("request", route, request)
        if standing is None:
            return None
        act = standing.rule.do
        if act.lose or act.hang:
            raise Cut(is_silent=act.hang)
        if act.delay:
            await self._delay(number, standing.delay_ns(), request)
            return None
        if act.status:
            return _raw(act)
        return refuse(route.dialect, route.endpoint, request, REFUSALS[act.refuse](act.retry_after_s))

    async def _behind(self, number: int, reply: Reply, route: Route, request: Request) -> Reply:
        standing = self._met("answer", route, request)
        if standing is None:
            return reply
        act = standing.rule.do
        if act.delay:
            await self._delay(number, standing.delay_ns(), request)
            return reply
        if act.status:
            return _raw(act)
        if act.garbage:
            return Reply(reply.status, standing.garbage(), reply.headers)
        self.transcript.answer(number, reply.status, reply.body, sent=False)
        if self._hold is not None:
            await self._hold()
        raise Cut(reply, act.truncate) if act.truncate else Cut(is_silent=act.hang)

    async def _delay(self, number: int, delay_ns: int, request: Request) -> None:
        task, until_ns = asyncio.current_task(), self._clock.now_ns() + delay_ns
        assert task is not None, "a coroutine runs in a task"
        self._waiting[number] = task, f"{request.method} {request.path} until {until_ns} ns"
        try:
            await self._clock.sleep_until_ns(until_ns)
        except asyncio.CancelledError:
            raise Cut from None
        finally:
            del self._waiting[number]

    def waiting(self) -> list[str]:
        """Return the requests that a delay holds until the venue's time has come, in words."""
        return [told for _, told in self._waiting.values()]

    def let_go(self) -> None:
        """Cut the requests that wait for the venue's time: it comes no more."""
        for task, _ in tuple(self._waiting.values()):
            task.cancel()

    def _met(self, on: str, route: Route, request: Request) -> Standing | None:
        standing = self.faults.meets(
            on, path=request.path, dialect=route.dialect.name, method=request.method,
            account=0 if request.key is None else request.key.account, text=request.body + b"?" + request.query_string,
        )  # fmt: skip
        if standing is not None:
            self.transcript.fault(standing.number, standing.rule.do.kinds()[0])
        return standing

    # ── sockets ──

    def refuse_socket(self, dialect: str, path: str) -> Refusal | None:
        """Return why a socket is not opened, if a rule says so."""
        if self.faults.is_outage:
            self.transcript.refused(path)
            return Unavailable("out of order")
        standing = self.faults.meets("socket", path=path, dialect=dialect)
        if standing is None:
            return None
        self.transcript.refused(path)
        return REFUSALS[standing.rule.do.refuse](standing.rule.do.retry_after_s)

    async def delivered(self) -> int:
        """Return when every socket's peer has read what it was sent, READ_S of the machine's time at most; how many have not."""
        asked = [each.ask_whether_read() for each in self.outboxes]
        if not asked:
            return 0
        _, unread = await asyncio.wait(asked, timeout=READ_S)
        for each in unread:
            each.cancel()
        return len(unread)

    def _cut_sockets(self) -> None:
        for outbox in tuple(self.outboxes):
            outbox.cut()


class StagedOutbox(Outbox):
    """An outbox whose frames meet the faults of a stage, and are written to its transcript."""

    def __init__(self, stage: Stage, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._stage = stage
        stage.outboxes.add(self)
        self.number = stage.transcript.opened(self.path)
        self._kept: bytes | None = None  # the frame that waits to be behind the next one
        self._held: list[tuple[bytes, OnOverflow | None]] | None = None  # what waits for the end of a hold
        self._tasks_of_delays: set[asyncio.Task[None]] = set()

    def queue(self, frame: bytes, on_overflow: OnOverflow | None = None) -> None:
        """Put a finished frame behind what is waiting, or do what a rule says."""
        if self._held is not None:
            self._held.append((frame, on_overflow))
            return
        standing = self._stage.faults.meets("frame", path=self.path, text=payload_of(frame))
        if standing is not None:
            self._stage.transcript.fault(standing.number, standing.rule.do.kinds()[0])
            self._harm(standing, frame, on_overflow)
            return
        self._pass(frame, on_overflow)
        if self._kept is not None:
            kept, self._kept = self._kept, None
            self._pass(kept, on_overflow)

    def _pass(self, frame: bytes, on_overflow: OnOverflow | None) -> None:
        self._stage.transcript.said(self.number, payload_of(frame))
        super().queue(frame, on_overflow)

    def _harm(self, standing: Standing, frame: bytes, on_overflow: OnOverflow | None) -> None:
        act = standing.rule.do
        if act.lose:
            self.cut()
        elif act.close:
            self.close(act.close, "fault")
        elif act.duplicate:
            self._pass(frame, on_overflow)
            self._pass(frame, on_overflow)
        elif act.swap:
            self._kept = frame
        elif act.delay:
            self._later(standing.delay_ns(), lambda: self._pass(frame, on_overflow))
        elif act.hold:
            self._held = [(frame, on_overflow)]
            self._later(standing.hold_ns, self._release)

    def _release(self) -> None:
        held, self._held = self._held or [], None
        for frame, on_overflow in held:
            self._pass(frame, on_overflow)

    def _later(self, delay_ns: int, do: Callable[[], None]) -> None:
        async def done() -> None:
            await self._stage.sleep(delay_ns)
            do()

        task = asyncio.get_running_loop().create_task(done())
        self._tasks_of_delays.add(task)
        task.add_done_callback(self._tasks_of_delays.discard)

    def heard(self, message: bytes) -> None:
        """Note a message of the peer."""
        is_own = any(self._stage.is_own_key(text.decode(errors="replace")) for text in QUOTED.findall(message))
        self._stage.transcript.heard(self.number, message, is_own=is_own)

    def ask_whether_read(self) -> asyncio.Future[None]:
        """Ask the peer whether it has read what it was sent."""
        self.flush()
        return self._wire.ask_whether_read()

    def cut(self) -> None:
        """End the connection without a word."""
        self._wire.transport.abort()

    def gone(self) -> None:
        """Let go of everything: the peer is not there any more."""
        self._stage.outboxes.discard(self)
        self._stage.transcript.closed(self.number)
        for task in tuple(self._tasks_of_delays):
            task.cancel()
        super().gone()


def _raw(act: Act) -> Reply:
    return Reply(act.status, act.body.encode(), [(b"content-type", b"text/html")])
