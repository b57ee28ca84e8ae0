"""The embedded store: a journal and rows in one SQLite file.

Owns every write. A batch is one transaction: its journal record, and all rows it caused. All writes come from one thread.
After a write that failed nothing more is accepted, because what is on the disk is then unknown until the venue starts
again. Invariant: when commit() returns, the batch is as durable as the acknowledgment policy promises.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, NoReturn, Protocol

from bedesten.domain.notes import Note, encode_beside
from bedesten.services import ports
from bedesten.services.errors import Fenced, StoreFailure, StoreStopped
from bedesten.services.ports import AckPolicy, Batch, Lease, Sealing
from bedesten.storage import hold_notes, noted
from bedesten.storage.forgetting import Forgetting
from bedesten.storage.journal import GENESIS, Record, outcome_of, seal
from bedesten.storage.queries import Queries
from bedesten.storage.rows import RowBuilder, Rows
from bedesten.storage.tables import insertion

WAL_PAGES_MAX: Final = 4_096  # 16 MB before the log is folded into the file: ~20 ms for one commit in some hundred
WAL_BYTES_KEPT: Final = 64 * 1024 * 1024  # a log that grew beyond, while a reader held it, is cut back
INDEX_BEHIND_MAX: Final = (
    32_768  # commands the index may fall behind before its thread is woken: more at once costs less
)

#: NORMAL writes without waiting, yet orders its writes so that the end may be lost but never the file.
SYNCHRONOUS: Final = {AckPolicy.SYNCED: "FULL", AckPolicy.WRITTEN: "NORMAL", AckPolicy.MEMORY: "OFF"}


_log = logging.getLogger("bedesten.storage")


class Keeping(ports.Vault, Protocol):
    """A vault whose new keys are written with the batches."""

    @property
    def has_drawn(self) -> bool:
        """Whether keys wait to be written."""
        ...

    def write_drawn(self) -> None:
        """Write them, in the transaction that the caller has."""
        ...


class SqliteStore(Queries):
    """services.ports.Log, Rows and Store over two connections: one that writes, one that reads and keeps the index file.

    Both may be the same one, as for a store in memory: then writing waits for reading. *writing*: a lock that every other writer
    of that connection takes, too. *reached*: called with the last seq and checksum, after each commit. With *forgetting* no
    journal is kept, and old rows are let go of.
    """

    def __init__(
        self,
        writer: sqlite3.Connection,
        reader: sqlite3.Connection,
        *,
        sealing: Sealing,
        vault: Keeping,
        writing: threading.Lock | None = None,
        reached: Callable[[int, bytes], None] | None = None,
        closed: Callable[[], None] | None = None,
        forgetting: Forgetting | None = None,
        last_seq: int = 0,
        holder: str = "",
    ) -> None:
        """*last_seq*: the last command behind the rows, where there is no journal that tells it. *holder*: as `take` is told."""
        super().__init__(reader)
        self._writer = writer
        self._forgetting = forgetting
        self._writing = self._reading if reader is writer else writing or threading.Lock()
        self._closed = closed
        self._reached = reached
        self._failure = ""
        self._holder = holder
        self._sealing = sealing
        self._vault = vault
        last = self.last_record()
        self.last_seq = last.last_seq if last else last_seq
        self._checksum = last.checksum if last else GENESIS
        self._builder = RowBuilder(self.instruments())
        self._prepare()
        self._tell_reached()
        self._behind = 0
        self._is_open = True
        self._index_failed = False  # said already
        self._wake = threading.Event()
        self._wake.set()  # an index that is made anew need not wait for the first query
        self._indexer = threading.Thread(target=self._keep_indexed, name="bedesten-index", daemon=True)
        self._indexer.start()

    def _prepare(self) -> None:
        writer = self._writer
        self._into_journal = insertion(writer, "journal")
        self._into_trades = insertion(writer, "trades")
        self._into_orders = insertion(writer, "orders", numbers_itself=True)
        self._into_transfers = insertion(writer, "transfers", numbers_itself=True)
        self._into_holds = insertion(writer, "holds")
        self._into_notes = insertion(writer, "notes")
        self._into_instruments = insertion(writer, "instruments", verb="INSERT OR REPLACE")
        self._into_candles = insertion(writer, "candles", verb="INSERT OR REPLACE")
        self._into_accounts = insertion(writer, "accounts")

    # ── its parts ──

    @property
    def log(self) -> ports.Log:
        """The journal: one transaction writes it and the rows, so one class has both."""
        return self

    @property
    def rows(self) -> ports.Rows:
        """What is shown of the past."""
        return self

    # ── writing ──

    def take(self, holder: str) -> Lease | None:
        """Become the one who writes; None: somebody else is. Other processes are kept out by the directory's lock, so that nobody
        ever follows a holder who did not close the store: the epoch is always the first.
        """
        if self._holder and self._holder != holder:
            return None
        self._holder = holder
        return Lease(1, self.last_seq, self._checksum)

    def renew(self) -> None:
        """Go on being the one who writes. Raises: Fenced when nobody took the log, or the store is closed."""
        if not self._holder:
            raise Fenced("the journal was not taken, or was let go of: only who holds it writes")

    def commit(self, batch: Batch) -> None:
        """Write a batch whole; when this returns it is as durable as the acknowledgment policy promises."""
        if self._failure:
            raise StoreStopped(self._failure)
        self.renew()
        if batch.first_seq != self.last_seq + 1:
            raise StoreFailure(f"batch at seq {batch.first_seq} does not follow seq {self.last_seq}")
        rows = self._builder.rows(batch)
        record = None if self._forgetting else self._seal(batch)
        try:
            with self._writing:
                if record is not None and not (any(rows) or batch.candles or batch.accounts or self._vault.has_drawn):
                    self._writer.execute(
                        self._into_journal, record
                    )  # orders that rest: one statement is a transaction too
                else:
                    self._commit_rows(batch, record, rows)
        except sqlite3.Error as error:
            self._fail(f"the batch at seq {batch.first_seq} could not be written", error)
        self.last_seq = batch.first_seq + batch.count - 1
        if record is not None:
            self._checksum = record.checksum
            self._tell_reached()
        self._behind += batch.count
        if self._behind >= INDEX_BEHIND_MAX:
            self._behind = 0
            self._wake.set()

    def _tell_reached(self) -> None:
        if self._reached is None:
            return
        try:
            self._reached(self.last_seq, self._checksum)
        except OSError as error:  # the batch is committed: the next start only knows less
            _log.error("how far the journal reached could not be written down: %s", error)

    def _seal(self, batch: Batch) -> Record:
        return seal(self._checksum, batch, outcome_of(batch.events, batch.closed))

    def _commit_rows(self, batch: Batch, record: Record | None, rows: Rows) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        self._vault.write_drawn()
        if record is not None:
            self._writer.execute(self._into_journal, record)
        self._insert(batch, rows)
        if self._forgetting is not None:
            self._forgetting.follow(batch.time_ns, rows)
        self._writer.execute("COMMIT")

    def _insert(self, batch: Batch, rows: Rows) -> None:
        insert = self._writer.executemany
        if rows.trades:
            insert(self._into_trades, rows.trades)
        if rows.orders:
            insert(self._into_orders, rows.orders)
        if rows.transfers:
            insert(self._into_transfers, rows.transfers)
            if batch.texts or batch.notes:
                insert(self._into_notes, _notes(batch, rows))
        if rows.instruments:
            insert(self._into_instruments, rows.instruments)
        if rows.holds:
            insert(self._into_holds, rows.holds)
        if rows.ended_holds:
            insert("UPDATE holds SET ended_ns = ?, captured = ? WHERE hold_id = ?", rows.ended_holds)
        if rows.hold_steps:
            hold_notes.add(self._writer, rows.hold_steps)
        if rows.noted:
            noted.add(self._writer, rows.noted)
        if batch.candles:
            insert(self._into_candles, [(row.instrument, *row.candle) for row in batch.candles])
        if batch.accounts:
            insert(self._into_accounts, [(a.id, a.name, a.is_system) for a in batch.accounts])

    def records(self, after_seq: int = 0) -> Iterator[Record]:
        """Yield the records behind *after_seq*, oldest first; a store without a journal has none behind its last command."""
        if self._forgetting is not None and after_seq == self.last_seq:
            return iter(())
        return super().records(after_seq)

    def image(self) -> bytes:
        """Return the whole database as one piece; for a store in memory."""
        with self._writing:
            return self._writer.serialize()

    # ── secrets ──

    @property
    def sealing(self) -> Sealing:
        """How this store's secrets are sealed."""
        return self._sealing

    @property
    def vault(self) -> ports.Vault:
        """What may be changed or thrown away: data keys, documents, snapshots."""
        return self._vault

    # ── ending ──

    def close(self) -> None:
        """Let go of the files."""
        if not self._is_open:
            return
        self._is_open, self._holder = False, ""
        self._wake.set()
        self._indexer.join()
        with self._reading:
            with suppress(sqlite3.Error):  # then it is made anew at the next start
                self._indexes.close()
            self._reader.close()
        self._writer.close()  # the last one: folds the log into the file, and removes it
        if self._closed is not None:
            self._closed()

    def _fail(self, what: str, error: sqlite3.Error) -> NoReturn:
        self._failure = f"{what}: {error}; the store accepts nothing more until the venue is started again"
        with suppress(sqlite3.Error):
            self._writer.rollback()
        raise StoreStopped(self._failure) from error

    # ── the index thread ──

    def _keep_indexed(self) -> None:
        while self._wake.wait() and self._is_open:
            self._wake.clear()
            while self._is_open and self._index_some():
                pass  # queries get their turn in between

    def _index_some(self) -> bool:
        try:
            with self._reading:
                return self._indexes.step()
        except sqlite3.Error as error:
            if not self._index_failed:  # a query that needs the index meets the same error, and tells it
                _log.error("histories cannot be answered for now: the index cannot be written: %s", error)
            self._index_failed = True
            return False


def _notes(batch: Batch, rows: Rows) -> list[tuple[int, str, bytes]]:
    beside: dict[int, list[Note]] = {}
    for at, note in batch.notes:
        beside.setdefault(at, []).append(note)
    indexes = sorted({int(row[0]) - batch.first_seq for row in rows.transfers} & (batch.texts.keys() | beside.keys()))
    return [(batch.first_seq + at, batch.texts.get(at, ""), encode_beside(beside.get(at, ()))) for at in indexes]


def tune(writer: sqlite3.Connection, policy: AckPolicy) -> None:
    """Set a fresh connection up for writing at the durability that *policy* promises."""
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA secure_delete = ON")  # what is replaced or removed may name a person
    writer.execute(f"PRAGMA synchronous = {SYNCHRONOUS[policy]}")
    writer.execute("PRAGMA fullfsync = ON")  # where a plain sync only reaches the drive's cache
    writer.execute("PRAGMA checkpoint_fullfsync = ON")
    writer.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES_MAX}")
    writer.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
