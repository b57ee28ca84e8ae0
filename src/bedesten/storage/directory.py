"""Opening a data directory: everything that must hold before a venue may run on it.

Owns the order of the checks and the words in which a start is refused. Changes nothing until all of them have passed, but
for the lock file and, when the last run crashed, SQLite's scratch file (-shm).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from bedesten.services.errors import DamagedJournal, StoreFailure
from bedesten.services.ports import EDGES, VENUE, AckPolicy
from bedesten.storage import imports, indexes, journal, sealed, tables, wal, witness
from bedesten.storage.disk import Disk, LocalDisk, address
from bedesten.storage.documents import DocumentFiles
from bedesten.storage.journal import Record
from bedesten.storage.lock import DirectoryLock
from bedesten.storage.master_key import KeyPlace
from bedesten.storage.snapshots import SnapshotFiles
from bedesten.storage.sqlite import SqliteStore, tune
from bedesten.storage.vault import Vault

VENUE_FILE: Final = "venue.sqlite3"
INDEX_FILE: Final = "index.sqlite3"
SNAPSHOT_DIRECTORY: Final = "snapshots"
_SQLITE_MAGIC: Final = b"SQLite format 3\0"

# The seqs that the last row of each table speaks of, and 0.
_LAST_SEQS: Final = """
SELECT 0 UNION ALL SELECT * FROM (SELECT seq FROM orders ORDER BY row_id DESC LIMIT 1)
UNION ALL SELECT * FROM (SELECT seq FROM trades ORDER BY trade_id DESC LIMIT 1)
UNION ALL SELECT * FROM (SELECT seq FROM transfers ORDER BY row_id DESC LIMIT 1)"""


class DataDirectory(NamedTuple):
    """An open data directory. Closing the store lets go of it."""

    store: SqliteStore
    snapshots: SnapshotFiles
    notices: list[str]  # what the operator should know about how the last run ended


def open_directory(
    directory: Path,
    *,
    policy: AckPolicy = AckPolicy.SYNCED,
    disk: Disk | None = None,
    say: Callable[[str], None] | None = None,
    keys: KeyPlace | None = None,
    is_taken: bool = True,
) -> DataDirectory:
    """Open the venue in *directory*, or make an empty one there. *keys*: where the operator's key is; None: where it always is.

    With *is_taken* this process takes the log.
    Raises: StoreLocked, KeyRefused, DamagedJournal, or StoreFailure; the message says what is wrong and what to do.
    """
    disk = disk or LocalDisk()
    _make(directory)
    lock = DirectoryLock(directory)
    try:
        opened = _open(directory, policy, disk, say, lock, keys or KeyPlace(directory))
    except sqlite3.Error as error:
        lock.release()
        raise StoreFailure(f"the store in {directory} cannot be opened: {error}") from error
    except OSError as error:
        lock.release()
        raise StoreFailure(
            f"the store in {directory} cannot be opened: {error.strerror}: {error.filename or directory}. Give the venue's "
            "account the right to read and write there, and room on the disk"
        ) from error
    except BaseException:
        lock.release()
        raise
    if is_taken:
        opened.store.take(f"process {os.getpid()}")
    return opened


def _open(
    directory: Path,
    policy: AckPolicy,
    disk: Disk,
    say: Callable[[str], None] | None,
    lock: DirectoryLock,
    keys: KeyPlace,
) -> DataDirectory:
    venue = directory / VENUE_FILE
    log = Path(f"{venue}-wal")
    notices: list[str] = []
    snapshots = SnapshotFiles(
        directory / SNAPSHOT_DIRECTORY, disk, say=say or notices.append, sync_journal=lambda: _sync(disk, venue, log)
    )
    is_new = not venue.exists() or venue.stat().st_size == 0 and not log.exists()
    newest, said = snapshots.newest(), witness.reached(directory, disk.boot())
    if is_new and newest is not None:
        raise DamagedJournal(
            f"{directory} holds state snapshots but no {VENUE_FILE}: put the file back, or use another directory"
        )
    if is_new and said is not None and said.seq:
        raise DamagedJournal(
            f"{directory} held a venue of {said.seq} commands, but {VENUE_FILE} is gone: put the file back, or use another "
            "directory"
        )
    if is_new:
        keys.keys()  # one that was given and is none is refused before there is anything
        venue.touch(mode=0o600)  # it holds the secrets of API keys; SQLite gives its log the same mode
    else:
        _check_head(venue)
        check_log(venue, log, disk, notices)
        _check_journal(venue, log, disk, keys, newest_seq=newest.seq if newest else 0, said=said)
        bring_up(venue, disk, notices)
    writer = disk.connect(venue)
    try:
        tune(writer, policy)
        if not _has_tables(writer):
            tables.create(writer, os.urandom(16).hex())
            disk.sync(directory)
        sealing = sealed.unlock(writer, keys, notices)
        vault = Vault(writer, sealing, DocumentFiles(directory, sealing, disk), snapshots, writing := threading.Lock())
        for owner in (EDGES, VENUE):
            vault.draw(owner)
        vault.write_drawn()
        if count := imports.bring_in(writer, sealing, vault):
            notices.append(f"brought {count} facts that stood beside the journal into it")
        sealed.clear_remains(writer, notices)
        writer.execute("INSERT OR REPLACE INTO meta VALUES ('ack_policy', ?)", (policy.value,))
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        reader = _open_index(directory, disk, notices)
    except BaseException:
        writer.close()
        raise
    told = witness.Witness(directory, policy, disk.boot())

    def let_go() -> None:
        told.close()
        lock.release()

    store = SqliteStore(writer, reader, sealing=sealing, vault=vault, writing=writing, reached=told.note, closed=let_go)
    snapshots.clear_partial()
    return DataDirectory(store, snapshots, notices)


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (directory / SNAPSHOT_DIRECTORY).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreFailure(f"cannot make the data directory {directory}: {error.strerror}") from error


def _check_head(venue: Path) -> None:
    with venue.open("rb") as file:
        if file.read(len(_SQLITE_MAGIC)) != _SQLITE_MAGIC:
            raise DamagedJournal(f"damaged journal: {venue} is not a store: its first bytes (byte 0) are altered")


def check_log(venue: Path, log: Path, disk: Disk, notices: list[str]) -> None:
    """Say what SQLite is about to cut off the end of a stopped venue's log. Raises: DamagedJournal for what it must not cut."""
    tail = wal.inspect(log)
    if tail.broken_at is not None and tail.commits_behind > 1 and _last_policy(venue, disk) is AckPolicy.SYNCED:
        raise DamagedJournal(
            f"damaged journal: the write-ahead log {log} is broken at byte {tail.broken_at}, and {tail.commits_behind} "
            "transactions stand behind it: restore the file from a copy"
        )
    if tail.unfinished_bytes:
        ended = f" ({tail.commits_behind} torn)" if tail.commits_behind else ""
        notices.append(
            f"cut {tail.unfinished_bytes} bytes of a transaction that the last run did not finish{ended} off {log.name}; "
            "nothing in it was acknowledged"
            if tail.commits_behind <= 1
            else f"cut {tail.unfinished_bytes} bytes with {tail.commits_behind} transactions off {log.name}: they were written, "
            "not synced, when the machine stopped"
        )


