"""Changing the files of a venue that does not run, and the entry in its audit log that says so.

Owns the conditions: no process has the directory open, and the last run ended in good order, because only a start may decide what
becomes of an unfinished log. The entry is a note in the journal, behind the last record. It is told in clear: the operator's key
need not be where a backup is made or restored.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from bedesten.domain.notes import StoreHandled
from bedesten.services.errors import StoreFailure
from bedesten.storage import appending
from bedesten.storage.directory import VENUE_FILE, check_store
from bedesten.storage.disk import Disk
from bedesten.storage.lock import DirectoryLock


@contextlib.contextmanager
def stopped_venue(directory: Path, disk: Disk) -> Iterator[Path]:
    """Yield the store of the venue in *directory*, which no other process can open meanwhile.

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


def append_entry(
    venue: Path, disk: Disk, now_ns: int, actor: str, action: str, particulars: Mapping[str, str | int]
) -> None:
    """Write an entry of the audit log behind the last record of a store that no other process writes. Raises: sqlite3.Error."""
    with closing(disk.connect(venue)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        appending.append(connection, iter([StoreHandled(actor, action, dict(particulars), now_ns)]))
        connection.execute("COMMIT")
