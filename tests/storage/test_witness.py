"""How far the journal reached, told by a second witness: a log that is missing or too short is no earlier venue."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.services.errors import DamagedJournal, StoreFailure
from bedesten.services.ports import AckPolicy
from bedesten.storage import witness
from bedesten.storage.directory import VENUE_FILE, open_directory
from bedesten.storage.disk import LocalDisk
from bedesten.storage.sqlite import SqliteStore
from bedesten.storage.verification import verify
from tests.storage.test_migrations import run_a_day


def killed(tmp_path: Path, policy: AckPolicy = AckPolicy.SYNCED) -> Path:
    """Return a directory as a venue leaves it that is killed before its first snapshot, its log not folded in."""
    store: SqliteStore = open_directory(tmp_path / "running", policy=policy).store
    run_a_day(store)
    shutil.copytree(tmp_path / "running", tmp_path / "killed")
    store.close()
    return tmp_path / "killed"


def refused(home: Path, match: str) -> None:
    """Assert that both verify and a start refuse a directory with the same words, twice."""
    for _ in range(2):
        with pytest.raises(DamagedJournal, match=match):
            open_directory(home)
    if (home / VENUE_FILE).exists():
        with pytest.raises(DamagedJournal, match=match):
            verify(home, print)


def test_a_killed_venue_opens_with_its_log(tmp_path: Path) -> None:
    """All that was committed is there."""
    home = killed(tmp_path)
    said = witness.reached(home, LocalDisk().boot())

    store = open_directory(home).store

    assert said is not None and said.seq == store.last_seq > 0
    store.close()
    verify(home, print)


def test_a_witness_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    """A folder in its place, say: `verify` names it."""
    home = killed(tmp_path)
    (home / witness.NAME).unlink()
    (home / witness.NAME).mkdir()

    with pytest.raises(StoreFailure, match=f"{witness.NAME} cannot be read"):
        verify(home, print)


def test_a_directory_without_its_log_is_no_empty_venue(tmp_path: Path) -> None:
    """There is no snapshot yet that could tell."""
    home = killed(tmp_path)
    (home / f"{VENUE_FILE}-wal").unlink()

    refused(home, r"it ends at seq 0, but the venue had committed seq \d+ .*Put the store's file and its -wal back")
    (home / witness.NAME).unlink()
    open_directory(home).store.close()


def test_a_log_that_was_cut_is_found_out(tmp_path: Path) -> None:
    """Its last transaction alone, which SQLite would take for one that was never finished."""
    home = killed(tmp_path)
    log = home / f"{VENUE_FILE}-wal"
    log.write_bytes(log.read_bytes()[:-4096])

    refused(home, r"it ends at seq \d+, but the venue had committed seq")


def test_a_store_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    """And no new one is made in its place."""
    home = killed(tmp_path)
    for name in (VENUE_FILE, f"{VENUE_FILE}-wal"):
        (home / name).unlink()

    refused(home, r"held a venue of \d+ commands, but venue.sqlite3 is gone")


def test_an_older_copy_that_went_on_by_itself_is_found_out(tmp_path: Path) -> None:
    """As long as before, with another end."""
    home = killed(tmp_path)
    open_directory(home).store.close()
    with closing(sqlite3.connect(home / VENUE_FILE)) as connection, connection:
        connection.execute(
            "UPDATE journal SET checksum = zeroblob(32) WHERE first_seq = (SELECT max(first_seq) FROM journal)"
        )

    with pytest.raises(DamagedJournal):
        open_directory(home)
    data = (home / witness.NAME).read_bytes()
    told = witness.Witness(home, AckPolicy.SYNCED, LocalDisk().boot())
    told.note(1, bytes(32))
    told.close()
    assert (home / witness.NAME).read_bytes() != data
    with pytest.raises(DamagedJournal):
        verify(home, print)


@pytest.mark.parametrize("policy", [AckPolicy.WRITTEN, AckPolicy.MEMORY])
def test_what_was_not_synced_may_be_lost_with_the_machine(tmp_path: Path, policy: AckPolicy) -> None:
    """But not while it runs: then nothing is lost that was written."""
    home = killed(tmp_path, policy)
    (home / f"{VENUE_FILE}-wal").unlink()
    refused(home, "it ends at seq 0")

    class Restarted(LocalDisk):
        def boot(self) -> str:
            return "another"

    open_directory(home, policy=policy, disk=Restarted()).store.close()


@pytest.mark.parametrize("data", [b"", b"x" * 85, b"\0" * 85, b"short"])
def test_a_witness_that_is_damaged_says_nothing(tmp_path: Path, data: bytes) -> None:
    """It is written over in place; torn, it is none."""
    home = killed(tmp_path)
    (home / witness.NAME).write_bytes(data)

    open_directory(home).store.close()
    assert witness.reached(home, "") is not None