# As of the last fold of the log into the file, which every start ends with; the log itself is not looked at.
def _last_policy(venue: Path, disk: Disk) -> AckPolicy:
    with (
        closing(disk.connect(venue, read_only=True, without_log=True)) as connection,
        suppress(sqlite3.Error, ValueError),
    ):
        for (policy,) in connection.execute("SELECT value FROM meta WHERE name = 'ack_policy'"):
            return AckPolicy(policy)
    return AckPolicy.SYNCED


def _check_journal(
    venue: Path, log: Path, disk: Disk, keys: KeyPlace, *, newest_seq: int, said: witness.Reached | None
) -> None:
    has_log = log.exists() and log.stat().st_size > 0
    with closing(disk.connect(venue, read_only=True, without_log=not has_log)) as connection:
        seq = 0
        try:
            if not _has_tables(connection):
                if newest_seq:
                    raise DamagedJournal(
                        f"damaged journal: {venue} is empty, but a state snapshot is of seq {newest_seq}"
                    )
                witness.check_end(said, 0, None, venue.parent)
                return
            check_version(connection, venue)
            sealed.check_key(connection, keys)
            seq, previous = _verified_before(connection, newest_seq)
            rows = connection.execute("SELECT * FROM journal WHERE first_seq > ? ORDER BY first_seq", (seq,))
            for record in journal.verified((Record(*row) for row in rows), after_seq=seq, previous=previous):
                seq = record.last_seq
            there = checksum_at(connection, said.seq) if said is not None else None
            rows_seq = max(seq for (seq,) in connection.execute(_LAST_SEQS))
        except (sqlite3.Error, UnicodeError) as error:
            raise DamagedJournal(f"damaged journal: unreadable behind seq {seq} in {venue}: {error}") from error
    _check_end(seq, rows_seq=rows_seq, snapshot_seq=newest_seq)
    witness.check_end(said, seq, there, venue.parent)


def checksum_at(connection: sqlite3.Connection, seq: int) -> bytes | None:
    """Return the checksum of the record that ends with *seq*; None: none does. Raises: sqlite3.Error."""
    rows = connection.execute("SELECT * FROM journal WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1", (seq,))
    return next((record.checksum for record in (Record(*row) for row in rows) if record.last_seq == seq), None)


