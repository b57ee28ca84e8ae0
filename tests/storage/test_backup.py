"""A backup is a venue at one moment, proved; it is whole or it is not there; what was altered in it is refused."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from bedesten.core import Machine
from bedesten.domain.notes import StoreHandled
from bedesten.services.errors import DamagedBackup, DamagedJournal, StoreFailure, StoreLocked
from bedesten.services.store_types import StateSnapshot
from bedesten.storage import backup, manifest, restore, staging, tables
from bedesten.storage.directory import open_directory
from bedesten.storage.disk import LocalDisk
from bedesten.storage.documents import DocumentFiles
from bedesten.storage.lock import DirectoryLock
from bedesten.storage.manifest import Manifest
from bedesten.storage.restore import Restored
from bedesten.storage.stopped import append_entry, stopped_venue
from bedesten.storage.verification import verify
from tests.properties.streams import SETTINGS
from tests.storage.conftest import KEY, Open
from tests.storage.killing import killed_at_every_line
from tests.storage.test_with_the_core import batches

BATCHES = 40
MADE = "2026-11-21T06:30:00+00:00"


def nothing(text: str) -> None:
    """Take no notice."""


def fill(opened: Open, home: Path, *, leave_open: bool = False) -> None:
    """Let a venue trade, keep a document and a state snapshot half-way, and say something in its audit log."""
    store, snapshots, _ = opened()
    machine = Machine()
    for number, batch in zip(range(BATCHES), batches(machine, SETTINGS["fine"], 3), strict=False):
        store.commit(batch)
        if number == BATCHES // 2:
            snapshots.save(StateSnapshot(machine.seq, batch.time_ns, machine.snapshot(), {}))
    DocumentFiles(home, store.sealing).save("passport-1", b"a face")
    if not leave_open:
        store.close()


def take(home: Path, target: Path, disk: LocalDisk | None = None) -> Manifest:
    return backup.take_backup(home, target, made=MADE, say=nothing, disk=disk)


def bring_back(source: Path, target: Path, disk: LocalDisk | None = None) -> Restored:
    return restore.restore(source, target, actor="operator", now_ns=2, say=nothing, disk=disk)


def journal_of(directory: Path) -> list[tuple[object, ...]]:
    """Return the records of a venue's journal."""
    with closing(sqlite3.connect(directory / "venue.sqlite3")) as connection:
        return connection.execute("SELECT * FROM journal ORDER BY first_seq").fetchall()


@pytest.fixture
def taken(opened: Open, home: Path, tmp_path: Path) -> Path:
    """A backup of a venue that has stopped."""
    fill(opened, home)
    take(home, tmp_path / "backup")
    return tmp_path / "backup"


def test_what_is_restored_is_what_was_backed_up(taken: Path, home: Path, tmp_path: Path) -> None:
    """The journal to the byte, the state, documents and secrets; the audit log tells of the restore, behind what it told."""
    target = tmp_path / "again"
    target.mkdir()  # an empty directory is as good as none

    done = bring_back(taken, target)

    assert journal_of(target)[:-1] == journal_of(home)
    assert done.verdict.digest == done.manifest.digest == verify(home, nothing).digest
    assert (done.verdict.commands, done.verdict.snapshots) == (done.manifest.seq, 1)
    store, snapshots, notices = open_directory(target)
    assert notices == []
    assert snapshots.newest() is not None
    assert DocumentFiles(target, store.sealing).load("passport-1") == b"a face"
    (row,) = store.logged(0, 10)
    said = {"from": str(taken), "seq": done.manifest.seq, "digest": done.manifest.digest}
    assert row.note == StoreHandled("operator", "restore", said, 2)
    store.close()
    assert verify(target, nothing).audit_entries == 1


def test_a_backup_is_a_directory_that_verify_reads(taken: Path) -> None:
    """Also where nothing can be written: its store needs no log beside it, and reading it leaves nothing behind."""
    before = sorted(path.name for path in taken.iterdir())

    verdict = verify(taken, nothing)

    assert verdict.digest == manifest.read(taken, LocalDisk()).digest
    assert before == ["documents", "lock", "manifest.json", "snapshots", "venue.sqlite3"]
    assert sorted(path.name for path in taken.iterdir()) == before


