"""The audit log as programs before version 7 kept it: a table, each entry chained to the entry before it.

Owns the chain's format and its verification; never touches a database. The checksum is SHA-256 over the previous entry's
checksum, seq and time as big-endian 64-bit integers, and actor, action and detail in UTF-8, each behind its length. An entry
that is altered, dropped, repeated or moved breaks the chain at that place; where it ends stands in the journal.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from bedesten.services.errors import DamagedJournal
from bedesten.services.store_types import AuditEntry

AUDIT_GENESIS: Final = bytes(32)  # the "previous" of the first entry

_NUMBERS: Final = struct.Struct(">2q")
_LENGTH: Final = struct.Struct(">q")


def verified_entries(entries: Iterable[AuditEntry]) -> Iterator[AuditEntry]:
    """Yield the entries from the first one on, as long as they are what was written.

    Raises: DamagedJournal that names the entry.
    """
    expected, previous = 1, AUDIT_GENESIS
    for entry in entries:
        _check(entry, expected, previous)
        yield entry
        expected, previous = entry.seq + 1, entry.checksum


def _check(entry: AuditEntry, expected: int, previous: bytes) -> None:
    place = f"the audit log's entry {entry.seq} (row seq={entry.seq} of table audit)"
    if tuple(map(type, entry)) != _KINDS:
        raise DamagedJournal(f"damaged audit log: {place} holds values of the wrong type")
    if entry.seq != expected:
        raise DamagedJournal(f"damaged audit log: entry {expected} is missing before {place}")
    if entry.previous != previous or entry.checksum != _checksum(previous, *entry[:5]):
        raise DamagedJournal(f"damaged audit log: {place} or its chain to the entry before does not match its checksum")


_KINDS: Final = (int, int, str, str, str, bytes, bytes)


def _checksum(previous: bytes, seq: int, time_ns: int, actor: str, action: str, detail: str) -> bytes:
    chain = hashlib.sha256(previous)
    chain.update(_NUMBERS.pack(seq, time_ns))
    for text in (actor, action, detail):
        data = text.encode("utf-8", "surrogatepass")
        chain.update(_LENGTH.pack(len(data)) + data)
    return chain.digest()
