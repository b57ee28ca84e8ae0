"""The audit log as programs before version 7 wrote it: a table with a chain of its own."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from bedesten.storage.audit import AUDIT_GENESIS, _checksum
from bedesten.storage.directory import VENUE_FILE
from bedesten.storage.imports import IMPORTED, KINDS
from bedesten.storage.imports_audit import KIND


def write_former(home: Path, *entries: tuple[int, str, str, str], stays: bool = False) -> bytes:
    """Put entries (time_ns, actor, action, detail) into a stopped venue's former table, and return the last one's checksum.

    The directory is as one whose audit log was not brought in yet. *stays*: the next start says where the chain ends and
    leaves the table, as the programs did that brought in no entry.
    """
    previous = AUDIT_GENESIS
    with closing(sqlite3.connect(home / VENUE_FILE)) as connection, connection:
        for seq, entry in enumerate(entries, 1):
            checksum = _checksum(previous, seq, *entry)
            connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)", (seq, *entry, previous, checksum))
            previous = checksum
        others = json.dumps([kind for kind in KINDS if kind not in ("audit", "login_log") and (stays or kind != KIND)])
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (IMPORTED, others))
    return previous
