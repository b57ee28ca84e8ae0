"""What the store does when the disk lets it down."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bedesten.services.errors import StoreFailure
from bedesten.storage.disk import LocalDisk
from tests.storage.conftest import Open
from tests.storage.market import a_market_day


class FailingDisk(LocalDisk):
    """A disk whose writers fail at the statement that starts with the chosen word, once told to."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.is_failing = False

    def connect(
        self, database: Path | None, *, read_only: bool = False, without_log: bool = False
    ) -> sqlite3.Connection:
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, statement: str, *given: object) -> sqlite3.Cursor:
                if disk.is_failing and statement.startswith(disk.word):
                    raise sqlite3.OperationalError("database or disk is full")
                return super().execute(statement, *given)  # type: ignore[arg-type]

        assert database is not None
        return sqlite3.connect(database, factory=Connection, isolation_level=None, check_same_thread=False)


@pytest.mark.parametrize("word", ["BEGIN", "INSERT INTO journal", "COMMIT"])
def test_after_a_failed_commit_nothing_more_is_accepted(opened: Open, word: str) -> None:
    """Whether the batch reached the disk is only known at the next start; until then no other may follow it."""
    disk = FailingDisk(word)
    day = a_market_day(4)
    store = opened(disk=disk).store
    store.commit(day[0])
    store.commit(day[1])

    disk.is_failing = True
    with pytest.raises(
        StoreFailure, match=f"batch at seq {day[2].first_seq} could not be written: database or disk is full"
    ):
        store.commit(day[2])
    disk.is_failing = False

    with pytest.raises(StoreFailure, match="accepts nothing more"):
        store.commit(day[2])
    with pytest.raises(StoreFailure, match="accepts nothing more"):
        store.save_meta("a", "b")
    assert [batch.first_seq for batch in store.batches(0)] == [batch.first_seq for batch in day[:2]]
    store.close()
    again = opened().store
    again.commit(day[2])
    assert again.last_seq == day[2].first_seq + day[2].count - 1


def test_a_full_disk_loses_only_the_batch_that_did_not_fit(opened: Open, home: Path) -> None:
    """SQLite's own limit on pages stands in for the disk's end."""
    store = opened().store
    day = a_market_day(400)
    store._writer.execute("PRAGMA max_page_count = 60")
    written = 0
    with pytest.raises(StoreFailure, match="full"):
        for batch in day:
            store.commit(batch)
            written += 1
    store.close()

    again = opened().store

    assert written > 10
    assert len(list(again.batches(0))) == written
    again.commit(day[written])
