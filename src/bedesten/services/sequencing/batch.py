"""A batch on its way through the sequencer: commands in, one committed batch, a result for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from struct import Struct
from struct import error as StructError
from typing import Final

import msgspec

from bedesten.domain.columns import HEADER, KIND, SEQ
from bedesten.domain.commands import COMMAND_WIDTH, COMMANDS, Command, OpenAccount
from bedesten.domain.enums import EventKind, Op
from bedesten.domain.events import AccountOpened, Event, Traded, read_events
from bedesten.domain.notes import AccountNamed, Note
from bedesten.domain.orders import Order, read_orders
from bedesten.services.errors import OutOfRange
from bedesten.services.sequencing.state import Applied
from bedesten.services.store_types import Account, OrderRecord

_CLOSED: Final = int(EventKind.CLOSED)
_TRADED: Final = int(EventKind.TRADED)
_astuple = msgspec.structs.astuple


def _packer(kind: type[Command]) -> Callable[..., bytes]:
    # op, room for seq and time, the fields, zeros to the row's end
    width = len(kind.__struct_fields__)
    return Struct(f"=q16x{width}q{8 * (COMMAND_WIDTH - HEADER - width)}x").pack


_PACKERS: Final[dict[Op, Callable[..., bytes]]] = {op: _packer(kind) for op, kind in COMMANDS.items()}


class Result(msgspec.Struct, frozen=True, gc=False):
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


class QueuedCommand(msgspec.Struct, gc=False):
    """A command in the queue of the sequencer, and who waits for its result."""

    command: Command
    row: bytes
    text: str
    look_at: int
    future: asyncio.Future[Result]
    handed_ns: int = 0  # when, by a clock for durations alone
    notes: Sequence[Note] = ()
    more: int = 0  # how many of its group follow it: they share its batch


class Committed:
    """A batch that was applied, decoded once for everyone who watches; its commands know where their events are."""

    __slots__ = ("applied", "closed", "events", "first_seq", "commands", "time_ns", "trades")

    def __init__(self, first_seq: int, time_ns: int, commands: list[QueuedCommand], applied: Applied) -> None:
        self.first_seq = first_seq
        self.time_ns = time_ns
        self.commands = commands
        self.applied = applied
        self.events: list[Event] = []
        self.closed: list[Order] = []
        self.trades: list[Traded] = []

    @property
    def closed_texts(self) -> list[str]:
        """The client ids of the closed orders, "" for none."""
        return self.applied.closed_texts

    def decode(self) -> None:
        """Read the core's rows."""
        self.events = read_events(self.applied.events)
        if self.applied.closed:
            self.closed = read_orders(self.applied.closed)

    def resolve(self, look_at: Callable[[Committed, QueuedCommand, Sequence[Event]], OrderRecord | None]) -> None:
        """Answer every command with its own part of the events; *look_at* finds the order that its caller asked to see."""
        events, closed, trades, texts = self.events, self.closed, self.trades, self.applied.closed_texts
        time_ns, seq = self.time_ns, self.first_seq
        at, closed_at, end = 0, 0, len(events)
        for queued in self.commands:
            start, closed_start = at, closed_at
            while at < end and (event := events[at])[SEQ] == seq:
                kind = event[KIND]
                if kind == _TRADED:
                    trades.append(event)  # type: ignore[arg-type]
                elif kind == _CLOSED:
                    closed_at += 1
                at += 1
            future = queued.future
            if not future.done():
                mine = events[start:at]
                if closed_start == closed_at and not queued.look_at:
                    future.set_result(Result(seq, time_ns, mine))
                else:
                    watched = look_at(self, queued, mine) if queued.look_at else None
                    ended = slice(closed_start, closed_at)
                    future.set_result(Result(seq, time_ns, mine, closed[ended], texts[ended], watched))
            seq += 1


def pack(command: Command) -> bytes:
    """Return the command's row, with room for seq and time.

    Raises: OutOfRange when a field does not fit 64 bits.
    """
    op = command.op
    try:
        return _PACKERS[op](op, *_astuple(command))
    except StructError as error:
        raise OutOfRange(str(error)) from None


def accounts_opened(commands: list[QueuedCommand], events: bytes) -> list[Account]:
    """Return the accounts that a batch opens, with the names journaled beside the commands."""
    names = {
        queued.command.account: note.name
        for queued in commands
        if isinstance(queued.command, OpenAccount)
        for note in queued.notes
        if isinstance(note, AccountNamed)
    }
    if not names:
        return []
    opened = [event.account for event in read_events(events) if isinstance(event, AccountOpened)]
    return [Account(account, names[account]) for account in opened if names.get(account)]
