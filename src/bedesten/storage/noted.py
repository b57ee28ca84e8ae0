"""What people did, as rows: the notes of the audit log and of login logs, each as the journal says it.

Owns the form of table noted. Invariant: a row is a function of the journal, so that `verify` can tell one that is not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from bedesten.domain.notes import ActNoted, Note, StoreHandled, encode_beside
from bedesten.storage.tables import insertion

Row = tuple[int, int, int, int, bytes]


def rows_of(
    first_seq: int, time_ns: int, notes: Iterable[tuple[int, Note]], refused: Collection[int] = ()
) -> list[Row]:
    """Return (seq, time_ns, account, activity, note) of what a batch says that people did. *refused*: seqs without effect."""
    rows: list[Row] = []
    for at, note in notes:
        if isinstance(note, (ActNoted, StoreHandled)) and first_seq + at not in refused:
            encoded = encode_beside([note])
            account, activity = (note.account, note.activity) if isinstance(note, ActNoted) else (0, 0)
            rows.append((first_seq + at, note.time_ns or time_ns, account, activity, encoded))
    return rows


def add(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Write rows behind the last one. Raises: sqlite3.Error."""
    connection.executemany(insertion(connection, "noted", numbers_itself=True), rows)
