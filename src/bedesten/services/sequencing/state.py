"""The state of the venue: the core, beside it the clients' own ids of the orders that live, and what services remember.

The live run, restart and the snapshot builder all change it through `apply`, so there is one way for it to come about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from bedesten.core import Machine
from bedesten.domain.columns import KIND, SEQ, at
from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import CloseReason, EventKind
from bedesten.domain.events import EVENT_WIDTH, Closed, Placed
from bedesten.domain.notes import Noted
from bedesten.domain.orders import ORDER_WIDTH, Order
from bedesten.services.errors import DamagedJournal, SnapshotOutdated
from bedesten.services.ports import JournaledBatch
from bedesten.services.sequencing.folds import Folds
from bedesten.services.store_types import StateSnapshot

PLACED: Final = int(EventKind.PLACED)
CLOSED: Final = int(EventKind.CLOSED)
REISSUED: Final = int(CloseReason.REISSUED)
CLOSE_REASON: Final = at(Order, "close_reason")
ORDER_ID: Final = at(Placed, "order_id")  # where CLOSED has it too, as it has the account
ACCOUNT: Final = at(Placed, "account")
REASON: Final = at(Closed, "reason")
ROW_BYTES: Final = 8  # of one integer
ORDER_BYTES: Final = ORDER_WIDTH * ROW_BYTES
COMMAND_BYTES: Final = COMMAND_WIDTH * ROW_BYTES


class Applied(NamedTuple):
    """What a batch of commands caused, as the core's own rows."""

    events: bytes
    closed: bytes
    closed_texts: list[str]  # one per closed order, "" for none


class VenueState:
    """The core, the client ids of live orders, and the folds.

    Invariant: a pure function of the commands, texts and notes applied, so that a replay ends where the live run stood.
    """

    __slots__ = ("_older", "by_client_id", "folds", "machine", "texts", "time_ns")

    def __init__(self, machine: Machine | None = None, folds: Folds | None = None) -> None:
        self.machine = Machine() if machine is None else machine
        self.folds = Folds() if folds is None else folds
        self.texts: dict[int, str] = {}  # order id → client id
        self.by_client_id: dict[tuple[int, str], int] = {}  # account, client id → the newest live order with it
        self._older: dict[tuple[int, str], dict[int, None]] = {}  # the live ones before that, where there are any
        self.time_ns = 0  # of the last batch

    @classmethod
    def restore(cls, snapshot: StateSnapshot, folds: Folds | None = None) -> VenueState:
        """Return the state that a snapshot holds.

        Raises: SnapshotOutdated when it lacks something of the core's, or one of the folds, or has another version of it.
        """
        if not Machine.holds_all(snapshot.core):
            raise SnapshotOutdated(
                f"the state snapshot of seq {snapshot.seq} does not hold all that the core keeps now"
            )
        if folds is not None:
            folds.restore(snapshot.folds)
        state = cls(Machine.restore(snapshot.core), folds)
        state.time_ns = snapshot.time_ns
        for order_id in sorted(snapshot.texts):
            row = state.machine.order(order_id)
            if row is not None:
                state._remember(order_id, Order._make(row).account, snapshot.texts[order_id])
        return state

    def capture(self) -> StateSnapshot:
        """Return a snapshot of the state as it is."""
        core = self.machine.snapshot()
        return StateSnapshot(self.machine.seq, self.time_ns, core, dict(self.texts), self.folds.capture())

    def apply(
        self, commands: memoryview, texts: Mapping[int, str], time_ns: int, notes: Sequence[Noted] = ()
    ) -> Applied:
        """Apply stamped command rows; *texts*: row index → client id; *notes*: by row index.

        Raises: InvariantError on a bug; the state is lost then.
        """
        machine = self.machine
        first_seq = machine.seq + 1
        machine.apply(commands)
        self.time_ns = time_ns
        events = machine.take_events()
        closed = machine.take_closed()
        if texts or (self.texts and REISSUED in memoryview(closed).cast("q")[CLOSE_REASON::ORDER_WIDTH].tolist()):
            self._note_placed(events, texts, first_seq)
        self.folds.follow(commands, notes, events, time_ns)
        if self.texts and closed:
            return Applied(events, closed, self._forget_closed(closed))
        return Applied(events, closed, [""] * (len(closed) // ORDER_BYTES))

    def replay(self, batch: JournaledBatch) -> Applied:
        """Apply a batch of the journal.

        Raises: DamagedJournal when it is not the one that follows.
        """
        follows = self.machine.seq + 1
        if batch.first_seq != follows or len(batch.commands) != batch.count * COMMAND_BYTES:
            raise DamagedJournal(f"the journal goes on at {batch.first_seq} where {follows} should follow")
        return self.apply(memoryview(batch.commands).cast("q"), batch.texts, batch.time_ns, batch.notes)

    def _remember(self, order_id: int, account: int, text: str) -> None:
        self.texts[order_id] = text
        older = self.by_client_id.get((account, text))
        if older is not None:
            self._older.setdefault((account, text), {})[older] = None
        self.by_client_id[account, text] = order_id

    def _note_placed(self, events: bytes, texts: Mapping[int, str], first_seq: int) -> None:
        columns = memoryview(events).cast("q")
        kinds, seqs = columns[KIND::EVENT_WIDTH].tolist(), columns[SEQ::EVENT_WIDTH].tolist()
        order_ids, accounts = columns[ORDER_ID::EVENT_WIDTH].tolist(), columns[ACCOUNT::EVENT_WIDTH].tolist()
        reasons = columns[REASON::EVENT_WIDTH].tolist()
        reissued = 0  # the order that the next one placed goes on for: it passes its client id on
        for kind, seq, order_id, account, reason in zip(kinds, seqs, order_ids, accounts, reasons, strict=True):
            if kind == CLOSED and reason == REISSUED:
                reissued = order_id
            elif kind == PLACED:
                text = self.texts.get(reissued) if reissued else texts.get(seq - first_seq)
                if text:
                    self._remember(order_id, account, text)
                reissued = 0

    def _forget_closed(self, closed: bytes) -> list[str]:
        columns = memoryview(closed).cast("q")
        gone: list[str] = []
        order_ids = columns[at(Order, "order_id") :: ORDER_WIDTH].tolist()
        accounts = columns[at(Order, "account") :: ORDER_WIDTH].tolist()
        for order_id, account in zip(order_ids, accounts, strict=True):
            text = self.texts.pop(order_id, "")
            if text:
                self._forget(order_id, account, text)
            gone.append(text)
        return gone

    def _forget(self, order_id: int, account: int, text: str) -> None:
        older = self._older.get((account, text))
        if older is None:
            del self.by_client_id[account, text]
            return
        if self.by_client_id[account, text] == order_id:
            self.by_client_id[account, text] = order_id = next(reversed(older))
        del older[order_id]
        if not older:
            del self._older[account, text]
