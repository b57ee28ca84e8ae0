"""Reading back what was committed: the questions of services.ports.Rows that are answered through the index file.

Never writes a row of the venue. Any thread may ask; they are answered one at a time. Lists are newest first unless said
otherwise. A list's rows stand by time, and by number where times are equal; numbers grow with time, so that a walk by numbers
(after_id, before_id) meets every row once, however many share an instant.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from bedesten.domain.commands import EVERY_INSTRUMENT
from bedesten.domain.enums import TransferReason
from bedesten.domain.orders import ORDER_WIDTH, Order
from bedesten.services.ports import NS_MAX
from bedesten.services.store_types import Candle, Fill, HoldRecord, OrderRecord, Trade, TransferRecord
from bedesten.storage.indexes import Indexes
from bedesten.storage.record_queries import HOLD, Given, RecordQueries, hold_of

RECORDS_AT_ONCE: Final = 512  # journal rows read under the lock at a time, so that queries get their turn

ANY_ASSET: Final = -1
KINDS_AT_ONCE: Final = 100  # reasons of assets in one question: SQLite puts at most five hundred together
ROWS_A_COMMAND: Final = 8  # transfers: one, or two of an exchange

_ORDER: Final = ", ".join(f'o."{name}"' for name in (*Order._fields, "client_id"))
_TRADE: Final = ", ".join(f"t.{name}" for name in Trade._fields)
_TRANSFER: Final = ", ".join(f"t.{name}" for name in TransferRecord._fields)
_CANDLE: Final = ", ".join(Candle._fields)


# A fill is found by its number: twice the trade's, plus one for the maker's half.
_IS_MAKER: Final = "(i.fill_id & 1)"
_FILL: Final = ", ".join(
    {
        "side": f"CASE {_IS_MAKER} WHEN 1 THEN 3 - t.side ELSE t.side END",
        "is_maker": _IS_MAKER,
        "order_id": f"CASE {_IS_MAKER} WHEN 1 THEN t.maker_order ELSE t.taker_order END",
        "account": f"CASE {_IS_MAKER} WHEN 1 THEN t.maker_account ELSE t.taker_account END",
        "fee": f"CASE {_IS_MAKER} WHEN 1 THEN t.maker_fee ELSE t.taker_fee END",
        "tax": f"CASE {_IS_MAKER} WHEN 1 THEN t.maker_tax ELSE t.taker_tax END",
        "fee_asset": f"CASE {_IS_MAKER} WHEN 1 THEN t.maker_fee_asset ELSE t.taker_fee_asset END",
    }.get(name, f"t.{name}")
    + f" AS fill_{name}"
    for name in Fill._fields
)


def _between(table: str, number: str, column: str = "i.time_ns") -> str:
    """Return the range of times that holds every row in :start ≤ time < :end and :after < number < :before.

    Both bounds in one, so that the index is entered at the row of the number and not at the end of a long list.
    """
    return (
        f"{column} >= max(:start, (SELECT time_ns FROM {table} WHERE {number} > :after ORDER BY {number} LIMIT 1))"
        f" AND {column} <= min(:end - 1,"
        f" (SELECT time_ns FROM {table} WHERE {number} < :before ORDER BY {number} DESC LIMIT 1))"
    )


_FILLS_BY_ACCOUNT: Final = f"""
SELECT {_FILL} FROM fills_by_account i JOIN trades t ON t.trade_id = i.fill_id >> 1
 WHERE i.account = :account AND i.instrument = :instrument AND {_between("trades", "trade_id")}
   AND i.fill_id > 2 * :after + 1 AND i.fill_id < 2 * :before
 ORDER BY i.time_ns WAY, i.fill_id WAY LIMIT :limit"""
#: Each source is walked from its end and left behind so many; then they are put together. Times are given as numbers of matches.
_BY_NUMBER: Final = "fill_id > 2 * :after + 1 AND fill_id < 2 * :before ORDER BY fill_id WAY LIMIT :limit"
_OF_CLIENT: Final = (
    "SELECT fill_id FROM fills_by_client WHERE account = :account AND client_id = :client_id AND instrument = :instrument"
    f" AND {_BY_NUMBER}"
)
_OF_ONE: Final = f"SELECT fill_id FROM fills_by_order WHERE order_id = :order_ids AND {_BY_NUMBER}"
_OF_SEVERAL: Final = (
    f"SELECT fill_id FROM fills_by_order WHERE order_id IN (SELECT value FROM json_each(:order_ids)) AND {_BY_NUMBER}"
)
_FILLS_OF: Final = f"""
SELECT {_FILL} FROM (SOURCES) i JOIN trades t ON t.trade_id = i.fill_id >> 1
 WHERE fill_account = :account AND (:instrument = {EVERY_INSTRUMENT} OR t.instrument = :instrument)
 ORDER BY i.fill_id WAY LIMIT :limit"""
_TRADES: Final = f"""
SELECT {_TRADE} FROM trades_by_instrument i JOIN trades t USING (trade_id)
 WHERE i.instrument = :instrument AND {_between("trades", "trade_id")} AND i.trade_id > :after AND i.trade_id < :before
 ORDER BY i.time_ns WAY, i.trade_id WAY LIMIT :limit"""
_OF_KIND: Final = f"""SELECT * FROM (
SELECT time_ns, row_id FROM transfers_by_account
 WHERE account = :account AND reason = {{reason}} AND asset = {{asset}} AND {_between("transfers", "row_id", "time_ns")}
   AND row_id > :after AND row_id < :before
 ORDER BY time_ns WAY, row_id WAY LIMIT :limit)"""
_TRANSFERS: Final = f"""
SELECT {_TRANSFER} FROM (SOURCES) i JOIN transfers t USING (row_id) ORDER BY i.time_ns WAY, i.row_id WAY LIMIT :limit"""
#: An order's place in the list is that of the row it ended in: its own number says when it came.
_ROW: Final = "SELECT row_id FROM orders_by_id WHERE order_id"
_ORDERS: Final = f"""
orders_by_account i JOIN orders o USING (row_id)
 WHERE i.account = :account AND i.instrument = :instrument AND i.updated_ns >= :start
   AND i.updated_ns <= min(:end - 1, CASE :before WHEN 0 THEN :end
       ELSE (SELECT updated_ns FROM orders WHERE row_id = ({_ROW} = :before)) END)
   AND (:after = 0 OR i.row_id > ({_ROW} = :after)) AND (:before = 0 OR i.row_id < ({_ROW} = :before))
 ORDER BY i.updated_ns WAY, i.row_id WAY LIMIT :limit"""
#: Where an order stands among those that ended is found by its number alone, before any of their rows is read.
_NUMBERED: Final = """
orders o WHERE row_id IN (
 SELECT row_id FROM orders_by_number
  WHERE account = :account AND instrument = :instrument AND order_id >= :low AND order_id < :high
    AND (:instruments IS NULL OR of_instrument IN (SELECT value FROM json_each(:instruments)))
  ORDER BY order_id DESC LIMIT :limit OFFSET :skip)
 ORDER BY o.order_id DESC"""


class Queries(RecordQueries):
    """Answers from the rows, found through the index file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._indexes = Indexes(connection)

    # ── orders ──

    def order(self, account: int, order_id: int) -> OrderRecord | None:
        """Return an order of the account that ended."""
        found = self.orders_by_id(account, [order_id])
        return found[0] if found else None

    def orders_by_id(self, account: int, order_ids: Sequence[int]) -> list[OrderRecord]:
        """Return those of the orders that are the account's and ended."""
        return self._orders(
            "orders_by_id i JOIN orders o USING (row_id)"
            " WHERE i.order_id IN (SELECT value FROM json_each(?)) AND o.account = ? ORDER BY i.row_id DESC",
            (_json(order_ids), account),
        )

    def orders_by_client_id(self, account: int, client_id: str, limit: int) -> list[OrderRecord]:
        """Return ended orders of the account that carried the client id."""
        return self._orders(
            "orders_by_client i JOIN orders o USING (row_id)"
            " WHERE i.account = ? AND i.client_id = ? ORDER BY i.row_id DESC LIMIT ?",
            (account, client_id, limit),
        )

    def orders(
        self, account: int, *, instrument: int | None = None, start_ns: int = 0, end_ns: int = NS_MAX, after_id: int = 0,
        before_id: int = 0, oldest_first: bool = False, limit: int,
    ) -> list[OrderRecord]:  # fmt: skip
        """Return ended orders of the account by the instant they ended; *_id: of an order in the list, 0 for none."""
        bounds = {"start": start_ns, "end": end_ns, "after": after_id, "before": before_id, "limit": limit}
        return self._orders(
            _way(_ORDERS, oldest_first), {"account": account, "instrument": _one_or_any(instrument), **bounds}
        )

    def orders_by_number(
        self, account: int, *, instruments: Sequence[int] | None = None, from_id: int = 0, start_ns: int = 0,
        end_ns: int = NS_MAX, skip: int = 0, limit: int,
    ) -> list[OrderRecord]:  # fmt: skip
        """Return ended orders of the account that came at or behind from_id and within the span, those that came last first."""
        one = instruments is not None and len(instruments) == 1
        given: dict[str, Any] = {
            "account": account, "instrument": instruments[0] if instruments and one else EVERY_INSTRUMENT,
            "instruments": None if instruments is None or one else _json(instruments), "limit": limit, "skip": skip,
        }  # fmt: skip
        given["low"] = max(from_id, self._first_order(account, start_ns)) if start_ns > 0 else from_id
        given["high"] = self._first_order(account, end_ns) if end_ns < NS_MAX else NS_MAX
        return self._orders(_NUMBERED, given)

    def _first_order(self, account: int, time_ns: int) -> int:
        """Return the number of the account's first ended order that came at a time or later: numbers grow with time."""
        chosen = f"FROM orders_by_number WHERE account = ? AND instrument = {EVERY_INSTRUMENT}"
        ends = self._indexed(
            f"SELECT (SELECT min(order_id) {chosen}), (SELECT max(order_id) {chosen})", (account, account)
        )
        next_one = f"SELECT order_id, row_id {chosen} AND order_id >= ? ORDER BY order_id LIMIT 1"
        is_before = f"SELECT i.order_id, o.created_ns < ? FROM ({next_one}) i JOIN orders o USING (row_id)"
        low, high = ends[0][0] or 0, (ends[0][1] or 0) + 1
        while low < high:
            middle = (low + high) // 2
            found = self._rows(is_before, (time_ns, account, middle))
            low, high = (found[0][0] + 1, high) if found and found[0][1] else (low, middle)
        return low

    # ── matches and transfers ──

    def fills(
        self,
        account: int,
        *,
        instrument: int | None = None,
        order_ids: Sequence[int] | None = None,
        client_id: str = "",
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        after_id: int = 0,
        before_id: int = NS_MAX,
        oldest_first: bool = False,
        limit: int,
    ) -> list[Fill]:
        """Return the account's halves of matches; *_id: of a match."""
        given: dict[str, Any] = {
            "account": account, "instrument": _one_or_any(instrument), "start": start_ns, "end": end_ns, "after": after_id,
            "before": before_id, "limit": limit,
        }  # fmt: skip
        question = _FILLS_BY_ACCOUNT
        if order_ids is not None or client_id:
            question = self._fills_of(given, [each for each in order_ids or () if 0 < each <= NS_MAX], client_id)
        return [Fill._make(row) for row in self._indexed(_way(question, oldest_first), given)]

    def _fills_of(self, given: dict[str, Any], order_ids: Sequence[int], client_id: str) -> str:
        """Return the question for what these orders and this client id met, and complete what it is given.

        An order that has just ended may be among both: it is told once.
        """
        sources = []
        if client_id:
            given["client_id"] = client_id
            sources.append(_OF_CLIENT)
        if len(order_ids) == 1:
            given["order_ids"] = order_ids[0]
            sources.append(_OF_ONE)
        elif order_ids or not sources:
            given["order_ids"] = _json(order_ids)
            sources.append(_OF_SEVERAL)
        after, before = given["after"], given["before"]
        if given["start"] > 0:
            after = max(after, self._first_trade(given["start"]) - 1)
        if given["end"] < NS_MAX:
            before = min(before, self._first_trade(given["end"]))
        given["after"], given["before"] = after, before
        return _FILLS_OF.replace("SOURCES", " UNION ".join(f"SELECT * FROM ({source})" for source in sources))

    def _first_trade(self, time_ns: int) -> int:
        return self._first_row("trades", "trade_id", "time_ns", time_ns)

    def trades(
        self, instrument: int, *, start_ns: int = 0, end_ns: int = NS_MAX, after_id: int = 0, before_id: int = NS_MAX,
        oldest_first: bool = False, limit: int,
    ) -> list[Trade]:  # fmt: skip
        """Return the matches on an instrument, last first."""
        bounds = {"start": start_ns, "end": end_ns, "after": after_id, "before": before_id, "limit": limit}
        rows = self._indexed(_way(_TRADES, oldest_first), {"instrument": instrument, **bounds})
        return [Trade._make(row) for row in rows]

    def transfers(
        self,
        account: int,
        *,
        assets: Sequence[int] | None = None,
        reasons: Sequence[int] | None = None,
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        after_id: int = 0,
        before_id: int = NS_MAX,
        oldest_first: bool = False,
        limit: int,
    ) -> list[TransferRecord]:
        """Return the transfers from or to the account; *_id: a row_id."""
        given = {
            "account": account, "start": start_ns, "end": end_ns, "after": after_id, "before": before_id, "limit": limit,
        }  # fmt: skip
        chosen = sorted({int(reason) for reason in (TransferReason if reasons is None else reasons)})
        among = [ANY_ASSET] if assets is None else sorted(set(assets))
        kinds = [(reason, asset) for reason in chosen for asset in among]
        found: list[tuple[Any, ...]] = []
        for at in range(0, len(kinds), KINDS_AT_ONCE):
            sources = (_OF_KIND.format(reason=reason, asset=asset) for reason, asset in kinds[at : at + KINDS_AT_ONCE])
            question = _TRANSFERS.replace("SOURCES", " UNION ALL ".join(sources))
            found += self._indexed(_way(question, oldest_first), given)
        rows = map(TransferRecord._make, found)
        if len(kinds) <= KINDS_AT_ONCE:
            return list(rows)
        return sorted(rows, key=lambda row: row.row_id, reverse=not oldest_first)[:limit]

    def transfers_of(self, seq: int) -> list[TransferRecord]:
        """Return the transfers that a command caused, oldest first: seqs grow with row_ids, so that they are found by halving."""
        low = self._first_row("transfers", "row_id", "seq", seq)
        question = f"SELECT {_TRANSFER} FROM transfers t WHERE row_id >= ? AND row_id < ? ORDER BY row_id"
        rows = self._rows(question, (low, low + ROWS_A_COMMAND))
        return [row for row in map(TransferRecord._make, rows) if row.seq == seq]

    # ── holds ──

    def holds(
        self, account: int, *, reason: int, start_ns: int = 0, end_ns: int = NS_MAX, after_id: int = 0, before_id: int = NS_MAX,
        oldest_first: bool = False, limit: int,
    ) -> list[HoldRecord]:  # fmt: skip
        """Return what was or is reserved on the account for a reason, apart from orders; *_id: of a hold."""
        if start_ns > 0:
            after_id = max(after_id, self._first_row("holds", "hold_id", "time_ns", start_ns) - 1)
        if end_ns < NS_MAX:
            before_id = min(before_id, self._first_row("holds", "hold_id", "time_ns", end_ns))
        question = (
            f"SELECT {HOLD} FROM holds WHERE hold_id IN (SELECT hold_id FROM holds_by_account WHERE account = ? AND reason = ?"
            " AND hold_id > ? AND hold_id < ? ORDER BY hold_id WAY LIMIT ?) ORDER BY hold_id WAY"
        )
        rows = self._indexed(_way(question, oldest_first), (account, reason, after_id, before_id, limit))
        return [hold_of(row) for row in rows]

    def captures(self, account: int, reason: int, ended_ns: Sequence[int]) -> list[tuple[int, int, int]]:
        """Return (asset, ended_ns, captured) of what was reserved on the account for a reason and left at one of these times."""
        return self._indexed(
            "SELECT h.asset, h.ended_ns, h.captured FROM holds_by_account i JOIN holds h USING (hold_id)"
            " WHERE i.account = ? AND i.reason = ? AND h.captured > 0 AND h.ended_ns IN (SELECT value FROM json_each(?))",
            (account, reason, _json(ended_ns)),
        )

    # ── asking ──

    def _orders(self, source: str, given: Given) -> list[OrderRecord]:
        rows = self._indexed(f"SELECT {_ORDER} FROM {source}", given)
        return [OrderRecord(Order._make(row[:ORDER_WIDTH]), row[ORDER_WIDTH]) for row in rows]

    def _first_row(self, table: str, number: str, column: str, value: int) -> int:
        """Return the number of the first row whose *column*, which grows with the number, is no less than *value*; by halving."""
        ends = self._rows(f"SELECT (SELECT min({number}) FROM {table}), (SELECT max({number}) FROM {table})")[0]
        question = f"SELECT {column} < ? FROM {table} WHERE {number} >= ? ORDER BY {number} LIMIT 1"
        low, high = ends[0] or 1, (ends[1] or 0) + 1
        while low < high:
            middle = (low + high) // 2
            is_below = self._rows(question, (value, middle))
            low, high = (middle + 1, high) if is_below and is_below[0][0] else (low, middle)
        return low

    def _met(self, error: sqlite3.Error) -> None:
        if not isinstance(error, sqlite3.OperationalError):  # malformed, not full or locked
            with self._reading:
                self._indexes.distrust()

    def _indexed(self, question: str, given: Given) -> list[tuple[Any, ...]]:
        return self._rows(question, given, first=self._indexes.catch_up)


def _way(question: str, oldest_first: bool) -> str:
    return question.replace("WAY", "ASC" if oldest_first else "DESC")


def _one_or_any(instrument: int | None) -> int:
    return EVERY_INSTRUMENT if instrument is None else instrument


def _json(numbers: Sequence[int]) -> str:
    return msgspec.json.encode(list(numbers)).decode()
