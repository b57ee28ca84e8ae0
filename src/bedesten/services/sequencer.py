"""The sequencer: the single writer. Owns the order and the time of commands, and the only path by which state changes.

What arrived while the last batch was being committed is the next batch; no timer is involved. A batch is stamped, applied,
committed in the writer thread, and only then acknowledged and published. Nothing that depends on an uncommitted batch
leaves: no answer, no frame, no read. (By AckPolicy.MEMORY a batch counts as committed once it is applied.)
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from struct import Struct
from struct import error as StructError
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from bedesten.clock import Clock
from bedesten.core import Machine
from bedesten.domain.commands import COMMAND_WIDTH, COMMANDS, HEADER, AdvanceTime, Command, OpenAccount
from bedesten.domain.enums import EventKind, Op
from bedesten.domain.events import AccountOpened, Event, Placed, Traded, read_events
from bedesten.domain.orders import Order, read_orders
from bedesten.services.errors import OutcomeUnknown, OutOfRange, Overloaded, Stopped
from bedesten.services.ports import AckPolicy, Batch, Store
from bedesten.services.records import Account, CandleRow, OrderRecord
from bedesten.services.state import Applied, VenueState
from bedesten.services.writer import Writer

T = TypeVar("T")

BATCH_MAX: Final = 1_024  # commands in one commit: bounds how long everybody else waits for it
WAITING_MAX: Final = 16_384  # commands waiting: about a tenth of a second of work; beyond it, better refused than late
COMMITS_PENDING_MAX: Final = 64  # batches not yet written when acknowledged from memory
LOOK_AT_PLACED: Final = -1
EXPIRY_PAUSE_NS: Final = 1_000_000  # between two looks at what is due, so that many short-lived orders share one

_CLOSED: Final = int(EventKind.CLOSED)
_TRADED: Final = int(EventKind.TRADED)
_log = logging.getLogger("bedesten.sequencer")


def _packer(kind: type[Command]) -> Callable[..., bytes]:
    # op, room for seq and time, the fields, zeros to the row's end
    width = len(kind.__struct_fields__)
    return Struct(f"=q16x{width}q{8 * (COMMAND_WIDTH - HEADER - width)}x").pack


_PACKERS: Final[dict[Op, Callable[..., bytes]]] = {op: _packer(kind) for op, kind in COMMANDS.items()}
_astuple = msgspec.structs.astuple


class Result(NamedTuple):
    """What one command caused.

    events: this command's rows only; closed and closed_texts: the orders that ended by it and their client ids.
    watched: the order that `submit` was asked to look at, as it stands at the commit.
    """

    seq: int
    time_ns: int
    events: Sequence[Event]
    closed: Sequence[Order] = ()
    closed_texts: Sequence[str] = ()
    watched: OrderRecord | None = None


class Request:
    """A command on its way."""

    __slots__ = ("command", "future", "look_at", "row", "text")

    def __init__(self, command: Command, row: bytes, text: str, look_at: int, future: asyncio.Future[Result]) -> None:
        self.command = command
        self.row = row
        self.text = text
        self.look_at = look_at
        self.future = future


class Committed:
    """A committed batch, decoded once for everyone who watches."""

    __slots__ = ("applied", "closed", "events", "first_seq", "requests", "time_ns", "trades")

    def __init__(self, first_seq: int, time_ns: int, requests: list[Request], applied: Applied) -> None:
        self.first_seq = first_seq
        self.time_ns = time_ns
        self.requests = requests
        self.applied = applied
        self.events: list[Event] = []
        self.closed: list[Order] = []
        self.trades: list[Traded] = []

    @property
    def closed_texts(self) -> list[str]:
        """The client ids of the closed orders, "" for none."""
        return self.applied.closed_texts


class Sequencer:
    """Stamps, applies, commits, acknowledges, publishes."""

    def __init__(
        self,
        state: VenueState,
        store: Store,
        clock: Clock,
        policy: AckPolicy,
        *,
        publish: Callable[[Committed], None] = lambda committed: None,
        finished_minutes: Callable[[], list[CandleRow]] = list,
        on_failure: Callable[[BaseException], None] = lambda error: None,
    ) -> None:
        self.state = state
        self._store = store
        self._clock = clock
        self._policy = policy
        self._publish = publish
        self._finished_minutes = finished_minutes
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(self._loop)
        self._waiting: deque[Request] = deque()
        self._reads: deque[tuple[Callable[[Machine], Any], asyncio.Future[Any]]] = deque()
        self._inflight: Committed | None = None  # applied, not yet to be seen
        self._pending = 0  # batches handed to the writer and not yet written
        self._scheduled = False
        self._stopped = ""  # why no command is taken any more
        self._failed = False
        self._idle: asyncio.Future[None] | None = None
        self._timer: asyncio.Task[None] | None = None
        self._timer_ns = 0
        self._advanced_ns = 0
        self._arm_timer()

    # ── asking ──

    def submit(self, command: Command, *, text: str = "", look_at: int = 0) -> asyncio.Future[Result]:
        """Hand a command in; the future ends when it is committed.

        *text* is journaled beside it: the client's id of an order, or the name of an account being opened.
        *look_at*: an order to be reported as it stands at the commit; LOOK_AT_PLACED: the one that this command places.
        Raises: Overloaded, OutOfRange, Stopped; the future: OutcomeUnknown.
        """
        if self._stopped:
            raise Stopped(self._stopped)
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded(f"{WAITING_MAX} commands are waiting")
        op = command.op
        try:
            row = _PACKERS[op](op, *_astuple(command))
        except StructError as error:
            raise OutOfRange(str(error)) from None
        future: asyncio.Future[Result] = self._loop.create_future()
        self._waiting.append(Request(command, row, text, look_at, future))
        if not self._scheduled and self._inflight is None:
            self._scheduled = True
            self._loop.call_soon(self._start_batch)
        return future

    async def read(self, ask: Callable[[Machine], T]) -> T:
        """Return what *ask* finds in the committed state: at once, or when the commit in flight is through.

        Raises: Stopped after a failure, when nobody can say what is committed.
        """
        if self._failed:
            raise Stopped(self._stopped)
        if self._inflight is None:
            return ask(self.state.machine)
        future: asyncio.Future[T] = self._loop.create_future()
        self._reads.append((ask, future))
        return await future

    async def write(self, job: Callable[[], None]) -> None:
        """Run *job* in the writer thread between two commits.

        Raises: what it raises; Stopped.
        """
        if self._stopped:
            raise Stopped(self._stopped)
        future: asyncio.Future[None] = self._loop.create_future()
        self._writer.put(job, lambda error: _resolve(future, error))
        await future

    async def settled(self) -> None:
        """Return when everything acknowledged is also in the store; only AckPolicy.MEMORY ever waits here."""
        if self._policy is AckPolicy.MEMORY and self._pending:
            await self.write(lambda: None)

    async def stop(self) -> None:
        """Take no more commands, finish those that were taken, and return when all is written."""
        self._stopped = self._stopped or "the venue is stopping"
        if self._timer is not None:
            self._timer.cancel()
        while not self._failed and (self._waiting or self._inflight is not None or self._pending):
            self._idle = self._loop.create_future()
            await self._idle
        self._writer.stop()

    # ── one batch ──

    def _start_batch(self) -> None:
        self._scheduled = False
        if self._inflight is not None or not self._waiting or self._failed:
            return
        waiting = self._waiting
        requests = [waiting.popleft() for _ in range(min(len(waiting), BATCH_MAX))]
        try:
            committed, batch = self._apply(requests)
        except Exception as error:  # noqa: BLE001  the core is lost: say so and stop before anything is committed
            for request in requests:
                _resolve(request.future, Stopped("the venue stopped on an internal error"))
            self._fail(error)
            return
        self._pending += 1
        if self._policy is AckPolicy.MEMORY and self._pending <= COMMITS_PENDING_MAX:
            self._writer.put(lambda: self._store.commit(batch), self._written)
            self._acknowledge(committed)
        else:
            self._inflight = committed
            self._writer.put(lambda: self._store.commit(batch), self._written)

    def _apply(self, requests: list[Request]) -> tuple[Committed, Batch]:
        state = self.state
        first_seq = state.machine.seq + 1
        count = len(requests)
        time_ns = max(self._clock.now_ns(), state.time_ns)
        rows = bytearray(b"".join([request.row for request in requests]))
        columns = memoryview(rows).cast("q")
        columns[1::COMMAND_WIDTH] = memoryview(array("q", range(first_seq, first_seq + count)))
        columns[2::COMMAND_WIDTH] = memoryview(array("q", [time_ns]) * count)
        texts = {at: request.text for at, request in enumerate(requests) if request.text}
        applied = state.apply(columns, texts, time_ns)
        committed = Committed(first_seq, time_ns, requests, applied)
        batch = Batch(
            first_seq=first_seq, count=count, time_ns=time_ns, commands=bytes(rows), texts=texts,
            events=applied.events, closed=applied.closed, closed_texts=applied.closed_texts,
            candles=self._finished_minutes(),
            accounts=_accounts_opened(requests, applied.events) if texts else [],
        )  # fmt: skip
        return committed, batch

    def _look_at(self, committed: Committed, order_id: int, events: Sequence[Event]) -> OrderRecord | None:
        if order_id == LOOK_AT_PLACED:
            order_id = next((event.order_id for event in events if isinstance(event, Placed)), 0)
        for order, text in zip(committed.closed, committed.closed_texts, strict=True):
            if order.order_id == order_id:
                return OrderRecord(order, text)
        row = self.state.machine.order(order_id) if order_id else None
        return None if row is None else OrderRecord(Order._make(row), self.state.texts.get(order_id, ""))

    def _written(self, error: BaseException | None) -> None:
        self._pending -= 1
        if error is not None:
            self._fail(error)
            return
        committed, self._inflight = self._inflight, None
        if committed is not None:
            self._acknowledge(committed)
        elif self._pending == 0:
            self._wake_idle()

    def _acknowledge(self, committed: Committed) -> None:
        try:
            self._resolve_all(committed)
            self._publish(committed)
        except Exception as error:  # noqa: BLE001  what is committed cannot be told: stop rather than fall silent
            self._fail(error)
            return
        while self._reads:
            ask, future = self._reads.popleft()
            _answer(future, ask, self.state.machine)
        self._arm_timer()
        if self._waiting:
            self._scheduled = True
            self._loop.call_soon(self._start_batch)
        else:
            self._wake_idle()

    def _resolve_all(self, committed: Committed) -> None:
        applied, time_ns = committed.applied, committed.time_ns
        committed.events = events = read_events(applied.events)
        committed.closed = closed = read_orders(applied.closed) if applied.closed else []
        trades, texts = committed.trades, applied.closed_texts
        at, closed_at, end, seq = 0, 0, len(events), committed.first_seq
        for request in committed.requests:
            start, closed_start = at, closed_at
            while at < end and (event := events[at])[1] == seq:
                kind = event[0]
                if kind == _TRADED:
                    trades.append(event)  # type: ignore[arg-type]
                elif kind == _CLOSED:
                    closed_at += 1
                at += 1
            future = request.future
            if not future.done():
                mine, gone = events[start:at], slice(closed_start, closed_at)
                if request.look_at:
                    watched = self._look_at(committed, request.look_at, mine)
                    future.set_result(Result(seq, time_ns, mine, closed[gone], texts[gone], watched))
                elif closed_start != closed_at:
                    future.set_result(Result(seq, time_ns, mine, closed[gone], texts[gone]))
                else:
                    future.set_result(Result(seq, time_ns, mine))
            seq += 1

    def _fail(self, error: BaseException) -> None:
        if self._failed:
            return
        _log.critical("the venue stops: %s", error, exc_info=error)
        self._failed = True
        self._stopped = f"the venue stopped: {error}"
        if self._inflight is not None:
            for request in self._inflight.requests:
                _resolve(request.future, OutcomeUnknown(f"the store failed during the commit: {error}"))
        while self._waiting:
            _resolve(self._waiting.popleft().future, Stopped(self._stopped))
        while self._reads:
            _resolve(self._reads.popleft()[1], Stopped(self._stopped))
        if self._timer is not None:
            self._timer.cancel()
        self._wake_idle()
        self._on_failure(error)

    def _wake_idle(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    # ── what is due ──

    def _arm_timer(self) -> None:
        deadline_ns = self.state.machine.next_deadline_ns
        if not deadline_ns or self._stopped or (self._timer_ns and self._timer_ns <= deadline_ns):
            return
        if self._timer is not None and self._timer_ns:
            self._timer.cancel()
        self._timer_ns = max(deadline_ns, self._advanced_ns + EXPIRY_PAUSE_NS)
        self._timer = self._loop.create_task(self._advance_time(self._timer_ns))

    async def _advance_time(self, instant_ns: int) -> None:
        await self._clock.sleep_until_ns(instant_ns)
        self._timer_ns = 0
        now_ns = self._clock.now_ns()
        deadline_ns = self.state.machine.next_deadline_ns
        if deadline_ns and deadline_ns <= now_ns:
            self._advanced_ns = now_ns
            with contextlib.suppress(
                Stopped, Overloaded
            ):  # stopped: the next start does it; full: every command does it
                await self.submit(AdvanceTime())
        else:
            self._arm_timer()


def _accounts_opened(requests: list[Request], events: bytes) -> list[Account]:
    names = {request.command.account: request.text for request in requests if isinstance(request.command, OpenAccount)}
    if not names:
        return []
    opened = [event.account for event in read_events(events) if isinstance(event, AccountOpened)]
    return [Account(account, names[account]) for account in opened if names.get(account)]


def _resolve(future: asyncio.Future[Any], error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _answer(future: asyncio.Future[T], ask: Callable[[Machine], T], machine: Machine) -> None:
    if future.done():
        return
    try:
        future.set_result(ask(machine))
    except Exception as error:  # noqa: BLE001  the asker's own bug goes to the asker
        future.set_exception(error)
