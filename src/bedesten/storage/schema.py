"""The tables, in SQLAlchemy Core: the one place where a column is named.

Owns the shape of what is stored; never touches a database. The embedded store does not import this module, which would
cost a third of a second at every start: it reads sql/tables.sql, which is written from here (`python -m
bedesten.storage.schema`) and held equal by a test. The rows carry no secondary index, but for the few of `noted`: those live in a
file of their own that can be thrown away (see indexes.py). Fills and postings are views (sql/views.sql): a match is stored once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bedesten.domain.events import Traded
from bedesten.domain.orders import Order
from bedesten.services.store_types import Candle

metadata: Final = MetaData()

# SQLite makes a primary key the row's own number only when it is called INTEGER.
_Whole: Final = BigInteger().with_variant(Integer(), "sqlite")


def _key(name: str) -> Column[int]:
    return Column(name, _Whole, primary_key=True, autoincrement=False)


def _wholes(*names: str) -> list[Column[int]]:
    return [Column(name, _Whole, nullable=False) for name in names]


def _blob(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=False, server_default=text("x''"))  # as rows of older versions have it


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


meta: Final = Table("meta", metadata, Column("name", Text, primary_key=True), _text("value"))

journal: Final = Table(
    "journal",
    metadata,
    _key("first_seq"),
    *_wholes("count", "time_ns", "format"),
    Column("commands", LargeBinary, nullable=False),
    _text("texts"),
    *_wholes("outcome"),
    Column("checksum", LargeBinary, nullable=False),
    _blob("notes"),
    _blob("origins"),
)

#: Orders that ended. Open ones live in the core, and are rebuilt from the journal.
orders: Final = Table("orders", metadata, _key("row_id"), *_wholes(*Order._fields, "seq"), _text("client_id"))

#: Matches: the columns of the TRADED event without its kind, and the assets that the two fees were taken in.
trades: Final = Table(
    "trades",
    metadata,
    *_wholes("seq", "time_ns"),
    _key("trade_id"),
    *_wholes(*Traded._fields[4:], "taker_fee_asset", "maker_fee_asset"),
)

transfers: Final = Table(
    "transfers",
    metadata,
    _key("row_id"),
    *_wholes("seq", "time_ns", "account", "to_account", "asset", "amount", "reason"),
)

#: Money reserved for something that is not an order; a row is written when it is held, and again when that ends.
holds: Final = Table(
    "holds",
    metadata,
    _key("hold_id"),
    *_wholes("seq", "time_ns", "account", "asset", "amount", "reason"),
    _text("text"),
    *_wholes("ended_ns", "captured"),
    _blob("notes"),
)

#: What was journaled beside a transfer: why it moved, in its service's own words. text: by records of format 1.
notes: Final = Table("notes", metadata, _key("seq"), _text("text"), _blob("notes"))

#: What services keep beside the journal: addresses, payments of a simulated chain, how far a withdrawal is.
records: Final = Table(
    "records",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    _text("value"),
)

#: What operators and customers did: a row of each note in the journal that says so. note: as domain.notes.encode_beside has it.
noted: Final = Table(
    "noted", metadata, _key("row_id"), *_wholes("seq", "time_ns", "account", "activity"), _blob("note"),
)  # fmt: skip
noted_by_account: Final = Index("noted_by_account", noted.c.account, noted.c.row_id)

#: The audit log as programs before version 7 kept it, chained by itself (see audit.py): read-only since.
audit: Final = Table(
    "audit",
    metadata,
    _key("seq"),
    *_wholes("time_ns"),
    *(_text(name) for name in ("actor", "action", "detail")),
    *(Column(name, LargeBinary, nullable=False) for name in ("previous", "checksum")),
)

#: What the views need to know of an instrument, as its listing and the last change of its fee rule left it.
instruments: Final = Table(
    "instruments", metadata, _key("instrument"), *_wholes("base", "quote", "lot_value", "fee_rule")
)

candles: Final = Table(
    "candles",
    metadata,
    _key("instrument"),
    _key("start_s"),
    *_wholes(*Candle._fields[1:]),
    sqlite_with_rowid=False,
)

accounts: Final = Table(
    "accounts", metadata, _key("id"), Column("name", Text, nullable=False, unique=True), *_wholes("is_system")
)

#: API keys as programs before version 6 kept them: read once, and left as they are.
api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("key", Text, primary_key=True),
    _text("secret"),
    *_wholes("account", "permissions"),
    _text("label"),
    _text("ip_allow_list"),
    *_wholes("expires_ns", "created_ns"),
)


#: What seals the secrets in notes, an owner each, sealed with the venue's key; "": thrown away.
data_keys: Final = Table("data_keys", metadata, Column("owner", Text, primary_key=True), _text("sealed"))


def creation() -> str:
    """Return the statements that make the tables in SQLite, as sql/tables.sql holds them."""
    dialect = sqlite.dialect()
    tables = [str(CreateTable(table).compile(dialect=dialect)).strip() for table in metadata.sorted_tables]
    tables = [
        table.replace("\t", "    ").replace(", \n", ",\n").replace(")\n WITHOUT", ") WITHOUT") for table in tables
    ]
    tables += [
        str(CreateIndex(index).compile(dialect=dialect)).strip()
        for table in metadata.sorted_tables
        for index in table.indexes
    ]
    head = "-- Written by `python -m bedesten.storage.schema`; change the tables there.\n\n"
    return head + ";\n\n".join(tables) + ";\n"


if __name__ == "__main__":
    Path(__file__).with_name("sql").joinpath("tables.sql").write_text(creation(), encoding="utf-8")