def test_no_key_is_in_a_backup(opened: Open, home: Path, tmp_path: Path) -> None:
    """Neither the one of the environment nor one that somebody left in the data directory; and the owner alone may read it."""
    fill(opened, home)
    for name in ("venue.key", "documents.key", "snapshots/a.key", "documents/a.key"):
        (home / name).write_text(KEY)

    take(home, tmp_path / "backup")

    files = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    assert not [path for path in files if KEY.encode() in path.read_bytes()]
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "backup", *files) if path.name != "lock"} == {0}


def test_a_backup_of_a_venue_that_is_open_is_a_prefix_of_its_journal(opened: Open, home: Path, tmp_path: Path) -> None:
    """What is committed while pages are copied is in the next backup; the writer waits for nothing."""
    fill(opened, home, leave_open=True)
    before = journal_of(home)
    writer = sqlite3.connect(home / "venue.sqlite3", isolation_level=None, timeout=0)

    def write_on(stage: str, done: int, total: int) -> None:
        if stage == "copying":
            writer.execute("INSERT OR REPLACE INTO meta VALUES ('late', ?)", (str(done),))

    with closing(writer):
        backup.take_backup(home, tmp_path / "backup", made=MADE, say=nothing, stages=write_on)
        assert writer.execute("SELECT value FROM meta WHERE name = 'late'").fetchone() is not None

    assert journal_of(tmp_path / "backup") == before
    with closing(sqlite3.connect(tmp_path / "backup" / "venue.sqlite3")) as copy:
        assert copy.execute("SELECT value FROM meta WHERE name = 'late'").fetchone() is None


# ── what is refused


@pytest.mark.parametrize("name", ["venue.sqlite3", "documents/passport-1", "snapshots/*", "manifest.json"])
@pytest.mark.parametrize("fault", ["altered", "cut short", "longer", "missing"])
def test_a_damaged_backup_is_refused_at_each_file(taken: Path, tmp_path: Path, name: str, fault: str) -> None:
    """By its name; and nothing is made of it."""
    (path,) = taken.glob(name)
    data = path.read_bytes()
    if fault == "missing":
        path.unlink()
    else:
        at = len(data) // 2
        flipped = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        path.write_bytes({"altered": flipped, "cut short": data[:-3], "longer": data + b"}"}[fault])

    with pytest.raises(DamagedBackup, match=path.name.replace(".", r"\.")):
        bring_back(taken, tmp_path / "again")

    assert sorted(each.name for each in tmp_path.iterdir()) == ["backup", "venue"]


def rewrite(taken: Path, **facts: object) -> None:
    """Let the manifest say something else, under a checksum that fits."""
    path = taken / manifest.MANIFEST
    told = msgspec.json.decode(path.read_bytes())["backup"]
    path.unlink()
    told.update(facts)
    path.write_bytes(msgspec.json.encode({"backup": told, "sha256": manifest._checksum(told)}))


REFUSED: list[tuple[dict[str, object], type[StoreFailure], str]] = [
    ({"format": 2}, StoreFailure, "newer Bedesten: its format is 2"),
    ({"schema_version": tables.SCHEMA_VERSION + 1}, StoreFailure, "newer Bedesten: its tables are of format"),
    ({"seq": 7}, DamagedBackup, "leads to seq"),
    ({"digest": "00"}, DamagedBackup, "manifest says"),
    ({"files": {}}, DamagedBackup, "lists no venue.sqlite3"),
    ({"files": {"../venue.sqlite3": {"bytes": 1, "sha256": ""}}}, DamagedBackup, "which no venue has"),
    ({"files": {"/etc/passwd": {"bytes": 1, "sha256": ""}}}, DamagedBackup, "which no venue has"),
    ({"files": []}, DamagedBackup, "cannot be read"),
    ({"seq": "x"}, DamagedBackup, "cannot be read"),
]


