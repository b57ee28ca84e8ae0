"""Notes written behind the last record of a store that no venue runs on, as its first batch would write them."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator
from itertools import islice
from typing import Final

from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import Op
from bedesten.domain.notes import HOLD_STEPS, Note
from bedesten.services.ports import Batch
from bedesten.storage import hold_notes, noted
from bedesten.storage.journal import GENESIS, Record, outcome_of, seal
from bedesten.storage.tables import insertion

NOTES_A_BATCH: Final = 1_024


def append(connection: sqlite3.Connection, notes: Iterator[Note]) -> int:
    """Write each note beside a command NOTE of its own, with the rows they cause, and return how many there were.

    At the time of the last record, so that nothing falls due by them. The caller has the transaction. Raises: sqlite3.Error.
    """
    into_journal = insertion(connection, "journal")
    rows = connection.execute("SELECT * FROM journal ORDER BY first_seq DESC LIMIT 1").fetchall()
    last = Record(*rows[0]) if rows else None
    seq, time_ns, checksum = (last.last_seq, last.time_ns, last.checksum) if last else (0, 0, GENESIS)
    count = 0
    while some := list(islice(notes, NOTES_A_BATCH)):
        commands = array("q")
        for at in range(len(some)):
            commands.extend([int(Op.NOTE), seq + 1 + at, time_ns, *[0] * (COMMAND_WIDTH - 3)])
        batch = Batch(
            first_seq=seq + 1, count=len(some), time_ns=time_ns, commands=commands.tobytes(), texts={}, events=b"",
            closed=b"", closed_texts=[], notes=list(enumerate(some)),
        )  # fmt: skip
        record = seal(checksum, batch, outcome_of(b"", b""))
        connection.execute(into_journal, record)
        noted.add(connection, noted.rows_of(seq + 1, time_ns, batch.notes))
        hold_notes.add(connection, [(note.hold_id, note) for note in some if isinstance(note, HOLD_STEPS)])
        seq, checksum, count = record.last_seq, record.checksum, count + len(some)
    return count
