"""State snapshots: whole, or skipped with a word why."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedesten.services.errors import DamagedJournal, StoreFailure
from bedesten.services.store_types import StateSnapshot
from bedesten.storage.disk import LocalDisk
from bedesten.storage.snapshots import SNAPSHOTS_KEPT, SnapshotFiles
from tests.storage.conftest import Open
from tests.storage.market import a_market_day


def files(directory: Path, said: list[str]) -> SnapshotFiles:
    return SnapshotFiles(directory, LocalDisk(), say=said.append, sync_journal=lambda: None)


def a_snapshot(seq: int) -> StateSnapshot:
    return StateSnapshot(seq, seq * 1_000, bytes(range(256)) * 4, {7: "my-order", 9: "ö"})


def test_a_snapshot_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    """State, time and the client ids of live orders."""
    said: list[str] = []
    files(tmp_path, said).save(a_snapshot(5))

    assert files(tmp_path, said).newest() == a_snapshot(5)
    assert said == []


def test_the_newest_is_taken_and_old_ones_are_removed(tmp_path: Path) -> None:
    """Seqs of any length sort as numbers."""
    kept = files(tmp_path, [])
    for seq in (9, 10, 11, 100, 1_000):
        kept.save(a_snapshot(seq))

    newest = kept.newest()

    assert newest is not None
    assert newest.seq == 1_000
    assert len(list(tmp_path.iterdir())) == SNAPSHOTS_KEPT


@pytest.mark.parametrize("at", [0, 20, 60, 500, -1])
def test_a_damaged_newest_is_said_and_skipped(tmp_path: Path, at: int) -> None:
    """Wherever the byte is that flipped, the one before is used."""
    said: list[str] = []
    kept = files(tmp_path, said)
    kept.save(a_snapshot(1))
    kept.save(a_snapshot(2))
    newest = max(tmp_path.iterdir())
    data = bytearray(newest.read_bytes())
    data[at] ^= 0x10
    newest.write_bytes(data)

    found = kept.newest()

    assert found == a_snapshot(1)
    assert len(said) == 1
    assert newest.name in said[0]


def test_a_snapshot_cut_short_is_said_and_skipped(tmp_path: Path) -> None:
    """Even an empty file under the right name."""
    said: list[str] = []
    kept = files(tmp_path, said)
    kept.save(a_snapshot(1))
    (only,) = tmp_path.iterdir()
    for length in (len(only.read_bytes()) - 1, 30, 0):
        only.write_bytes(only.read_bytes()[:length])

        assert kept.newest() is None
    assert len(said) == 3


def test_what_a_crash_left_half_written_is_ignored(tmp_path: Path) -> None:
    """A partial file has another name until it is whole."""
    said: list[str] = []
    kept = files(tmp_path, said)
    kept.save(a_snapshot(1))
    (tmp_path / "00000000000000000002.partial").write_bytes(b"BEDSNAP\n half")

    assert kept.newest() == a_snapshot(1)
    assert said == []


def test_a_snapshot_that_cannot_be_written_leaves_those_before(tmp_path: Path) -> None:
    """A full disk fails the save and nothing else."""

    class FullDisk(LocalDisk):
        def write(self, path: Path, data: bytes) -> None:
            path.write_bytes(data[:10])
            raise OSError(28, "No space left on device")

    files(tmp_path, []).save(a_snapshot(1))
    full = SnapshotFiles(tmp_path, FullDisk(), say=lambda said: None, sync_journal=lambda: None)

    with pytest.raises(StoreFailure, match="No space left"):
        full.save(a_snapshot(2))
    assert full.newest() == a_snapshot(1)


def test_a_snapshot_newer_than_the_journal_is_an_error(opened: Open) -> None:
    """The journal's end must be missing, so the venue must not start from there."""
    first = opened()
    for batch in a_market_day(3):
        first.store.commit(batch)
    first.snapshots.save(a_snapshot(first.store.last_seq + 1))
    first.store.close()

    with pytest.raises(DamagedJournal, match=f"ends at seq {first.store.last_seq}, but a state snapshot"):
        opened()


def test_snapshots_without_a_journal_are_an_error(opened: Open, home: Path) -> None:
    """A venue file that was moved away must not be answered with an empty venue."""
    first = opened()
    for batch in a_market_day(2):
        first.store.commit(batch)
    first.snapshots.save(a_snapshot(first.store.last_seq))
    first.store.close()
    (home / "venue.sqlite3").unlink()

    with pytest.raises(DamagedJournal, match=r"snapshots but no venue\.sqlite3"):
        opened()
    assert not (home / "venue.sqlite3").exists()