@pytest.mark.parametrize(("facts", "kind", "words"), REFUSED)
def test_a_manifest_that_says_what_is_not_so_is_refused(
    taken: Path, tmp_path: Path, facts: dict[str, object], kind: type[StoreFailure], words: str
) -> None:
    """Even one whose own checksum holds."""
    rewrite(taken, **facts)

    with pytest.raises(kind, match=words):
        bring_back(taken, tmp_path / "again")

    assert not (tmp_path / "again").exists()
    assert not (tmp_path / "again.partial").exists()


def test_nothing_is_overwritten(taken: Path, home: Path, tmp_path: Path) -> None:
    """Neither a backup by a backup, nor a venue by a restore, nor a file by either; and a backup is not put into its venue."""
    (tmp_path / "file").touch()
    for target in (taken, tmp_path / "file"):
        with pytest.raises(StoreFailure, match="a backup overwrites nothing"):
            take(home, target)
    with pytest.raises(StoreFailure, match="they would be lost together"):
        take(home, home / "backup")
    with pytest.raises(StoreFailure, match="is not empty"):
        bring_back(taken, home)
    with pytest.raises(StoreFailure, match="is no directory"):
        bring_back(taken, tmp_path / "file")
    with pytest.raises(StoreFailure, match="there is no directory .*: make it, or mount"):
        take(home, tmp_path / "not mounted" / "backup")
    with pytest.raises(StoreFailure, match="there is no venue"):
        take(tmp_path / "nowhere", tmp_path / "other")
    with pytest.raises(DamagedBackup, match=r"is no backup: it has no manifest\.json"):
        bring_back(home, tmp_path / "again")


