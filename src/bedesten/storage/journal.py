"""The journal's record: a batch of commands, chained to the batch before it.

Owns the record's format and its verification; never touches a database. Format 3, in docs/journal.md: the checksum is
SHA-256 over the previous record's checksum, the numbers of the head as big-endian 64-bit integers (format, first_seq,
count, time_ns, outcome, length of commands), the packed commands, the texts, and the notes and origins, each behind its length.
Format 2 had whole rows of commands, and format 1 no notes and no origins; their records stay what they are. Invariant: a
chain that verifies holds every command from seq 1 on, once, in order.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from bedesten.core import pack_rows, unpack_rows
from bedesten.domain import notes as noted
from bedesten.services.errors import DamagedJournal
from bedesten.services.ports import Batch, JournaledBatch
from bedesten.storage import format1, format2

JOURNAL_FORMAT: Final = 3
PACKED: Final = 3  # the first format whose commands are packed
GENESIS: Final = bytes(32)  # the "previous checksum" of the first record

_HEAD: Final = struct.Struct(">6q")
_LENGTH: Final = struct.Struct(">q")
_TEXTS: Final = msgspec.json.Decoder(dict[int, str])
_write_texts: Final = msgspec.json.Encoder().encode


class Record(NamedTuple):
    """One row of the journal, columns in the table's order."""

    first_seq: int
    count: int  # type: ignore[assignment]  # hides tuple.count, which no caller needs of a record
    time_ns: int
    format: int
    commands: bytes
    texts: str  # JSON: index of the command in the batch → text; "" when there is none
    outcome: int  # CRC-32 of the events and of the closed orders: replay that differs is found out
    checksum: bytes
    notes: bytes = b""  # domain.notes.encode; format 1: none
    origins: bytes = b""  # eight bytes a command: which process asked for it; b"": this one, for all of them

    @property
    def last_seq(self) -> int:
        return self.first_seq + self.count - 1

    def batch(self) -> JournaledBatch:
        """Return what replay needs.

        Raises: DamagedJournal when its texts or notes cannot be read.
        """
        try:
            texts = _TEXTS.decode(self.texts) if self.texts else {}
        except msgspec.DecodeError as error:
            raise DamagedJournal(f"the texts of the batch at seq {self.first_seq} cannot be read: {error}") from error
        try:
            notes = noted.decode(self.notes)
        except msgspec.DecodeError as error:
            raise DamagedJournal(f"the notes of the batch at seq {self.first_seq} cannot be read: {error}") from error
        if self.format < PACKED:
            notes = format1.notes_of(self.commands, texts, notes)
        return JournaledBatch(self.first_seq, self.count, self.time_ns, self.rows(), texts, notes)

    def rows(self) -> bytes:
        """Return the commands as the core reads them.

        Raises: DamagedJournal when they cannot be read.
        """
        if self.format < PACKED:
            return format2.rows_of(self.commands)
        try:
            return unpack_rows(self.commands, self.count, self.first_seq, self.time_ns)
        except ValueError as error:
            raise DamagedJournal(
                f"the commands of the batch at seq {self.first_seq} cannot be read: {error}"
            ) from error


def outcome_of(events: bytes, closed: bytes, version: int = JOURNAL_FORMAT) -> int:
    """Return the short mark of what a batch caused. *version*: of the record's format."""
    return format2.outcome_of(events, closed) if version < PACKED else zlib.crc32(closed, zlib.crc32(events))


def seal(previous: bytes, batch: Batch, outcome: int, *, version: int = JOURNAL_FORMAT) -> Record:
    """Return the record of a batch that follows the one with the checksum *previous*. *version*: of its format."""
    texts = _write_texts(batch.texts).decode() if batch.texts else ""
    commands = batch.commands
    if version >= PACKED:
        commands = pack_rows(memoryview(commands).cast("q"), batch.first_seq, batch.time_ns)
    record = Record(
        batch.first_seq, batch.count, batch.time_ns, version, commands, texts, outcome, b"",
        noted.encode(batch.notes),
    )  # fmt: skip
    return record._replace(checksum=_checksum(previous, record))


def verified(records: Iterable[Record], *, after_seq: int = 0, previous: bytes = GENESIS) -> Iterator[Record]:
    """Yield the records as long as they are what was written.

    *after_seq* and *previous* tell the last seq and the checksum of the record before the first.
    Raises: DamagedJournal that names the record.
    """
    expected = after_seq + 1
    for record in records:
        _check(record, expected, previous)
        yield record
        expected, previous = record.last_seq + 1, record.checksum


def _check(record: Record, expected: int, previous: bytes) -> None:
    first = record.first_seq
    place = f"the batch at seq {first} (row first_seq={first} of table journal)"
    if tuple(map(type, record)) != _KINDS:
        raise DamagedJournal(f"damaged journal: {place} holds values of the wrong type")
    if first > expected:
        raise DamagedJournal(f"damaged journal: seq {expected} to {first - 1} are missing before {place}")
    if first < expected:
        raise DamagedJournal(f"damaged journal: {place} repeats what ended at seq {expected - 1}")
    if record.format > JOURNAL_FORMAT:
        raise DamagedJournal(f"{place} has journal format {record.format}; this program reads up to {JOURNAL_FORMAT}")
    if record.checksum != _checksum(previous, record):
        raise DamagedJournal(f"damaged journal: {place} or its chain to the batch before does not match its checksum")
    if record.count < 1 or (record.format < PACKED and len(record.commands) != record.count * format2.COMMAND_BYTES):
        raise DamagedJournal(
            f"damaged journal: {place} names {record.count} commands but holds {len(record.commands)} bytes"
        )


_KINDS: Final = (int, int, int, int, bytes, str, int, bytes, bytes, bytes)


def _checksum(previous: bytes, record: Record) -> bytes:
    chain = hashlib.sha256(previous)
    first_seq, count, time_ns, version, commands, texts, outcome, _, notes, origins = record
    chain.update(_HEAD.pack(version, first_seq, count, time_ns, outcome, len(commands)))
    chain.update(commands)
    chain.update(texts.encode("utf-8", "surrogatepass"))
    if version > 1:
        chain.update(_LENGTH.pack(len(notes)) + notes)
        chain.update(_LENGTH.pack(len(origins)) + origins)
    return chain.digest()
