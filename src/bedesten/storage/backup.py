"""A copy of a venue at one moment, taken while it runs or not, and proved before it is called a backup.

Owns the order of the steps: documents, the store's pages as of one commit, the newest state snapshot, proof, manifest. Takes
no lock on the venue and writes nothing in its directory; what is committed meanwhile is in the next backup. Never copies the
operator's key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, NamedTuple

from bedesten import __version__
from bedesten.core import Machine
from bedesten.services.errors import DamagedJournal, StoreFailure
from bedesten.storage import manifest as manifests
from bedesten.storage.directory import SNAPSHOT_DIRECTORY, VENUE_FILE, check_log
from bedesten.storage.disk import Disk, LocalDisk
from bedesten.storage.documents import DIRECTORY as DOCUMENT_DIRECTORY
from bedesten.storage.documents import NAME as DOCUMENT_NAME
from bedesten.storage.lock import is_held
from bedesten.storage.manifest import FileEntry, Manifest
from bedesten.storage.snapshots import SUFFIX, decode
from bedesten.storage.staging import staged
from bedesten.storage.verification import Verdict, verify

PAGES_AT_ONCE: Final = 1_024  # 4 MB of the store between two looks at the progress, a few milliseconds each

Stages = Callable[[str, int, int], None]  # called with the step's name, how much of it is done, and how much there is


class Cut(NamedTuple):
    """What the copied store says of itself."""

    venue_id: str
    schema_version: int
    seq: int
    journal_checksum: str
    sealed_with: str


def take_backup(
    source: Path, target: Path, *, made: str, say: Callable[[str], None], disk: Disk | None = None,
    stages: Stages = lambda stage, done, total: None,
) -> Manifest:  # fmt: skip
    """Copy the venue in *source* into the new directory *target*, whole or not at all. *made*: the time, in ISO 8601.

    Raises: StoreFailure; DamagedJournal when what was copied is not whole: then there is no backup.
    """
    disk = disk or LocalDisk()
    venue = source / VENUE_FILE
    if not venue.exists():
        raise StoreFailure(f"there is no venue in {source}: name its data directory with --data")
    if target.exists() or target.is_symlink():
        raise StoreFailure(f"{target} is there already: a backup overwrites nothing, so name a new directory")
    if target.resolve().is_relative_to(source.resolve()):
        raise StoreFailure(f"{target} is in the directory that it would be the backup of: they would be lost together")
    if not is_held(source):
        check_log(venue, Path(f"{venue}-wal"), disk, [])  # of a venue that was killed: what SQLite would drop silently
    with staged(target, disk, bytes_needed=_bytes_of(source)) as partial:
        _copy_documents(source, partial, disk)
        cut = _copy_store(source, partial, disk, stages)
        _copy_snapshot(source, partial, disk, cut.seq)
        _check_pages(partial / VENUE_FILE, disk)
        proof = _proof(partial, cut.seq, say, stages)
        manifest = _manifest(made, cut, proof, _entries(partial, disk, stages))
        manifests.write(partial, manifest, disk)
    return manifest


def _copy_store(source: Path, partial: Path, disk: Disk, stages: Stages) -> Cut:
    copy = partial / VENUE_FILE
    with closing(disk.connect(source / VENUE_FILE, read_only=True)) as reader:
        reader.execute("BEGIN")
        cut = _cut(reader)  # the first read: from here on it sees this commit and no later one, and hinders none
        _copy_documents(source, partial, disk)  # that came meanwhile
        copy.touch(mode=0o600)
        with closing(disk.connect(copy)) as writer:
            writer.execute("PRAGMA synchronous = OFF")  # synced once, below

            def report(status: int, remaining: int, total: int) -> None:
                stages("copying", total - remaining, total)

            reader.backup(writer, pages=PAGES_AT_ONCE, progress=report)
            writer.execute("PRAGMA journal_mode = DELETE")  # one file, readable where nothing can be written
    disk.sync(copy)
    return cut


def _cut(reader: sqlite3.Connection) -> Cut:
    try:
        meta = dict(reader.execute("SELECT name, value FROM meta").fetchall())
        last = reader.execute("SELECT first_seq + count - 1, checksum FROM journal ORDER BY first_seq DESC LIMIT 1")
        seq, checksum = last.fetchone() or (0, b"")
        version, venue_id = int(meta["schema_version"]), meta["venue_id"]
    except (sqlite3.DatabaseError, KeyError, ValueError) as error:
        raise DamagedJournal(f"the store cannot be read, so nothing was backed up: {error}") from error
    return Cut(venue_id, version, seq, checksum.hex(), meta.get("sealing_key", "").partition(" ")[0])


# A document is saved before the record that names it, and deleted behind the record that no longer does. So those there before
# the cut and those there right behind it are, together, all that the cut names. They never change under one name.
def _copy_documents(source: Path, partial: Path, disk: Disk) -> None:
    kept = partial / DOCUMENT_DIRECTORY
    for path in _documents(source):
        kept.mkdir(mode=0o700, exist_ok=True)
        if not (kept / path.name).exists():
            with suppress(FileNotFoundError):  # deleted since it was listed
                disk.write_chunks(kept / path.name, [disk.read(path)])


# The newest that is whole and of the copied commands: a restored venue starts the sooner for it.
def _copy_snapshot(source: Path, partial: Path, disk: Disk, seq: int) -> None:
    kept = partial / SNAPSHOT_DIRECTORY
    kept.mkdir(mode=0o700)
    for path in sorted((source / SNAPSHOT_DIRECTORY).glob(f"*{SUFFIX}"), reverse=True):
        with suppress(FileNotFoundError, ValueError):  # replaced by newer ones meanwhile; damaged
            data = disk.read(path)
            if decode(data).seq <= seq:
                disk.write_chunks(kept / path.name, [data])
                return


# Replaying reads the journal and sums the rows; damage elsewhere, as in customers' records, is seen by SQLite alone.
def _check_pages(venue: Path, disk: Disk) -> None:
    with closing(disk.connect(venue, read_only=True)) as connection:
        try:
            ((verdict,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
        except sqlite3.DatabaseError as error:
            verdict = str(error)
    if verdict != "ok":
        raise DamagedJournal(f"the store has damaged pages, so it was not backed up: {verdict}")


def _proof(partial: Path, seq: int, say: Callable[[str], None], stages: Stages) -> Verdict:
    done = 0

    def report(commands: int) -> None:
        nonlocal done
        done += commands
        stages("verifying", done, seq)

    return verify(partial, say, report)


def _entries(partial: Path, disk: Disk, stages: Stages) -> dict[str, FileEntry]:
    names = [VENUE_FILE]
    for directory in (SNAPSHOT_DIRECTORY, DOCUMENT_DIRECTORY):
        names += sorted(f"{directory}/{path.name}" for path in (partial / directory).glob("*"))
    total, done = sum((partial / name).stat().st_size for name in names), 0

    def report(chunk: int) -> None:
        nonlocal done
        done += chunk
        stages("adding up", done, total)

    return {name: manifests.entry_of(partial / name, disk, report) for name in names}


def _manifest(made: str, cut: Cut, proof: Verdict, files: dict[str, FileEntry]) -> Manifest:
    return Manifest(
        program=__version__, made=made, venue_id=cut.venue_id, schema_version=cut.schema_version, seq=proof.commands,
        digest=proof.digest, digest_format=Machine.formats()[-1], journal_checksum=cut.journal_checksum,
        audit_entries=proof.audit_entries,
        audit_checksum=proof.audit_checksum, sealed_with=cut.sealed_with, files=files,
    )  # fmt: skip


def _bytes_of(source: Path) -> int:
    paths = [source / VENUE_FILE, Path(f"{source / VENUE_FILE}-wal"), *_documents(source)]
    paths += sorted((source / SNAPSHOT_DIRECTORY).glob(f"*{SUFFIX}"))[-1:]
    total = 0
    for path in paths:
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _documents(source: Path) -> list[Path]:
    return [path for path in (source / DOCUMENT_DIRECTORY).glob("*") if DOCUMENT_NAME.fullmatch(path.name)]
