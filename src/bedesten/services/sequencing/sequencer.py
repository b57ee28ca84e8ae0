"""The sequencer: the single writer. Owns the order and the time of commands, and the only path by which state changes.

What arrived while the last batch was being committed is the next batch; no timer is involved. A batch is stamped, applied,
committed in the writer thread, and only then acknowledged and published. Nothing that depends on an uncommitted batch
leaves: no answer, no frame, no read. (By AckPolicy.MEMORY a batch counts as committed once it is applied.)
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from time import perf_counter_ns
from typing import Any, Final, NamedTuple, TypeVar

from bedesten.clock import Clock
from bedesten.core import Machine
from bedesten.domain.columns import SEQ, TIME_NS
from bedesten.domain.commands import COMMAND_WIDTH, AdvanceTime, Command
from bedesten.domain.events import Event, Placed
from bedesten.domain.notes import Note
from bedesten.domain.orders import Order
from bedesten.services.errors import OutcomeUnknown, OutOfRange, Overloaded, ServiceError, Stopped
from bedesten.services.ports import AckPolicy, Batch, Log
from bedesten.services.sequencing.batch import Committed, QueuedCommand, Result, accounts_opened, pack
from bedesten.services.sequencing.deadlines import Deadlines
from bedesten.services.sequencing.figures import Figures
from bedesten.services.sequencing.state import VenueState
from bedesten.services.sequencing.writer import Writer
from bedesten.services.store_types import CandleRow, OrderRecord

__all__ = ["LOOK_AT_PLACED", "Committed", "QueuedCommand", "Result", "Sequencer"]

T = TypeVar("T")

BATCH_MAX: Final = 1_024  # commands in one commit: bounds how long everybody else waits for it
GROUP_MAX: Final = 8_192  # commands that must share a batch: a venue file sets some twenty rules of each instrument
WAITING_MAX: Final = 16_384  # commands waiting: about a tenth of a second of work; beyond it, better refused than late
READS_MAX: Final = WAITING_MAX  # questions waiting for the commit in flight: with a disk that hangs, better refused too
COMMITS_PENDING_MAX: Final = 64  # batches not yet written when acknowledged from memory
COMMIT_NS_MAX: Final = 5_000_000_000  # a write that takes longer than the slowest disk: better served elsewhere
LOOK_AT_PLACED: Final = -1

_log = logging.getLogger("bedesten.sequencer")


class Depths(NamedTuple):
    """What waits: commands for a batch, batches for the disk, reads for a commit."""

    commands: int
    batches: int
    reads: int


class Submission(NamedTuple):
    """A command of a group, and the notes beside it."""

    command: Command
    notes: Sequence[Note] = ()
    text: str = ""
    look_at: int = 0


class Sequencer:
    """Stamps, applies, commits, acknowledges, publishes."""

    def __init__(
        self,
        state: VenueState,
        log: Log,
        clock: Clock,
        policy: AckPolicy,
        *,
        publish: Callable[[Committed], None] = lambda committed: None,
        finished_minutes: Callable[[], list[CandleRow]] = list,
        on_failure: Callable[[BaseException], None] = lambda error: None,
    ) -> None:
        self.state = state
        self._log = log
        self._clock = clock
        self._policy = policy
        self._publish = publish
        self._finished_minutes = finished_minutes
        self._on_failure = on_failure
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(self._loop)
        self._waiting: deque[QueuedCommand] = deque()
        self._rehearsed = 0  # how many of them, the first ones, come from rehearsals
        self._reads: deque[tuple[Callable[[Machine], Any], asyncio.Future[Any]]] = deque()
        self._inflight: Committed | None = None  # applied, not yet to be seen
        self._pending = 0  # batches handed to the writer and not yet written
        self._handed_ns: deque[int] = deque()  # when they were, oldest first
        self._batches = 0  # handed to the writer, ever
        self._settling: deque[tuple[int, asyncio.Future[None]]] = deque()  # who waits until so many are written
        self.figures = Figures()
        self._scheduled = False
        self._nobody = Context()  # a batch is many requests': what it sets off is on the word of none
        self._stopped = ""  # why no command is taken any more
        self._failed = False
        self._idle: asyncio.Future[None] | None = None
        self.deadlines = Deadlines(clock, lambda: state.machine.next_deadline_ns, lambda: self.submit(AdvanceTime()))
        self.deadlines.arm()

    # ── asking ──

    def submit(
        self, command: Command, *, text: str = "", look_at: int = 0, notes: Sequence[Note] = ()
    ) -> asyncio.Future[Result]:
        """Hand a command in; the future ends when it is committed.

        *text* is journaled beside it: the client's own id of an order. *notes* too: what a service says of the command, which
        folds are told unless the command is refused.
        *look_at*: an order to be reported as it stands at the commit; LOOK_AT_PLACED: the one that this command places.
        Raises: Overloaded, OutOfRange, Stopped; the future: OutcomeUnknown.
        """
        if self._stopped:
            raise Stopped(self._stopped)
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded(f"{WAITING_MAX} commands are waiting")
        row = pack(command)
        future: asyncio.Future[Result] = self._loop.create_future()
        self._waiting.append(QueuedCommand(command, row, text, look_at, future, perf_counter_ns(), notes))
        if self._inflight is None:
            self._schedule()
        return future

    def submit_group(self, group: Sequence[Submission]) -> list[asyncio.Future[Result]]:
        """Hand in commands that stand next to each other in one batch: all are committed, or none is.

        Each may be refused by the core for itself. Raises: as `submit`, and nothing of the group was handed in.
        """
        commands = self._group(group)
        self._waiting.extend(commands)
        if commands and self._inflight is None:
            self._schedule()
        return [queued.future for queued in commands]

    def submit_first(self, rehearse: Callable[[Machine], Sequence[Submission]]) -> list[asyncio.Future[Result]]:
        """Ask *rehearse* what to do in the state as it is applied now, and do that before whatever waits.

        No command comes between what was looked at and the group, but for what other rehearsals found. What it saw may not be
        committed yet: only what the futures tell may leave. An empty group does nothing. Raises: as `submit`.
        """
        if self._stopped:
            raise Stopped(self._stopped)
        commands = self._group(rehearse(self.state.machine))
        self._waiting.rotate(
            -self._rehearsed
        )  # behind the groups that were rehearsed before, which found room without it
        self._waiting.extendleft(reversed(commands))
        self._waiting.rotate(self._rehearsed)
        self._rehearsed += len(commands)
        if commands and self._inflight is None:
            self._schedule()
        return [queued.future for queued in commands]

    async def submit_whole(self, rehearse: Callable[[Machine], Sequence[Submission]]) -> list[Result]:
        """Do what `submit_first` does, with not even another rehearsal's commands between, and return what came of it.

        So of a group whose every command *rehearse* found possible in turn, all is done. Raises: as `submit`; OutcomeUnknown.
        """
        while self._rehearsed:
            await asyncio.wait([self._waiting[self._rehearsed - 1].future])
        return list(await asyncio.gather(*self.submit_first(rehearse)))

    def _group(self, group: Sequence[Submission]) -> list[QueuedCommand]:
        if self._stopped:
            raise Stopped(self._stopped)
        if len(group) > GROUP_MAX:
            raise OutOfRange(f"a group has at most {GROUP_MAX} commands, not {len(group)}")
        if len(self._waiting) + len(group) > WAITING_MAX:
            raise Overloaded(f"{len(self._waiting)} commands are waiting")
        now, last = perf_counter_ns(), len(group) - 1
        return [
            QueuedCommand(
                each.command,
                pack(each.command),
                each.text,
                each.look_at,
                self._loop.create_future(),
                now,
                each.notes,
                last - at,
            )
            for at, each in enumerate(group)
        ]

    async def read(self, ask: Callable[[Machine], T]) -> T:
        """Return what *ask* finds in the committed state: at once, or when the commit in flight is through.

        Raises: Overloaded; Stopped after a failure, when nobody can say what is committed.
        """
        if self._failed:
            raise Stopped(self._stopped)
        if self._inflight is None:
            return ask(self.state.machine)
        if len(self._reads) >= READS_MAX:
            raise Overloaded(f"{READS_MAX} reads are waiting")
        future: asyncio.Future[T] = self._loop.create_future()
        self._reads.append((ask, future))
        return await future

    async def settled(self) -> None:
        """Return when everything acknowledged is also in the store; only AckPolicy.MEMORY ever waits here.

        Raises: Stopped after a failure.
        """
        if self._policy is AckPolicy.MEMORY and self._pending:
            if self._failed:
                raise Stopped(self._stopped)
            future: asyncio.Future[None] = self._loop.create_future()
            self._settling.append((self._batches, future))
            await future

    @property
    def is_busy(self) -> bool:
        """Whether anything was asked for that is not done, told and written."""
        return self.is_deciding or (self._pending > 0 and not self._failed)

    @property
    def is_deciding(self) -> bool:
        """Whether anything was asked for that is not done and told; under AckPolicy.MEMORY it may still be written."""
        return bool(self._waiting or self._inflight is not None or self._scheduled) and not self._failed

    async def quiet(self) -> None:
        """Return when nothing is under way any more, or the venue has failed."""
        while self.is_busy:
            if self._idle is None or self._idle.done():
                self._idle = self._loop.create_future()
            await asyncio.shield(self._idle)

    async def stop(self) -> None:
        """Take no more commands, finish those that were taken, and return when all is written."""
        self._stopped = self._stopped or "the venue is stopping"
        self.deadlines.disarm()
        await self.quiet()
        self._writer.stop()

    def break_off(self, error: BaseException) -> None:
        """Stop at once: what is known of the state cannot be trusted any more."""
        self._fail(error)

    # ── looking ──

    @property
    def depths(self) -> Depths:
        """How much waits."""
        return Depths(len(self._waiting), self._pending, len(self._reads))

    def health(self) -> str | None:
        """Return why commands are not taken as they should be, or None."""
        if self._stopped:
            return self._stopped
        waited_ns = perf_counter_ns() - self._handed_ns[0] if self._handed_ns else 0
        if waited_ns > COMMIT_NS_MAX:
            return f"the store has been writing one batch for {waited_ns // 1_000_000_000} s"
        if 2 * len(self._waiting) > WAITING_MAX:
            return f"{len(self._waiting)} commands are waiting"
        return None

    # ── one batch ──

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._start_batch, context=self._nobody)

    def _start_batch(self) -> None:
        self._scheduled = False
        if self._inflight is not None or not self._waiting or self._failed:
            return
        waiting = self._waiting
        commands = [waiting.popleft() for _ in range(min(len(waiting), BATCH_MAX))]
        while commands[-1].more:
            commands.append(waiting.popleft())
        self._rehearsed = max(0, self._rehearsed - len(commands))
        try:
            committed, batch = self._apply(commands)
        except Exception as error:  # noqa: BLE001  the core is lost: say so and stop before anything is committed
            for queued in commands:
                _resolve(queued.future, Stopped("the venue stopped on an internal error"))
            self._fail(error)
            return
        self._pending += 1
        self._batches += 1
        self._handed_ns.append(perf_counter_ns())
        self.figures.batches.note(len(commands))
        if self._policy is AckPolicy.MEMORY and self._pending <= COMMITS_PENDING_MAX:
            self._writer.put(lambda: self._log.commit(batch), self._written)
            self._acknowledge(committed)
            if self._waiting:
                self._schedule()
        else:
            self._inflight = committed
            self._writer.put(lambda: self._log.commit(batch), self._written)

    def _apply(self, commands: list[QueuedCommand]) -> tuple[Committed, Batch]:
        state = self.state
        first_seq = state.machine.seq + 1
        count = len(commands)
        time_ns = max(self._clock.now_ns(), state.time_ns)
        rows = bytearray(b"".join([queued.row for queued in commands]))
        columns = memoryview(rows).cast("q")
        columns[SEQ::COMMAND_WIDTH] = memoryview(array("q", range(first_seq, first_seq + count)))
        columns[TIME_NS::COMMAND_WIDTH] = memoryview(array("q", [time_ns]) * count)
        texts = {at: queued.text for at, queued in enumerate(commands) if queued.text}
        notes = [(at, note) for at, queued in enumerate(commands) if queued.notes for note in queued.notes]
        applied = state.apply(columns, texts, time_ns, notes)
        committed = Committed(first_seq, time_ns, commands, applied)
        batch = Batch(
            first_seq=first_seq, count=count, time_ns=time_ns, commands=bytes(rows), texts=texts,
            events=applied.events, closed=applied.closed, closed_texts=applied.closed_texts,
            candles=self._finished_minutes(),
            accounts=accounts_opened(commands, applied.events) if notes else [], notes=notes,
        )  # fmt: skip
        return committed, batch

    def _look_at(self, committed: Committed, queued: QueuedCommand, events: Sequence[Event]) -> OrderRecord | None:
        order_id = queued.look_at
        if order_id == LOOK_AT_PLACED:
            order_id = next((event.order_id for event in events if isinstance(event, Placed)), 0)
        for order, text in zip(committed.closed, committed.closed_texts, strict=True):
            if order.order_id == order_id:
                return OrderRecord(order, text)
        row = self.state.machine.order(order_id) if order_id else None
        return None if row is None else OrderRecord(Order._make(row), self.state.texts.get(order_id, ""))

    def _written(self, error: BaseException | None) -> None:
        self._pending -= 1
        self.figures.commits.note(perf_counter_ns() - self._handed_ns.popleft())
        if error is not None:
            self._fail(error)
            return
        while self._settling and self._settling[0][0] <= self._batches - self._pending:
            _resolve(self._settling.popleft()[1], None)
        committed, self._inflight = self._inflight, None
        if committed is not None:
            self._acknowledge(committed)
            self._start_batch()  # at once: the disk works while those who were answered write their answers
        elif self._pending == 0:
            self._wake_idle()

    def _acknowledge(self, committed: Committed) -> None:
        try:
            committed.decode()
            committed.resolve(self._look_at)
            self._publish(committed)
        except Exception as error:  # noqa: BLE001  what is committed cannot be told: stop rather than fall silent
            for queued in committed.commands:
                _resolve(queued.future, OutcomeUnknown(f"what was done cannot be told: {error}"))
            self._fail(error)
            return
        now = perf_counter_ns()
        self.figures.acks.note_all([now - queued.handed_ns for queued in committed.commands])
        while self._reads:
            ask, future = self._reads.popleft()
            _answer(future, ask, self.state.machine)
        if not self._stopped:
            self.deadlines.arm()
        if not self._waiting:
            self._wake_idle()

    def _fail(self, error: BaseException) -> None:
        if self._failed:
            return
        foreseen = isinstance(error, ServiceError)  # the disk's failure: its words say all; a bug's place is asked for
        _log.critical("the venue stops: %s", error, exc_info=None if foreseen else error)
        self._failed = True
        self._stopped = f"the venue stopped: {error}"
        if self._inflight is not None:
            for queued in self._inflight.commands:
                _resolve(queued.future, OutcomeUnknown(f"the store failed during the commit: {error}"))
        self._rehearsed = 0
        while self._waiting:
            _resolve(self._waiting.popleft().future, Stopped(self._stopped))
        while self._reads:
            _resolve(self._reads.popleft()[1], Stopped(self._stopped))
        while self._settling:
            _resolve(self._settling.popleft()[1], Stopped(self._stopped))
        self.deadlines.disarm()
        self._wake_idle()
        self._on_failure(error)

    def _wake_idle(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)


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
