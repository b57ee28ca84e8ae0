"""The audit log as programs before version 7 kept it: its chain's end, then each entry as the note that says it today.

Those programs kept names, addresses and numbers in plain text. Each entry is sealed for the customer whom it is about, else for
the venue; of an erased customer the note says that there was an entry, not what it told. The same transaction empties the table.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from bedesten.domain.notes import ActNoted, FormerAuditEnded, Note
from bedesten.services.audit import Told, sealed
from bedesten.services.ports import Sealing
from bedesten.services.sealing.owners import owner_of
from bedesten.services.store_types import AuditEntry
from bedesten.storage.audit import verified_entries
from bedesten.storage.vault import Vault

KIND: Final = "audit_entries"
UNKNOWN: Final = " ?"  # behind a name that somebody claimed to have
NAMED_IN: Final = ("account", "name", "to", "parent")  # of an entry's particulars, where they name an account


def end_of_chain(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield where the audit log's own chain ends, if there was one: from there on the journal's chain holds it, too."""
    for last in deque(_entries(connection), maxlen=1):
        yield FormerAuditEnded(last.seq, last.checksum.hex())


def entries(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield each entry with its time, oldest first; the customers whom they are about were brought in before."""
    accounts: dict[str, int] = dict(connection.execute("SELECT name, id FROM accounts").fetchall())
    for entry in _entries(connection):
        detail = msgspec.json.decode(entry.detail)
        particulars: dict[str, Any] = dict(detail) if isinstance(detail, dict) else {"detail": detail}
        about = _about(entry.actor, particulars, accounts)
        if about and vault.is_erased(owner_of(about)):
            yield ActNoted(entry.action, about, 0, "", entry.time_ns)
        else:
            told = Told(entry.actor, str(particulars.pop("outcome", "")), particulars)
            yield sealed(vault, entry.action, told, about, time_ns=entry.time_ns)


def _entries(connection: sqlite3.Connection) -> Iterator[AuditEntry]:
    """Yield the entries, verified. Raises: DamagedJournal."""
    return verified_entries(map(AuditEntry._make, connection.execute("SELECT * FROM audit ORDER BY seq")))


def _about(actor: str, particulars: dict[str, Any], accounts: dict[str, int]) -> int:
    named = [actor.removesuffix(UNKNOWN), *(particulars.get(name) for name in NAMED_IN)]
    return next((accounts[name] for name in named if isinstance(name, str) and name in accounts), 0)