# What a whole snapshot stands on need not be replayed, so a start does not wait for it to be verified either: the chain is
# followed from the record that ends at the snapshot's seq, itself included.
def _verified_before(connection: sqlite3.Connection, snapshot_seq: int) -> tuple[int, bytes]:
    last_two = connection.execute(
        "SELECT * FROM journal WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 2", (snapshot_seq,)
    )
    records = [Record(*row) for row in last_two]
    if len(records) == 2 and records[0].last_seq == snapshot_seq and records[1].last_seq == records[0].first_seq - 1:
        return records[1].last_seq, records[1].checksum
    return 0, journal.GENESIS


def check_version(connection: sqlite3.Connection, venue: Path) -> None:
    """Refuse a store of a newer program, or one that does not say its version.

    Raises: DamagedJournal, StoreFailure, sqlite3.Error.
    """
    found = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()
    if found is None or not found[0].isdecimal():
        raise DamagedJournal(f"damaged journal: {venue} does not say its schema_version (table meta)")
    if int(found[0]) > tables.SCHEMA_VERSION:
        raise StoreFailure(
            f"{venue} was written by a newer Bedesten: its format is {found[0]}, this program reads up to "
            f"{tables.SCHEMA_VERSION}. Use the newer program, or another directory"
        )


def check_store(venue: Path, disk: Disk) -> None:
    """Refuse a store whose tables this program does not write as they are. Raises: DamagedJournal, StoreFailure."""
    _check_head(venue)
    with closing(disk.connect(venue, read_only=True, without_log=True)) as connection:
        if not _has_tables(connection):
            raise DamagedJournal(f"damaged journal: {venue} is empty")
        check_version(connection, venue)
        found = int(connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()[0])
    if found < tables.SCHEMA_VERSION:
        raise StoreFailure(f"{venue} is of an older Bedesten: start the venue once, which brings it up")


def bring_up(venue: Path, disk: Disk, notices: list[str]) -> None:
    """Bring the tables of an older version up to this program's, in one transaction. Raises: StoreFailure."""
    with closing(disk.connect(venue)) as connection:
        if not _has_tables(connection):
            return
        found = int(connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone()[0])
    if found < tables.SCHEMA_VERSION:  # Alembic is only loaded for a store that needs it
        from sqlalchemy.exc import SQLAlchemyError

        from bedesten.storage.migrations import upgrade

        wanted = f"from format {found} to {tables.SCHEMA_VERSION}"
        try:
            upgrade(lambda: disk.connect(venue), found, tables.SCHEMA_VERSION)
        except (sqlite3.Error, SQLAlchemyError) as error:
            raise StoreFailure(f"{venue} cannot be brought {wanted}; nothing was changed: {error}") from error
        notices.append(f"brought {VENUE_FILE} {wanted}")


def _check_end(seq: int, *, rows_seq: int, snapshot_seq: int) -> None:
    if rows_seq > seq:
        raise DamagedJournal(
            f"damaged journal: it ends at seq {seq}, but rows speak of seq {rows_seq}: its end is missing"
        )
    if snapshot_seq > seq:
        raise DamagedJournal(
            f"damaged journal: it ends at seq {seq}, but a state snapshot is of seq {snapshot_seq}: its end is missing"
        )


def _has_tables(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'journal'").fetchone() is not None


def _open_index(directory: Path, disk: Disk, notices: list[str]) -> sqlite3.Connection:
    is_new = not (directory / INDEX_FILE).exists()
    reader = None
    with suppress(sqlite3.DatabaseError):  # "not a database"
        reader = _connect_index(directory, disk)
    if reader is None or not indexes.fits(reader, disk.boot()):
        if reader is not None:
            reader.close()
        if not is_new:
            notices.append(f"{INDEX_FILE} does not fit the venue's rows, or was cut short; it is made anew")
        for suffix in ("", "-wal", "-shm"):
            (directory / f"{INDEX_FILE}{suffix}").unlink(missing_ok=True)
        reader = _connect_index(directory, disk)
        indexes.create(reader)
    indexes.begin(reader, disk.boot())
    return reader


def _connect_index(directory: Path, disk: Disk) -> sqlite3.Connection:
    (directory / INDEX_FILE).touch(mode=0o600)  # it says who has which orders, so only its owner may read it
    reader = disk.connect(directory / INDEX_FILE)
    try:
        reader.execute("PRAGMA journal_mode = WAL")
        reader.execute(f"ATTACH 'file:{address(directory / VENUE_FILE)}?mode=ro' AS venue")
    except sqlite3.Error:
        reader.close()
        raise
    return reader


def _sync(disk: Disk, venue: Path, log: Path) -> None:
    for path in (venue, log):
        if path.exists():
            disk.sync(path)
