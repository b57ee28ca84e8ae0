"""Reading a data directory beside the process that runs on it: without a lock, without writing, at one consistent moment."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bedesten.services.errors import DamagedJournal, StoreFailure
from bedesten.storage.directory import SNAPSHOT_DIRECTORY, VENUE_FILE, check_version
from bedesten.storage.disk import Disk, LocalDisk
from bedesten.storage.record_queries import RecordQueries
from bedesten.storage.snapshots import SnapshotFiles
from bedesten.storage.witness import Reached, reached


class ReadDirectory(NamedTuple):
    """What a data directory held at one moment."""

    rows: RecordQueries
    snapshots: SnapshotFiles
    said: Reached | None  # how far the journal had reached before


@contextlib.contextmanager
def read_directory(directory: Path, say: Callable[[str], None], disk: Disk | None = None) -> Iterator[ReadDirectory]:
    """Yield the directory's journal, rows and snapshots as they are now.

    Raises: StoreFailure when there is no venue, or a newer program's; DamagedJournal when it cannot be read at all.
    """
    disk = disk or LocalDisk()
    venue = directory / VENUE_FILE
    if not venue.exists():
        raise StoreFailure(f"there is no venue in {directory}: name its data directory with --data")
    snapshots = SnapshotFiles(
        directory / SNAPSHOT_DIRECTORY, disk, say=say, sync_journal=lambda: _sync(disk, venue, Path(f"{venue}-wal"))
    )
    said = reached(directory, disk.boot())  # before the moment that is seen
    with contextlib.closing(disk.connect(venue, read_only=True)) as connection:
        try:
            connection.execute("BEGIN")
            check_version(connection, venue)
        except sqlite3.Error as error:
            raise DamagedJournal(f"damaged journal: {venue} cannot be read: {error}") from error
        yield ReadDirectory(RecordQueries(connection), snapshots, said)


def _sync(disk: Disk, *paths: Path) -> None:
    for path in paths:
        if path.exists():
            disk.sync(path)
