"""Bringing the tables of an older store up to this program's version, by Alembic, in one transaction.

Owns how the revisions in versions/ are applied. The version of a store is the number in its table meta, which older programs
read too; Alembic's own table lives in memory, beside it, for as long as it runs. Loaded when a store is older, and not
before: with SQLAlchemy it would cost every start a third of a second. Invariant: a store is at its old version whole, or at
the new one whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.pool import NullPool

SCRIPTS: Final = Path(__file__).parent  # what the revisions are found below, in versions/
NOTES: Final = "alembic"  # the database in memory where Alembic keeps its own table


def upgrade(connect: Callable[[], sqlite3.Connection], found: int, wanted: int) -> None:
    """Apply the revisions behind version *found* up to *wanted*; *connect* opens the store, with transactions left to us.

    Raises: sqlite3.Error, SQLAlchemyError; then nothing was changed.
    """
    engine = create_engine("sqlite://", creator=lambda: _with_notes(connect()), poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    with engine.begin() as connection:
        _apply(connection, found, wanted)
        said = {"version": str(wanted)}
        connection.execute(text("UPDATE meta SET value = :version WHERE name = 'schema_version'"), said)


def revisions() -> list[int]:
    """Return the versions that there are, oldest first."""
    return sorted(int(script.revision) for script in _scripts().walk_revisions())


def _with_notes(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute(f"ATTACH ':memory:' AS {NOTES}")
    return connection


# At once for writing: a transaction that only becomes one later may find that another has been there.
def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _apply(connection: Connection, found: int, wanted: int) -> None:
    scripts = _scripts()

    def steps(heads: object, context: MigrationContext) -> object:
        return scripts._upgrade_revs(str(wanted), heads)  # type: ignore[arg-type]  # what alembic's own command calls

    context = MigrationContext.configure(connection, opts={"fn": steps, "version_table_schema": NOTES})
    if found:
        context.stamp(scripts, str(found))
    with Operations.context(context):
        context.run_migrations()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(SCRIPTS))
