"""Proof that the rows of the audit log and of login logs are what the journal says, no more and no less.

The audit log's former chain must end where the journal says that it ended: it is followed by itself until its entries are brought
in, and then as many notes are there as it had entries.
"""

from __future__ import annotations

from bedesten.domain.notes import FormerAuditEnded
from bedesten.services.audit import is_former
from bedesten.services.errors import DamagedJournal
from bedesten.storage.audit import AUDIT_GENESIS
from bedesten.storage.journal import Record
from bedesten.storage.noted import rows_of
from bedesten.storage.record_queries import RecordQueries
from bedesten.storage.rows import refused_in


class EntriesCheck:
    """Follows the journal and the rows side by side."""

    def __init__(self, rows: RecordQueries) -> None:
        self._rows = rows
        self._stored = rows.noted_rows()
        self._count = self._brought_in = 0
        self._ended: FormerAuditEnded | None = None

    def follow(self, record: Record, events: bytes) -> None:
        """Compare what a record says with the rows that follow. Raises: DamagedJournal, StoreFailure."""
        if not record.notes:
            return
        notes = record.batch().notes
        self._ended = next((note for _, note in notes if isinstance(note, FormerAuditEnded)), self._ended)
        self._brought_in += sum(is_former(note) for _, note in notes)
        said = rows_of(record.first_seq, record.time_ns, notes)
        if not said:
            return
        refused = refused_in(events)
        for row in said:
            if row[0] in refused:
                continue
            self._count += 1
            if next(self._stored, None) != row:
                raise DamagedJournal(
                    f"damaged audit log: row {self._count} of table noted is not what the journal says beside command {row[0]}"
                )

    def end(self) -> tuple[int, str]:
        """Return how many entries there are, and the checksum of the former chain's last one.

        Raises: DamagedJournal when there are more than the journal says, or the former chain is another; StoreFailure.
        """
        if (more := next(self._stored, None)) is not None:
            raise DamagedJournal(
                f"damaged audit log: the journal knows nothing of the entry at command {more[0]} of table noted"
            )
        count, checksum = 0, AUDIT_GENESIS
        for entry in self._rows.former_audit_entries():
            count, checksum = entry.seq, entry.checksum
        if self._ended is not None and not count and self._brought_in == self._ended.entries:
            return self._count, self._ended.checksum
        if self._ended is not None and (count, checksum.hex()) != (self._ended.entries, self._ended.checksum):
            raise DamagedJournal(
                f"damaged audit log: table audit ends with entry {count}, but the journal says that it ended with entry "
                f"{self._ended.entries} of the checksum {self._ended.checksum}"
            )
        return self._count + count, checksum.hex()
