"""The index file: which rows belong to an account, an order, a client id, an instrument.

Owns index.sqlite3, which is derived from the venue's rows and can be deleted at any time. It is written behind the
commits, many rows at once: kept inside the commit, the same indexes touched a page per account and took three quarters
of the writer's throughput (see benchmarks/bench_commit.py). Invariant: after catch_up() it covers every committed row,
so a query that catches up first never misses one. Nothing of it is synced while the venue runs, since a sync of one file
makes the file system wait for the others: after a machine has stopped under it, it is made anew.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Final

from bedesten.storage.tables import INDEX_VERSION, script

ROWS_AT_ONCE_MAX: Final = (
    16_384  # rows of a table indexed in one transaction: about 50 ms that a query may have to wait
)
CLOSED: Final = "closed"  # in place of the boot's name, once everything is synced
DAMAGED: Final = "damaged"  # in its place when a query met damage: fits no start

# Source table, its growing key, and what to derive from the rows in (mark, upto]. Sorted, so that pages fill in order.
# What is derived of orders reads the index of matches, so that matches come first and orders wait for all of them.
_NEW: Final = "row_id > ?1 AND row_id <= ?2"
_SOURCES: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (
        "trades",
        "trade_id",
        (
            "INSERT INTO fills_by_account SELECT account, any_or_one, time_ns, fill_id FROM"
            " (SELECT account, instrument AS any_or_one, time_ns, fill_id FROM fills"
            " WHERE trade_id > ?1 AND trade_id <= ?2"
            " UNION ALL SELECT account, -1, time_ns, fill_id FROM fills WHERE trade_id > ?1 AND trade_id <= ?2)"
            " ORDER BY 1, 2, 3, 4",
            "INSERT INTO fills_by_order SELECT order_id, fill_id FROM fills"
            " WHERE trade_id > ?1 AND trade_id <= ?2 ORDER BY 1, 2",
            "INSERT INTO trades_by_instrument SELECT instrument, time_ns, trade_id FROM trades"
            " WHERE trade_id > ?1 AND trade_id <= ?2 ORDER BY 1, 2, 3",
        ),
    ),
    (
        "orders",
        "row_id",
        (
            "INSERT INTO orders_by_account SELECT account, any_or_one, updated_ns, row_id FROM"
            f" (SELECT account, instrument AS any_or_one, updated_ns, row_id FROM orders WHERE {_NEW}"
            f" UNION ALL SELECT account, -1, updated_ns, row_id FROM orders WHERE {_NEW})"
            " ORDER BY 1, 2, 3, 4",
            "INSERT INTO orders_by_number SELECT account, any_or_one, order_id, instrument, row_id FROM"
            f" (SELECT account, instrument AS any_or_one, order_id, instrument, row_id FROM orders WHERE {_NEW}"
            f" UNION ALL SELECT account, -1, order_id, instrument, row_id FROM orders WHERE {_NEW})"
            " ORDER BY 1, 2, 3",
            "INSERT INTO orders_by_client SELECT account, client_id, row_id FROM orders"
            f" WHERE {_NEW} AND client_id <> '' ORDER BY 1, 2, 3",
            f"INSERT INTO orders_by_id SELECT order_id, row_id FROM orders WHERE {_NEW} ORDER BY 1",
            "INSERT INTO fills_by_client SELECT account, client_id, any_or_one, fill_id FROM"
            " (SELECT account, client_id, instrument AS any_or_one, fill_id"
            f" FROM orders CROSS JOIN fills_by_order USING (order_id) WHERE {_NEW} AND client_id <> ''"
            " UNION ALL SELECT account, client_id, -1, fill_id FROM orders CROSS JOIN fills_by_order USING (order_id)"
            f" WHERE {_NEW} AND client_id <> '') ORDER BY 1, 2, 3, 4",
        ),
    ),
    (
        "transfers",
        "row_id",
        (
            "INSERT INTO transfers_by_account SELECT account, reason, any_or_one, time_ns, row_id FROM"
            f" (SELECT account, reason, asset AS any_or_one, time_ns, row_id FROM transfers WHERE {_NEW}"
            f" UNION SELECT to_account, reason, asset, time_ns, row_id FROM transfers WHERE {_NEW}"
            f" UNION SELECT account, reason, -1, time_ns, row_id FROM transfers WHERE {_NEW}"
            f" UNION SELECT to_account, reason, -1, time_ns, row_id FROM transfers WHERE {_NEW})"
            " ORDER BY 1, 2, 3, 4, 5",
        ),
    ),
    (
        "holds",
        "hold_id",
        (
            "INSERT INTO holds_by_account SELECT account, reason, hold_id FROM holds"
            " WHERE hold_id > ?1 AND hold_id <= ?2 ORDER BY 1, 2, 3",
        ),
    ),
)


class Indexes:
    """The index tables of a connection that also sees the venue's tables. Every call is made under the owner's lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._marks = {name: 0 for name, *_ in _SOURCES}
        stored = dict(connection.execute("SELECT name, value FROM marks"))
        self._marks.update((name, stored[name]) for name in self._marks if name in stored)
        self._is_trusted = True

    def catch_up(self) -> None:
        """Index every row that is committed by now."""
        while self.step():
            pass

    def close(self) -> None:
        """Bring the file to the platter and mark it as whole."""
        self._connection.execute("PRAGMA main.synchronous = FULL")
        self._connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)")
        if self._is_trusted:
            self._connection.execute("INSERT OR REPLACE INTO marks VALUES ('boot', ?)", (CLOSED,))
        self._connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)")

    def distrust(self) -> None:
        """Have the next start make the file anew: something in it was found damaged."""
        if self._is_trusted:
            self._is_trusted = False
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("INSERT OR REPLACE INTO marks VALUES ('boot', ?)", (DAMAGED,))

    def step(self) -> bool:
        """Index a bounded number of rows in one transaction; return whether there was anything to do."""
        execute = self._connection.execute
        behind = [source for source in _SOURCES if self._top(source) > self._marks[source[0]]]
        if not behind:
            return False
        execute("BEGIN IMMEDIATE")
        try:
            marks = dict(self._marks)
            for source in behind:
                name, _, derivations = source
                if name == "orders" and self._top(_SOURCES[0]) > marks["trades"]:
                    continue  # for another step
                upto = min(self._top(source), marks[name] + ROWS_AT_ONCE_MAX)
                for derivation in derivations:
                    execute(derivation, (marks[name], upto))
                marks[name] = upto
            self._connection.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", marks.items())
            _anchor(self._connection)
            execute("COMMIT")
        except sqlite3.Error:
            self._connection.rollback()
            raise
        self._marks = marks
        return True

    def _top(self, source: tuple[str, str, tuple[str, ...]]) -> int:
        top: int | None = self._connection.execute(f"SELECT max({source[1]}) FROM {source[0]}").fetchone()[0]
        return top or 0


