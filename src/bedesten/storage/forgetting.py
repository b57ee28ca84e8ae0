"""What a store in memory lets go of, so that a venue that runs for weeks stays as small as it was on its second day.

Owns how long rows are kept there and their removal, a slice of the rows at a time, in the transaction of the commit that
finds a slice to be old. A store on disk forgets nothing. Invariant: the last row of a table is never removed, because
SQLite would give its number to the next one, and the indexes go by numbers.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from typing import Final, NamedTuple

from bedesten.storage.rows import Rows

NS_PER_S: Final = 1_000_000_000
HOUR_S: Final = 3_600
DAY_S: Final = 24 * HOUR_S

UNTRADED_NS: Final = HOUR_S * NS_PER_S  # ended orders that never traded: twice what BTSE promises ("Query Order")
KEPT_NS: Final = DAY_S * NS_PER_S  # all other rows: the rows of a working day can still be read in the evening
CANDLES_KEPT_S: Final = 7 * DAY_S  # the demo's history tells what was before, at the same prices
UNTRADED_MAX: Final = 100_000  # rows; 20 MB: several hours of the demo
ROWS_MAX: Final = 150_000  # rows; 30 MB: beyond, the oldest go though they are younger than a day
NOTED_KEPT: Final = 10_000  # what people did; 3 MB
SLICE_NS: Final = 60 * NS_PER_S  # a slice ends after this time, or
SLICE_ROWS: Final = 4_096  # after so many rows: some 20 ms to remove, which the next commit waits for

_ENDS: Final = """
SELECT coalesce((SELECT max(row_id) FROM orders) - 1, 0), coalesce((SELECT max(trade_id) FROM trades) - 1, 0),
       coalesce((SELECT max(row_id) FROM transfers) - 1, 0)"""

# What to ask for the rows in (?1, ?2], and what to do with each answer. SQLite finds one row of an index by its whole key,
# but walks all of it for the keys that a compound question returns.
_Removal = tuple[str, str]


def _by_key(index: str, columns: str, rows: str, source: str | None = None) -> _Removal:
    key = " AND ".join(f"{column} = ?" for column in columns.split(", "))
    return f"SELECT {source or columns} FROM {rows}", f"DELETE FROM {index} WHERE {key}"


def _by_client(met: str) -> tuple[_Removal, _Removal]:
    columns = "account, client_id, instrument, fill_id"
    return (
        _by_key("fills_by_client", columns, met),
        _by_key("fills_by_client", columns, met, columns.replace("instrument", "-1")),
    )


def _order_removals(which: str) -> tuple[_Removal, ...]:
    rows, by_account = f"orders WHERE {which}", "account, instrument, updated_ns, row_id"
    by_number = "account, instrument, order_id"
    met = f"orders JOIN fills_by_order USING (order_id) WHERE {which} AND client_id <> ''"
    return (
        _by_key("orders_by_account", by_account, rows),
        _by_key("orders_by_account", by_account, rows, by_account.replace("instrument", "-1")),
        _by_key("orders_by_number", by_number, rows),
        _by_key("orders_by_number", by_number, rows, by_number.replace("instrument", "-1")),
        _by_key("orders_by_client", "account, client_id, row_id", f"{rows} AND client_id <> ''"),
        *_by_client(met),
        _by_key("orders_by_id", "order_id", rows),
        _by_key("orders", "row_id", rows),
    )


_IN_SLICE: Final = "row_id > ?1 AND row_id <= ?2"
_UNTRADED: Final = _order_removals(f"{_IN_SLICE} AND filled = 0")
_ORDERS: Final = _order_removals(_IN_SLICE)
_TRADES: Final = "trades WHERE trade_id > ?1 AND trade_id <= ?2"
_HALVES: Final = "fills WHERE trade_id > ?1 AND trade_id <= ?2"
# What a client id met goes with the order or with the match, whichever goes first: then the other is still there.
_NAMED: Final = (
    "(SELECT o.account, o.client_id, o.instrument, fill_id, trade_id"
    " FROM fills JOIN orders_by_id USING (order_id) JOIN orders o USING (row_id))"
    " WHERE trade_id > ?1 AND trade_id <= ?2 AND client_id <> ''"
)
_FILLS: Final = (
    *_by_client(_NAMED),
    _by_key("fills_by_account", "account, instrument, time_ns, fill_id", _HALVES),
    _by_key("fills_by_account", "account, instrument, time_ns, fill_id", _HALVES, "account, -1, time_ns, fill_id"),
    _by_key("fills_by_order", "order_id, fill_id", _HALVES),
    _by_key("trades_by_instrument", "instrument, time_ns, trade_id", _TRADES),
    _by_key("trades", "trade_id", _TRADES),
)
_MOVED: Final = f"transfers WHERE {_IN_SLICE}"
_BY_ACCOUNT: Final = "account, reason, asset, time_ns, row_id"
_TRANSFERS: Final = (
    *(
        _by_key("transfers_by_account", _BY_ACCOUNT, _MOVED, f"{account}, reason, {asset}, time_ns, row_id")
        for account in ("account", "to_account")
        for asset in ("asset", "-1")
    ),
    _by_key("transfers", "row_id", _MOVED),
)
_NOTED: Final = "DELETE FROM noted WHERE row_id <= (SELECT max(row_id) FROM noted) - ?"
_CANDLES: Final = "DELETE FROM candles WHERE instrument = ? AND start_s < ?"


class _Ends(NamedTuple):
    order: int = 0
    trade: int = 0
    transfer: int = 0


class _Slice(NamedTuple):
    """The rows of a stretch of time: behind those of *after*, up to those of *upto*."""

    time_ns: int  # when the last of them came
    after: _Ends
    upto: _Ends
    orders: int  # how many are there
    others: int


class Forgetting:
    """The rows of a store in memory by their age. Called within the store's transactions, under its lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._young: deque[_Slice] = deque()  # with their untraded orders
        self._old: deque[_Slice] = deque()  # without
        self._young_orders = 0
        self._old_rows = 0
        self._ends = _Ends()
        self._sliced_ns = 0
        self._swept_s = 0  # when candles were last looked at
        self._fresh = 0  # rows since the last slice

    def follow(self, time_ns: int, rows: Rows) -> None:
        """Take in that a commit brings *rows*, and remove what is too old by now: at most one slice of each age."""
        self._fresh += len(rows.orders) + len(rows.trades) + len(rows.transfers)
        if self._fresh >= SLICE_ROWS or time_ns - self._sliced_ns >= SLICE_NS:
            self._cut(time_ns)
        if self._young and (self._young[0].time_ns < time_ns - UNTRADED_NS or self._young_orders > UNTRADED_MAX):
            self._forget_untraded(self._young.popleft())
        if self._old and (self._old[0].time_ns < time_ns - KEPT_NS or self._old_rows > ROWS_MAX):
            self._forget(self._old.popleft())
        if rows.noted:
            self._connection.execute(_NOTED, (NOTED_KEPT,))
        if time_ns // NS_PER_S - self._swept_s >= HOUR_S:
            self._swept_s = time_ns // NS_PER_S
            self._forget_candles()

    def _cut(self, time_ns: int) -> None:
        upto, after = _Ends(*self._connection.execute(_ENDS).fetchone()), self._ends
        others = upto.trade - after.trade + upto.transfer - after.transfer
        self._young.append(_Slice(time_ns, after, upto, upto.order - after.order, others))
        self._young_orders += upto.order - after.order
        self._ends, self._sliced_ns, self._fresh = upto, time_ns, 0

    def _forget_untraded(self, slice_: _Slice) -> None:
        removed = self._remove(_UNTRADED, slice_.after.order, slice_.upto.order)
        self._young_orders -= slice_.orders
        self._old.append(slice_._replace(orders=slice_.orders - removed))
        self._old_rows += slice_.orders - removed + slice_.others

    def _forget(self, slice_: _Slice) -> None:
        after, upto = slice_.after, slice_.upto
        self._remove(_ORDERS, after.order, upto.order)
        self._remove(_FILLS, after.trade, upto.trade)
        self._remove(_TRANSFERS, after.transfer, upto.transfer)
        self._old_rows -= slice_.orders + slice_.others

    def _forget_candles(self) -> None:
        instruments = self._connection.execute("SELECT instrument FROM instruments").fetchall()
        since_s = self._swept_s - CANDLES_KEPT_S
        self._connection.executemany(_CANDLES, [(instrument, since_s) for (instrument,) in instruments])

    def _remove(self, removals: tuple[_Removal, ...], after: int, upto: int) -> int:
        """Return how many rows went; the table itself stands last among the removals."""
        removed = 0
        if upto > after:
            for question, removal in removals:
                keys = self._connection.execute(question, (after, upto)).fetchall()
                removed = self._connection.executemany(removal, keys).rowcount
        return removed
