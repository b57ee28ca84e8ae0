"""The SQL that the store runs is what the tables in SQLAlchemy say."""

from __future__ import annotations

import sqlite3
from importlib import resources

from bedesten.domain.events import Traded
from bedesten.storage import schema, tables


def test_the_packaged_sql_is_written_from_the_tables() -> None:
    """`python -m bedesten.storage.schema` was run after the last change of a table."""
    packaged = resources.files("bedesten.storage").joinpath("sql", "tables.sql").read_text("utf-8")

    assert packaged == schema.creation()


def test_trades_keep_the_columns_of_the_event() -> None:
    """Rows are cut from the event's bytes, so the order of columns is the event's."""
    names = [column.name for column in schema.trades.columns]

    assert names == [*Traded._fields[1:], "taker_fee_asset", "maker_fee_asset"]


def test_inserts_name_a_value_for_every_column() -> None:
    """A column that the database numbers itself is left to it."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    tables.create(connection, "a venue")

    assert tables.insertion(connection, "meta") == "INSERT INTO meta VALUES (?, ?)"
    assert (
        tables.insertion(connection, "transfers", numbers_itself=True).count("?") == len(schema.transfers.columns) - 1
    )
    connection.close()
