"""The statements that the embedded store runs, read from sql/*.sql and from the database itself.

Owns the schema's version and how an empty file becomes a store. Never holds a column's name twice: inserts take theirs
from the table as it is.
"""

from __future__ import annotations

import sqlite3
from importlib import resources
from typing import Final

SCHEMA_VERSION: Final = 7  # of tables.sql and views.sql, the newest of migrations/versions; a newer store is refused
INDEX_VERSION: Final = 3  # of indexes.sql; an index file of any other version is made anew


def script(name: str) -> list[str]:
    """Return the statements of one of the package's SQL files."""
    text = resources.files(__package__).joinpath("sql", name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [statement.strip() for statement in "\n".join(lines).split(";") if statement.strip()]


def create(connection: sqlite3.Connection, venue_id: str) -> None:
    """Make the tables and views, all or none, and write down which store this is."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in script("tables.sql") + script("views.sql"):
            connection.execute(statement)
        facts = [("schema_version", str(SCHEMA_VERSION)), ("venue_id", venue_id)]
        connection.executemany("INSERT INTO meta VALUES (?, ?)", facts)
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.rollback()
        raise


def insertion(connection: sqlite3.Connection, table: str, *, verb: str = "INSERT", numbers_itself: bool = False) -> str:
    """Return an insert of all columns of *table* in their order.

    With numbers_itself the first column, the row's own number, is left to the database.
    """
    columns = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    values = ["NULL" if numbers_itself and at == 0 else "?" for at in range(len(columns))]
    return f"{verb} INTO {table} VALUES ({', '.join(values)})"
