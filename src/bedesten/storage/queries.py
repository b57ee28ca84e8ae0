"""Reading back what was committed: the questions of services.ports.Store that are answered through the index file.

Never writes a row of the venue. Any thread may ask; they are answered one at a time. Lists are newest first unless said
otherwise.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from bedesten.domain.commands import EVERY_INSTRUMENT
from bedesten.domain.orders import ORDER_WIDTH, Order
from bedesten.services.ports import NS_MAX
from bedesten.services.records import Candle, Fill, HoldRecord, OrderRecord, Trade, TransferRecord
from bedesten.storage.indexes import Indexes
from bedesten.storage.record_queries import HOLD, RecordQueries

RECORDS_AT_ONCE: Final = 512  # journal rows read under the lock at a time, so that queries get their turn

_ORDER: Final = ", ".join(f'o."{name}"' for name in (*Order._fields, "client_id"))
_TRADE: Final = ", ".join(f"t.{name}" for name in Trade._fields)
_TRANSFER: Final = ", ".join(f"t.{name}" for name in TransferRecord._fields)
_CANDLE: Final = ", ".join(Candle._fields)
_KEY: Final = "key, secret, account, permissions, label, ip_allow_list, expires_ns, created_ns"

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
_FILLS_BY_ACCOUNT: Final = f"""
SELECT {_FILL} FROM fills_by_account i JOIN trades t ON t.trade_id = i.fill_id >> 1
 WHERE i.account = ? AND i.instrument = ? AND i.time_ns >= ? AND i.time_ns < ?
 ORDER BY i.time_ns DESC, i.fill_id DESC LIMIT ?"""
_FILLS_BY_ORDER: Final = f"""
SELECT {_FILL} FROM fills_by_order i JOIN trades t ON t.trade_id = i.fill_id >> 1
 WHERE i.order_id IN (SELECT value FROM json_each(?)) AND fill_account = ? AND (?3 = {EVERY_INSTRUMENT} OR t.instrument = ?3)
   AND t.time_ns >= ?4 AND t.time_ns < ?5
 ORDER BY i.fill_id DESC LIMIT ?6"""


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
        self, account: int, *, instrument: int | None = None, start_ns: int = 0, end_ns: int = NS_MAX, limit: int
    ) -> list[OrderRecord]:
        """Return ended orders of the account by the instant they ended."""
        return self._orders(
            "orders_by_account i JOIN orders o USING (row_id)"
            " WHERE i.account = ? AND i.instrument = ? AND i.updated_ns >= ? AND i.updated_ns < ?"
            " ORDER BY i.updated_ns DESC, i.row_id DESC LIMIT ?",
            (account, _one_or_any(instrument), start_ns, end_ns, limit),
        )

    # ── matches and transfers ──

    def fills(
        self,
        account: int,
        *,
        instrument: int | None = None,
        order_ids: Sequence[int] | None = None,
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        limit: int,
    ) -> list[Fill]:
        """Return the account's halves of matches."""
        given = (account, _one_or_any(instrument), start_ns, end_ns, limit)
        if order_ids is None:
            rows = self._indexed(_FILLS_BY_ACCOUNT, given)
        else:
            rows = self._indexed(_FILLS_BY_ORDER, (_json(order_ids), *given))
        return [Fill._make(row) for row in rows]

    def trades(self, instrument: int, *, start_ns: int = 0, end_ns: int = NS_MAX, limit: int) -> list[Trade]:
        """Return the matches on an instrument, last first."""
        rows = self._indexed(
            f"SELECT {_TRADE} FROM trades_by_instrument i JOIN trades t USING (trade_id)"
            " WHERE i.instrument = ? AND i.time_ns >= ? AND i.time_ns < ? ORDER BY i.time_ns DESC, i.trade_id DESC LIMIT ?",
            (instrument, start_ns, end_ns, limit),
        )
        return [Trade._make(row) for row in rows]

    def transfers(
        self,
        account: int,
        *,
        asset: int | None = None,
        reasons: Sequence[int] | None = None,
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        limit: int,
    ) -> list[TransferRecord]:
        """Return the transfers from or to the account."""
        rows = self._indexed(
            f"SELECT {_TRANSFER} FROM transfers_by_account i JOIN transfers t USING (row_id)"
            " WHERE i.account = ?1 AND i.time_ns >= ?2 AND i.time_ns < ?3 AND (?4 IS NULL OR t.asset = ?4)"
            " AND (?5 IS NULL OR t.reason IN (SELECT value FROM json_each(?5)))"
            " ORDER BY i.time_ns DESC, i.row_id DESC LIMIT ?6",
            (account, start_ns, end_ns, asset, None if reasons is None else _json(reasons), limit),
        )
        return [TransferRecord._make(row) for row in rows]

    # ── holds ──

    def holds(self, account: int, *, reason: int, limit: int) -> list[HoldRecord]:
        """Return what was or is reserved on the account for a reason, apart from orders, newest first."""
        rows = self._indexed(
            f"SELECT {HOLD} FROM holds WHERE hold_id IN (SELECT hold_id FROM holds_by_account"
            " WHERE account = ? AND reason = ? ORDER BY hold_id DESC LIMIT ?) ORDER BY hold_id DESC",
            (account, reason, limit),
        )
        return [HoldRecord._make(row) for row in rows]

    # ── asking ──

    def _orders(self, source: str, given: tuple[Any, ...]) -> list[OrderRecord]:
        rows = self._indexed(f"SELECT {_ORDER} FROM {source}", given)
        return [OrderRecord(Order._make(row[:ORDER_WIDTH]), row[ORDER_WIDTH]) for row in rows]

    def _met(self, error: sqlite3.Error) -> None:
        if not isinstance(error, sqlite3.OperationalError):  # malformed, not full or locked
            with self._reading:
                self._indexes.distrust()

    def _indexed(self, question: str, given: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return self._rows(question, given, first=self._indexes.catch_up)


def _one_or_any(instrument: int | None) -> int:
    return EVERY_INSTRUMENT if instrument is None else instrument


def _json(numbers: Sequence[int]) -> str:
    return msgspec.json.encode(list(numbers)).decode()