def test_a_venue_with_damaged_pages_is_not_backed_up(opened: Open, home: Path, tmp_path: Path) -> None:
    """Damage in what no replay reads is found as well: a backup of it would be found out when it is needed."""
    fill(opened, home)
    with closing(sqlite3.connect(home / "venue.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'records'"
        page = connection.execute(query).fetchone()[0]
    with (home / "venue.sqlite3").open("r+b") as file:
        file.seek((page - 1) * page_bytes)
        file.write(b"\x55" * page_bytes)

    with pytest.raises(DamagedJournal, match="damaged pages"):
        take(home, tmp_path / "backup")

    assert not (tmp_path / "backup").exists()


def test_a_killed_venue_whose_log_is_broken_is_not_backed_up(opened: Open, home: Path, tmp_path: Path) -> None:
    """SQLite would leave out what was acknowledged behind the break, and the backup would seem whole."""
    fill(opened, home, leave_open=True)
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    (copy / "venue.sqlite3-shm").unlink()
    log = copy / "venue.sqlite3-wal"
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 1
    log.write_bytes(data)

    with pytest.raises(DamagedJournal, match="write-ahead log"):
        take(copy, tmp_path / "backup")


# ── a disk that lets it down


class FullDisk(LocalDisk):
    """A disk that takes a number of writes, and fails the next one."""

    def __init__(self, writes: int) -> None:
        self.left = writes

    def count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")

    def connect(
        self, database: Path | None, *, read_only: bool = False, without_log: bool = False
    ) -> sqlite3.Connection:
        connection = super().connect(database, read_only=read_only, without_log=without_log)
        if not read_only:
            self.left -= 1
            if self.left < 0:
                connection.execute("PRAGMA max_page_count = 1")
        return connection

    def write_chunks(self, path: Path, chunks: Iterable[bytes]) -> None:
        self.count()
        super().write_chunks(path, chunks)

    def sync(self, path: Path) -> None:
        self.count()
        super().sync(path)

    def replace(self, source: Path, target: Path) -> None:
        self.count()
        super().replace(source, target)


@pytest.mark.parametrize("act", [take, bring_back])
def test_a_disk_that_fills_up_leaves_nothing(
    taken: Path, home: Path, tmp_path: Path, act: Callable[[Path, Path, LocalDisk], object]
) -> None:
    """At whichever write, sync or rename it fills up."""
    source, target = (home if act is take else taken), tmp_path / "made"
    before = sorted(tmp_path.iterdir())
    writes = 0
    while True:
        try:
            act(source, target, FullDisk(writes))
            break
        except StoreFailure as error:
            assert "full" in str(error) and "nothing of it is left" in str(error)
        if target.exists():  # it was renamed, and only syncing that failed
            shutil.rmtree(target)
        assert sorted(tmp_path.iterdir()) == before
        writes += 1
    assert writes >= 8
    verify(target, nothing)


def test_a_disk_without_room_is_not_begun_upon(taken: Path, home: Path, tmp_path: Path) -> None:
    """A venue on the same disk needs some of what is left."""

    class SmallDisk(LocalDisk):
        def free_bytes(self, directory: Path) -> int:
            return 256 * 1024 * 1024

    with pytest.raises(StoreFailure, match=r"there is no room .*: [\d.]+ MB are needed"):
        take(home, tmp_path / "other", SmallDisk())
    with pytest.raises(StoreFailure, match="there is no room"):
        bring_back(taken, tmp_path / "other", SmallDisk())


# ── cut short


@pytest.mark.long
@pytest.mark.parametrize("act", [take, bring_back])
def test_what_is_killed_leaves_nothing_that_looks_whole(
    taken: Path, home: Path, tmp_path: Path, act: Callable[[Path, Path], object]
) -> None:
    """At whichever of its lines: there is nothing under the name, or all of it, and the next try clears the rest away."""
    source, target = (home if act is take else taken), tmp_path / "made"

    def work() -> None:
        act(source, target)

    leftovers = 0
    steps = killed_at_every_line(work, staging)
    for tries in (steps, killed_at_every_line(work, backup if act is take else restore, manifest, step=15)):
        for _ in tries:
            leftovers += (tmp_path / "made.partial").exists()
            if target.exists():
                verify(target, nothing)
                shutil.rmtree(target)
        verify(target, nothing)
        shutil.rmtree(target)
    assert leftovers > 20
    assert not (tmp_path / "made.partial").exists()


def test_only_what_a_backup_left_is_cleared_away(taken: Path, home: Path, tmp_path: Path) -> None:
    """A directory of somebody's that happens to have the name stays; one that is being written is waited for by a person."""
    partial = tmp_path / "other.partial"
    with pytest.raises(StoreFailure, match="only what is unfinished"):
        take(home, partial)
    shutil.copytree(taken, partial, ignore=shutil.ignore_patterns("lock"))  # without a lock it is nobody's leftover
    with pytest.raises(StoreFailure, match="was not left by a backup or restore"):
        take(home, tmp_path / "other")
    lock = DirectoryLock(partial)
    with pytest.raises(StoreFailure, match="is being written by another process"):
        take(home, tmp_path / "other")
    (partial / "holiday.jpg").touch()
    lock.release()
    with pytest.raises(StoreFailure, match="is in the way"):
        take(home, tmp_path / "other")
    (partial / "holiday.jpg").unlink()

    take(home, tmp_path / "other")

    assert not partial.exists()


# ── the audit log of a venue that does not run


def test_the_files_of_a_venue_are_changed_only_while_it_is_stopped_in_good_order(
    opened: Open, home: Path, tmp_path: Path
) -> None:
    """A log that a killed process left is a start's to judge: opening it here could drop what was acknowledged."""
    fill(opened, home, leave_open=True)
    with pytest.raises(StoreLocked), stopped_venue(home, LocalDisk()):
        pass
    shutil.copytree(home, tmp_path / "killed")
    with (
        pytest.raises(StoreFailure, match="did not end in good order"),
        stopped_venue(tmp_path / "killed", LocalDisk()),
    ):
        pass
    opened_again = tmp_path / "stopped"
    take(home, tmp_path / "backup")
    bring_back(tmp_path / "backup", opened_again)

    with stopped_venue(opened_again, LocalDisk()) as venue:
        append_entry(venue, LocalDisk(), 3, "operator", "rekey", {"to": "12345678"})

    assert verify(opened_again, nothing).audit_entries == 2
    store = open_directory(opened_again).store
    (_, row) = store.logged(0, 9)
    store.close()
    assert row.note == StoreHandled("operator", "rekey", {"to": "12345678"}, 3)