def create(connection: sqlite3.Connection) -> None:
    """Make the index tables, empty, in a connection that also sees the venue's tables."""
    connection.execute("BEGIN IMMEDIATE")
    for statement in script("indexes.sql"):
        connection.execute(statement)
    connection.execute("INSERT INTO marks VALUES ('version', ?)", (INDEX_VERSION,))
    connection.execute("INSERT INTO marks SELECT name, value FROM meta WHERE name = 'venue_id'")
    _anchor(connection)
    connection.execute("COMMIT")


def begin(connection: sqlite3.Connection, boot: str) -> None:
    """Mark the file as open, since *boot*: good until the machine stops or the file is closed."""
    connection.execute("PRAGMA main.synchronous = OFF")
    connection.execute("INSERT OR REPLACE INTO marks VALUES ('boot', ?)", (boot,))


def fits(connection: sqlite3.Connection, boot: str) -> bool:
    """Return whether the index tables are whole, and were derived from the venue's rows as they are.

    They are not when the venue's file was replaced, or lost commits that the index had seen: then the journal no longer
    holds the record that was its last when the index was written.
    """
    try:
        version = connection.execute("SELECT value FROM marks WHERE name = 'version'").fetchone()
        same = connection.execute(
            "SELECT (SELECT value FROM marks WHERE name = 'venue_id') = (SELECT value FROM meta WHERE name = 'venue_id')"
        ).fetchone()
        whole = connection.execute("SELECT value FROM marks WHERE name = 'boot'").fetchone()
        anchor = dict(connection.execute("SELECT name, value FROM marks WHERE name LIKE 'journal_%'"))
        held = (
            connection.execute("SELECT checksum FROM journal WHERE first_seq = ?", (anchor["journal_seq"],)).fetchone()
            if anchor
            else (None,)
        )
    except sqlite3.DatabaseError:
        return False
    if whole != (CLOSED,) and (whole != (boot,) or not boot):
        return False
    return version == (INDEX_VERSION,) and same == (1,) and held == (anchor.get("journal_checksum"),)


# Remember the journal's last record, as this transaction sees it.
def _anchor(connection: sqlite3.Connection) -> None:
    last = connection.execute("SELECT first_seq, checksum FROM journal ORDER BY first_seq DESC LIMIT 1").fetchone()
    if last is not None:
        names = ("journal_seq", "journal_checksum")
        connection.executemany("INSERT OR REPLACE INTO marks VALUES (?, ?)", zip(names, last, strict=True))
