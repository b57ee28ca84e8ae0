"""The log: every command that was ever taken, in its order, and who may write the next one."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import msgspec

from bedesten.domain.notes import Noted
from bedesten.services.store_types import Account, CandleRow


class AckPolicy(enum.Enum):
    """When a command is acknowledged."""

    MEMORY = "memory"  # once applied; what was acknowledged last may be lost with the process
    WRITTEN = "written"  # once handed to the operating system; survives the process
    SYNCED = "synced"  # once on the disk; survives the machine


class Batch(msgspec.Struct, kw_only=True):
    """Commands that are committed together, and what they caused. All of it is one transaction."""

    first_seq: int
    count: int
    time_ns: int
    commands: bytes  # count rows of domain.commands.COMMAND_WIDTH
    texts: dict[int, str]  # row index in the batch → client id, or the name of an account being opened
    events: bytes  # rows of domain.events.EVENT_WIDTH
    closed: bytes  # rows of domain.orders.ORDER_WIDTH, one per CLOSED event
    closed_texts: list[str]  # their client ids, "" for none
    candles: list[CandleRow] = []  # minutes that ended since the last batch; a row that exists is replaced
    accounts: list[Account] = []  # accounts that this batch opens
    notes: list[Noted] = []  # by index of the command they stand beside


class JournaledBatch(msgspec.Struct, frozen=True):
    """The part of a batch that replay needs."""

    first_seq: int
    count: int
    time_ns: int
    commands: bytes
    texts: dict[int, str]
    notes: list[Noted] = []


class Record(Protocol):
    """A batch as it stands in the log, chained to the one before it by a checksum."""

    @property
    def first_seq(self) -> int:
        """The first command."""
        ...

    @property
    def last_seq(self) -> int:
        """The last command."""
        ...

    @property
    def checksum(self) -> bytes:
        """Of the record and of all records before it."""
        ...

    def batch(self) -> JournaledBatch:
        """Return what replay needs of it."""
        ...


class Lease(NamedTuple):
    """The right to write a log, and where the log ended when it was given."""

    epoch: int  # grows with every holder that follows another
    seq: int  # of the last command; 0: the log is empty
    checksum: bytes  # of the last record


class Log(Protocol):
    """The journal, and the rows that its batches cause. One holder at a time writes it.

    Called in one thread at a time: the sequencer's writer, once a venue runs. `records` may be called in any.
    Raises: StoreFailure.
    """

    def take(self, holder: str) -> Lease | None:
        """Become the one who writes; None: somebody else is. *holder*: told to whoever asks in vain.

        Who has the log already is given the same lease, with the log's end as it is now.
        """
        ...

    def renew(self) -> None:
        """Go on being the one who writes.

        Raises: Fenced when the log was not taken, or is somebody else's by now.
        """
        ...

    def commit(self, batch: Batch) -> None:
        """Write a batch whole; when this returns it is as durable as the acknowledgment policy promises.

        Raises: Fenced, as `renew`, and then nothing was written; StoreFailure for a batch that does not follow the last one;
        StoreStopped: it may be written or not, and nothing is taken any more.
        """
        ...

    def records(self, after_seq: int) -> Iterator[Record]:
        """Yield the records behind *after_seq*, verified, oldest first.

        Raises: DamagedJournal when a checksum does not hold, a record is missing, or the log ends before *after_seq*.
        """
        ...
