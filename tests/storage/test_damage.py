"""A journal that is not what was written refuses to start, says where, and changes nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.services.errors import DamagedJournal, StoreFailure
from bedesten.services.ports import Batch
from bedesten.services.store_types import StateSnapshot
from bedesten.storage.reading import read_directory
from tests.storage.conftest import Open
from tests.storage.market import ALICE, a_market_day


@pytest.fixture
def day(opened: Open) -> list[Batch]:
    """A day's batches, committed and closed."""
    batches = a_market_day()
    store = opened().store
    for batch in batches:
        store.commit(batch)
    store.close()
    return batches


def flip(home: Path, first_seq: int) -> None:
    """Flip one bit in the middle of a record's commands, as they stand in the file."""
    path = home / "venue.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT commands, checksum FROM journal WHERE first_seq = ?", (first_seq,))
        commands, checksum = found.fetchone()
    data = bytearray(path.read_bytes())
    assert data.count(checksum) == 1
    at = data.rindex(commands, 0, data.index(checksum)) + len(commands) // 2
    data[at] ^= 1
    path.write_bytes(data)


def edit(home: Path, statement: str) -> None:
    """Change the venue's file behind the store's back."""
    with closing(sqlite3.connect(home / "venue.sqlite3")) as connection, connection:
        connection.execute(statement)


