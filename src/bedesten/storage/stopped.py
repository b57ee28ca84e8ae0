"""Changing the files of a venue that does not run, and the entry in its audit log that says so.

Owns the conditions: nobody has the directory, and the last run ended in good order, because only a start may decide what
becomes of an unfinished log. Entries are made and chained as everywhere (storage/audit.py).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from bedesten.services.errors import StoreFailure
from bedesten.services.operator.audit import DONE, without_secrets
from bedesten.services.records import AuditEntry
from bedesten.storage.audit import seal_entry
from bedesten.storage.directory import VENUE_FILE, check_store
from bedesten.storage.disk import Disk
from bedesten.storage.lock import DirectoryLock
from bedesten.storage.tables import insertion


@contextlib.contextmanager
def stopped_venue(directory: Path, disk: Disk) -> Iterator[Path]:
    """Yield the store of the venue in *directory*, which nobody else opens meanwhile.

    Raises: StoreLocked, StoreFailure; a failure of the store inside as StoreFailure.
    """
    venue = directory / VENUE_FILE
    if not venue.exists():
        raise StoreFailure(f"there is no venue in {directory}: name its data directory with --data")
    lock = DirectoryLock(directory)
    try:
        log = Path(f"{venue}-wal")
        if log.exists() and log.stat().st_size:
            raise StoreFailure(f"the venue in {directory} did not end in good order: start and stop it first")
        check_store(venue, disk)
        yield venue
    except sqlite3.Error as error:
        raise StoreFailure(f"the store in {directory} cannot be written: {error}") from error
    finally:
        lock.release()


def append_audit(venue: Path, disk: Disk, now_ns: int, actor: str, action: str, detail: Mapping[str, Any]) -> None:
    """Write an entry behind the last one of a store that nobody else writes. Raises: sqlite3.Error."""
    with closing(disk.connect(venue)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        last = connection.execute("SELECT * FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        told = msgspec.json.encode({"outcome": DONE, **without_secrets(detail)}).decode()
        entry = seal_entry(AuditEntry._make(last) if last else None, now_ns, actor, action, told)
        connection.execute(insertion(connection, "audit"), entry)
