"""What an older program wrote opens with this one: the tables are the sum of their migrations."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from bedesten.core import Machine
from bedesten.domain.notes import AccountNamed
from bedesten.services.errors import StoreFailure
from bedesten.services.ports import Batch
from bedesten.storage import journal, tables
from bedesten.storage.directory import open_directory
from bedesten.storage.disk import LocalDisk
from bedesten.storage.migrations import upgrade
from bedesten.storage.migrations.upgrade import revisions
from bedesten.storage.sqlite import SqliteStore
from bedesten.storage.verification import verify
from tests.properties.streams import SETTINGS
from tests.storage.conftest import Open
from tests.storage.keys import kept_keys, kept_seed
from tests.storage.test_with_the_core import batches


def shape(connection: sqlite3.Connection) -> dict[str, str]:
    """Return what the database says of its tables and views, whatever the white space."""
    return {
        name: re.sub(r"\s+", " ", text).strip()
        for name, text in connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    }


def of_version(path: Path, version: int) -> None:
    """Bring an empty file to a version by its migrations alone."""
    upgrade(lambda: LocalDisk().connect(path), 0, version)


def test_the_schema_is_the_sum_of_its_migrations(tmp_path: Path) -> None:
    """Who began with the first version has the very tables and views that a new store has."""
    of_version(tmp_path / "old", tables.SCHEMA_VERSION)
    with (
        closing(sqlite3.connect(tmp_path / "old")) as old,
        closing(sqlite3.connect(tmp_path / "new", isolation_level=None)) as new,
    ):
        tables.create(new, "a venue")

        assert shape(old) == shape(new)


def test_the_newest_migration_is_the_version_of_the_program() -> None:
    """A version without a revision could be asked for and never reached."""
    assert revisions() == list(range(1, tables.SCHEMA_VERSION + 1))


@pytest.mark.parametrize("version", range(1, tables.SCHEMA_VERSION))
def test_each_former_version_leads_to_the_present_one(tmp_path: Path, version: int) -> None:
    """Not only the one before: an operator may have left some out."""
    path = tmp_path / "venue.sqlite3"
    of_version(path, version)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO meta VALUES ('schema_version', ?), ('venue_id', 'old')", (str(version),))

    upgrade(lambda: LocalDisk().connect(path), version, tables.SCHEMA_VERSION)

    with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(":memory:")) as new:
        tables.create(new, "a venue")
        assert shape(connection) == shape(new)
        assert dict(connection.execute("SELECT * FROM meta")) == {
            "schema_version": str(tables.SCHEMA_VERSION), "venue_id": "old",
        }  # fmt: skip


def run_a_day(store: SqliteStore) -> str:
    """Let the core work on a drawn stream into the store, and return its digest."""
    machine = Machine()
    for batch in batches(machine, next(iter(SETTINGS.values())), 1):
        store.commit(batch)
    return machine.digest()


def in_old_format(old: sqlite3.Connection, source: str = "main", *, version: int = 1) -> None:
    """Chain the journal anew, as programs before notes did: with outcomes in which refusals give no facts.

    source: the database whose records have the notes, from which names of accounts become texts again. version: 1 or 2.
    """
    previous, machine = journal.GENESIS, Machine()
    for row in old.execute(f"SELECT * FROM {source}.journal ORDER BY first_seq").fetchall():
        record = journal.Record(*row)
        kept = record.batch()
        batch = Batch(
            first_seq=kept.first_seq, count=kept.count, time_ns=kept.time_ns, commands=kept.commands,
            texts={**kept.texts, **{at: note.name for at, note in kept.notes if isinstance(note, AccountNamed)}},
            events=b"", closed=b"", closed_texts=[],
        )  # fmt: skip
        machine.apply(memoryview(kept.commands).cast("q"))
        outcome = journal.outcome_of(machine.take_events(), machine.take_closed(), version)
        sealed = journal.seal(previous, batch, outcome, version=version)
        previous = sealed.checksum
        changed = (
            "UPDATE main.journal SET format = ?, commands = ?, texts = ?, outcome = ?, checksum = ? WHERE first_seq = ?"
        )
        old.execute(changed, (version, sealed.commands, sealed.texts, outcome, previous, record.first_seq))


def as_version_3(home: Path, *keys: str) -> None:
    """Write the store's rows into a file that has the tables of version 3, with secrets and *keys* as version 3 kept them."""
    (home / "reached").unlink()
    today, older = home / "venue.sqlite3", home / "older"
    with closing(sqlite3.connect(older, isolation_level=None)) as old:
        old.executescript(Path(__file__).with_name("version_3.sql").read_text())
        old.execute("ATTACH ? AS today", (str(today),))
        for (table,) in old.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            columns = ", ".join(name for _, name, *_ in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM today.{table}")
        in_old_format(old, "today")
        old.execute("DELETE FROM meta WHERE name IN ('sealing_key', 'imported')")
        old.execute("UPDATE meta SET value = '3' WHERE name = 'schema_version'")
        rows = [(key, f"plain {key}") for key in keys]
        old.executemany("INSERT INTO api_keys VALUES (?, ?, 16, 1, '', '[]', 0, 0)", rows)
        old.execute("INSERT OR REPLACE INTO meta VALUES ('wallet_seed', 'a plain seed')")
    older.replace(today)


def test_yesterdays_data_opens_and_verifies(opened: Open, home: Path) -> None:
    """Journal, rows and keys are as they were, the venue goes on, and `verify` finds nothing to say."""
    store = opened().store
    digest = run_a_day(store)
    store.close()
    as_version_3(home, "k")
    said: list[str] = []
    assert verify(home, said.append).digest == digest  # before it is brought up as well

    again = opened()

    assert again.notices == [
        f"brought venue.sqlite3 from format 3 to {tables.SCHEMA_VERSION}",
        "sealed 1 secrets of API keys and 1 of the venue that stood in plain text",
        "brought 3 facts that stood beside the journal into it",
    ]
    assert again.store.last_seq == store.last_seq + 3
    assert kept_keys(again.store) == {"k": "plain k"}
    assert kept_seed(again.store) == "a plain seed"
    again.store.close()
    verdict = verify(home, said.append)
    assert (verdict.commands, verdict.audit_entries) == (store.last_seq + 3, 0)
    assert said == []
    assert opened().notices == []


def test_a_migration_that_fails_changes_nothing(opened: Open, home: Path) -> None:
    """Here another program had made a table of the new one's name: the store stays at its version, to be looked at."""
    opened().store.close()
    as_version_3(home)
    with closing(sqlite3.connect(home / "venue.sqlite3")) as other:
        other.execute("CREATE TABLE audit (what TEXT)")
        before = shape(other)

    with pytest.raises(StoreFailure, match=r"(?s)cannot be brought from format 3 to \d+.*audit already exists"):
        open_directory(home)

    with closing(sqlite3.connect(home / "venue.sqlite3")) as other:
        assert shape(other) == before
        assert other.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchone() == ("3",)


def test_a_migration_cut_in_its_middle_changes_nothing(tmp_path: Path) -> None:
    """All revisions are one transaction, and what SQLAlchemy meets is told as it is."""
    path = tmp_path / "venue.sqlite3"
    of_version(path, 1)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO meta VALUES ('schema_version', '1')")
        connection.execute("CREATE TABLE audit (what TEXT)")  # the last of the revisions stumbles over it
        before = shape(connection)

    with pytest.raises(SQLAlchemyError):
        upgrade(lambda: LocalDisk().connect(path), 1, tables.SCHEMA_VERSION)

    with closing(sqlite3.connect(path)) as connection:
        assert shape(connection) == before