def marks(home: Path) -> dict[str, str]:
    """Return a digest of every file but the lock."""
    files = [path for path in home.rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("number", [0, 4, 7])
def test_a_flipped_byte_is_refused_and_its_batch_named(day: list[Batch], opened: Open, home: Path, number: int) -> None:
    """In the first record, in the middle, and in the last one."""
    flip(home, day[number].first_seq)
    before = marks(home)

    with pytest.raises(DamagedJournal, match=rf"batch at seq {day[number].first_seq} \(row first_seq="):
        opened()
    assert marks(home) == before


def test_a_flipped_byte_in_a_text_is_refused(day: list[Batch], opened: Open, home: Path) -> None:
    """Client ids are under the checksum as well."""
    edit(home, f"UPDATE journal SET texts = replace(texts, 'bot', 'bet') WHERE first_seq = {day[3].first_seq}")

    with pytest.raises(DamagedJournal, match=f"batch at seq {day[3].first_seq} "):
        opened()


@pytest.mark.parametrize("column", ["time_ns", "outcome", "count"])
def test_a_changed_number_is_refused(day: list[Batch], opened: Open, home: Path, column: str) -> None:
    """Every column of a record is under its checksum."""
    edit(home, f'UPDATE journal SET "{column}" = "{column}" + 1 WHERE first_seq = {day[5].first_seq}')

    with pytest.raises(DamagedJournal, match=f"batch at seq {day[5].first_seq} "):
        opened()


def test_a_missing_record_is_refused_and_the_gap_named(day: list[Batch], opened: Open, home: Path) -> None:
    """The message tells the first and the last seq that are not there."""
    gone = day[3]
    edit(home, f"DELETE FROM journal WHERE first_seq = {gone.first_seq}")

    with pytest.raises(DamagedJournal, match=f"seq {gone.first_seq} to {gone.first_seq + gone.count - 1} are missing"):
        opened()


def test_a_missing_end_is_refused(day: list[Batch], opened: Open, home: Path) -> None:
    """The rows still speak of what the journal no longer holds."""
    edit(home, f"DELETE FROM journal WHERE first_seq = {day[-1].first_seq}")

    with pytest.raises(DamagedJournal, match=f"ends at seq {day[-1].first_seq - 1}, but rows speak of seq"):
        opened()


def test_a_record_moved_to_another_place_is_refused(day: list[Batch], opened: Open, home: Path) -> None:
    """A record whose own bytes are whole, but which does not follow the one before."""
    a, b = day[3].first_seq, day[4].first_seq
    edit(
        home,
        f"UPDATE journal SET commands = (SELECT commands FROM journal WHERE first_seq = {b}) WHERE first_seq = {a}",
    )

    with pytest.raises(DamagedJournal, match=f"batch at seq {a} "):
        opened()


def test_a_broken_page_is_refused(day: list[Batch], opened: Open, home: Path) -> None:
    """Damage to SQLite's own structure is told as damage, with the last seq that could be read."""
    path = home / "venue.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchall()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : (page - 1) * 4096 + 64] = b"\xff" * 64
    path.write_bytes(data)

    with pytest.raises(DamagedJournal, match="unreadable behind seq 0"):
        opened()


def test_a_file_that_is_no_store_is_refused(day: list[Batch], opened: Open, home: Path) -> None:
    """Something else under the store's name is not overwritten."""
    path = home / "venue.sqlite3"
    path.write_bytes(b"not a store at all" * 100)

    with pytest.raises(DamagedJournal, match="byte 0"):
        opened()
    assert path.read_bytes().startswith(b"not a store")


def test_a_newer_format_is_refused_and_said(day: list[Batch], opened: Open, home: Path) -> None:
    """A store of a newer program is left alone, with the two versions and what to do."""
    edit(home, "UPDATE meta SET value = '99' WHERE name = 'schema_version'")
    before = marks(home)

    with pytest.raises(
        StoreFailure, match=r"newer Bedesten: its format is 99, this program reads up to \d+\. Use the newer"
    ):
        opened()
    assert marks(home) == before


def test_a_newer_journal_format_is_refused(day: list[Batch], opened: Open, home: Path) -> None:
    """A record of a later format cannot be verified, so it is not replayed."""
    edit(home, f"UPDATE journal SET format = 4 WHERE first_seq = {day[5].first_seq}")

    with pytest.raises(DamagedJournal, match="journal format 4; this program reads up to 3"):
        opened()


def test_damage_met_while_replaying_is_refused_too(opened: Open, home: Path) -> None:
    """Reading back verifies again: a venue that runs may meet damage that was not there at the start."""
    store = opened().store
    day = a_market_day()
    for batch in day:
        store.commit(batch)
    edit(home, f"UPDATE journal SET time_ns = 0 WHERE first_seq = {day[2].first_seq}")

    with pytest.raises(DamagedJournal, match=f"batch at seq {day[2].first_seq} "):
        list(store.batches(0))
    with pytest.raises(DamagedJournal, match="is not the end of a batch"):
        list(store.batches(day[4].first_seq))
    with pytest.raises(DamagedJournal, match="it ends before seq 10000"):
        list(store.batches(10_000))


@pytest.mark.parametrize(
    "damage", ["removed", "not a database", "of another venue", "ahead of the journal", "not synced"]
)
def test_an_index_that_does_not_fit_is_made_anew(day: list[Batch], opened: Open, home: Path, damage: str) -> None:
    """The index is derived: whatever happened to it, the answers are the same."""
    index = home / "index.sqlite3"
    first = opened().store
    before = first.orders(ALICE, limit=100), first.fills(ALICE, limit=100)
    first.close()
    if damage == "removed":
        index.unlink()
    elif damage == "not a database":
        index.write_bytes(b"rubbish" * 1_000)
    else:
        with closing(sqlite3.connect(index)) as connection, connection:
            name, value = {
                "of another venue": ("venue_id", "x"),
                "ahead of the journal": ("journal_seq", 10_000),
                "not synced": ("boot", "open when the machine stopped"),
            }[damage]
            connection.execute("UPDATE marks SET value = ? WHERE name = ?", (value, name))

    second = opened()

    assert (second.store.orders(ALICE, limit=100), second.store.fills(ALICE, limit=100)) == before
    assert len(second.notices) == (damage != "removed")


def test_a_start_looks_at_the_journal_from_its_snapshot_on(day: list[Batch], opened: Open, home: Path) -> None:
    """Damage before it costs no start, damage behind it, or to the record it stands on, refuses; verify looks at all."""
    first = opened()
    first.snapshots.save(StateSnapshot(day[4].first_seq + day[4].count - 1, 1, b"core", {}))
    first.store.close()
    edit(home, f"UPDATE journal SET outcome = outcome + 1 WHERE first_seq = {day[2].first_seq}")

    opened().store.close()
    with read_directory(home, lambda said: None) as (rows, *_), pytest.raises(DamagedJournal, match="does not match"):
        list(rows.records())

    for number in (4, 6):
        edit(home, f"UPDATE journal SET outcome = outcome + 1 WHERE first_seq = {day[number].first_seq}")
        with pytest.raises(DamagedJournal, match=f"batch at seq {day[number].first_seq} "):
            opened()
        edit(home, f"UPDATE journal SET outcome = outcome - 1 WHERE first_seq = {day[number].first_seq}")
