"""Reading what the venue's own file answers by itself: the journal, accounts, keys, candles and the sum of every posting.

Owns the connection that reads. Never writes. Any thread may ask; they are answered one at a time.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Final

import msgspec

from bedesten.domain.notes import Note, decode_beside
from bedesten.services.errors import DamagedJournal, StoreFailure
from bedesten.services.ports import NS_MAX, JournaledBatch
from bedesten.services.store_types import Account, AuditEntry, Candle, HoldRecord, LoggedRow
from bedesten.storage import format1, journal
from bedesten.storage.audit import verified_entries
from bedesten.storage.journal import GENESIS, Record
from bedesten.storage.noted import Row
from bedesten.storage.rows import InstrumentRow

RECORDS_AT_ONCE: Final = 512  # journal rows read under the lock at a time, so that queries get their turn

_CANDLE: Final = ", ".join(Candle._fields)
HOLD: Final = ", ".join(HoldRecord._fields)
Given = tuple[Any, ...] | dict[str, Any]  # what a question asks about, by place or by name


class RecordQueries:
    """Answers that need no index."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._reader = connection
        self._reading = threading.Lock()

    def candles(self, instrument: int, *, start_s: int, end_s: int) -> list[Candle]:
        """Return the stored minutes in start_s ≤ start < end_s, oldest first."""
        rows = self._rows(
            f"SELECT {_CANDLE} FROM candles WHERE instrument = ? AND start_s >= ? AND start_s < ? ORDER BY start_s",
            (instrument, start_s, end_s),
        )
        return [Candle._make(row) for row in rows]

    def candle_span(self, instrument: int) -> tuple[int, int] | None:
        """Return the starts of the first and the last stored minute."""
        # Two questions: SQLite finds a lone minimum or maximum by the key, but walks all rows for both together.
        minute = "FROM candles WHERE instrument = ?1)"
        ends = f"SELECT (SELECT min(start_s) {minute}, (SELECT max(start_s) {minute}"
        first, last = self._rows(ends, (instrument,))[0]
        return None if first is None else (first, last)

    def holds_by_id(self, hold_ids: Sequence[int]) -> list[HoldRecord]:
        """Return what was or is reserved under these ids, on whatever account, oldest first."""
        asked = msgspec.json.encode([number for number in hold_ids if 0 < number <= NS_MAX]).decode()
        chosen = "WHERE hold_id IN (SELECT value FROM json_each(?)) ORDER BY hold_id"
        return [hold_of(row) for row in self._rows(f"SELECT {HOLD} FROM holds {chosen}", (asked,))]

    def accounts(self) -> list[Account]:
        """Return every account that was opened, lowest id first."""
        rows = self._rows("SELECT id, name, is_system FROM accounts ORDER BY id")
        return [Account(number, name, bool(is_system)) for number, name, is_system in rows]

    def notes_beside(self, seqs: Sequence[int]) -> dict[int, list[Note]]:
        """Return the notes that stand beside those of these commands that moved money."""
        asked = msgspec.json.encode(seqs).decode()
        question = "SELECT seq, text, notes FROM notes WHERE seq IN (SELECT value FROM json_each(?))"
        return {seq: _beside(text, notes) for seq, text, notes in self._rows(question, (asked,))}

    def meta(self, name: str) -> str | None:
        """Return a fact about the venue."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def data_keys(self) -> list[tuple[str, str]]:
        """Return every owner of a data key, and the key as it is sealed."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'data_keys'"):
            return []  # of a version that had none yet
        return [(owner, sealed) for owner, sealed in self._rows("SELECT owner, sealed FROM data_keys ORDER BY owner")]

    def logged(self, after: int, limit: int) -> list[LoggedRow]:
        """Return what people did, behind the row numbered *after*, oldest first."""
        rows = self._rows("SELECT * FROM noted WHERE row_id > ? ORDER BY row_id LIMIT ?", (after, limit))
        return [_logged(row) for row in rows]

    def logged_of(self, account: int, activities: Collection[int], limit: int) -> list[LoggedRow]:
        """Return what was done of these kinds by or to the holder of an account, newest first."""
        chosen = "account = ? AND activity IN (SELECT value FROM json_each(?)) ORDER BY row_id DESC LIMIT ?"
        asked = msgspec.json.encode(sorted(activities)).decode()
        return [_logged(row) for row in self._rows(f"SELECT * FROM noted WHERE {chosen}", (account, asked, limit))]

    def noted_rows(self) -> Iterator[Row]:
        """Yield the rows of what people did, as they stand in the file, oldest first."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'noted'"):
            return  # of a version that had none yet
        columns, after = "row_id, seq, time_ns, account, activity, note", 0
        while rows := self._rows(
            f"SELECT {columns} FROM noted WHERE row_id > ? ORDER BY row_id LIMIT ?", (after, RECORDS_AT_ONCE)
        ):
            yield from (row[1:] for row in rows)
            after = rows[-1][0]

    def former_audit_entries(self) -> Iterator[AuditEntry]:
        """Yield the entries of the audit log as older programs kept it, verified; none once they were brought in.

        Raises: DamagedJournal that names the entry that is not what was written, StoreFailure.
        """
        return verified_entries(self._raw_audit())

    def _raw_audit(self) -> Iterator[AuditEntry]:
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'audit'"):
            return  # of a version that had none yet
        after, columns = 0, "SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?"
        while rows := self._rows(columns, (after, RECORDS_AT_ONCE)):
            yield from map(AuditEntry._make, rows)
            after = rows[-1][0]

    def instruments(self) -> list[InstrumentRow]:
        """Return what the store knows of every listed instrument."""
        return [InstrumentRow._make(row) for row in self._rows("SELECT * FROM instruments ORDER BY instrument")]

    def sums(self) -> list[tuple[int, int, int]]:
        """Return (account, asset, amount): every posting there ever was, summed up. Reads all trades and transfers."""
        postings = "SELECT account, asset, sum(amount) FROM postings GROUP BY account, asset ORDER BY account, asset"
        return [(account, asset, amount) for account, asset, amount in self._rows(postings)]

    # ── the journal ──

    def batches(self, after_seq: int) -> Iterator[JournaledBatch]:
        """Yield the batches behind *after_seq*, oldest first.

        Raises: DamagedJournal when a checksum does not hold, a batch is missing, or the journal ends before *after_seq*.
        """
        return (record.batch() for record in self.records(after_seq))

    def records(self, after_seq: int = 0) -> Iterator[Record]:
        """Yield the journal's records behind *after_seq*, verified, oldest first."""
        return journal.verified(
            self._raw_records(after_seq), after_seq=after_seq, previous=self._checksum_at(after_seq)
        )

    def last_record(self) -> Record | None:
        """Return the journal's last record, unverified."""
        rows = self._rows("SELECT * FROM journal ORDER BY first_seq DESC LIMIT 1")
        return Record(*rows[0]) if rows else None

    def _checksum_at(self, seq: int) -> bytes:
        if seq == 0:
            return GENESIS
        rows = self._rows("SELECT * FROM journal WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1", (seq,))
        if not rows or (before := Record(*rows[0])).last_seq < seq:
            raise DamagedJournal(f"damaged journal: it ends before seq {seq}, which the state speaks of")
        if before.last_seq != seq:
            raise DamagedJournal(f"damaged journal: seq {seq} is not the end of a batch")
        return before.checksum

    def _raw_records(self, after_seq: int) -> Iterator[Record]:
        while True:
            try:
                rows = self._rows(
                    "SELECT * FROM journal WHERE first_seq > ? ORDER BY first_seq LIMIT ?", (after_seq, RECORDS_AT_ONCE)
                )
            except StoreFailure as error:
                raise DamagedJournal(
                    f"damaged journal: unreadable somewhere behind seq {after_seq}: {error}"
                ) from error
            yield from (Record(*row) for row in rows)
            if len(rows) < RECORDS_AT_ONCE:
                return
            after_seq = rows[-1][0]

    # ── asking ──

    def _rows(
        self, question: str, given: Given = (), *, first: Callable[[], object] | None = None
    ) -> list[tuple[Any, ...]]:
        try:
            with self._reading:
                if first is not None:
                    first()
                return self._reader.execute(question, given).fetchall()
        except sqlite3.Error as error:
            self._met(error)
            raise StoreFailure(f"the store could not be read: {error}") from error

    def _met(self, error: sqlite3.Error) -> None:
        """Take note of what a question met, under no lock."""


def _beside(text: str, notes: bytes, said: Callable[[str], Note | None] = format1.beside_money) -> list[Note]:
    note = said(text) if text and not notes else None  # of a row from before notes
    return decode_beside(notes) if note is None else [note]


def _logged(row: tuple[Any, ...]) -> LoggedRow:
    row_id, seq, time_ns, account, activity, notes = row
    return LoggedRow(row_id, seq, time_ns, account, activity, decode_beside(notes)[0])


def hold_of(row: tuple[Any, ...]) -> HoldRecord:
    """Return a row of table holds as its record."""
    *columns, notes = row
    record = HoldRecord(*columns)
    return record._replace(notes=tuple(beside_of_hold(record.text, notes)))


def beside_of_hold(text: str, notes: bytes) -> list[Note]:
    """Return what columns text and notes of a row of table holds say."""
    return _beside(text, notes, format1.beside_hold)
