"""Rows: what is shown of the past. They are written by the log's commits and read here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, Protocol

from bedesten.domain.notes import Note
from bedesten.services.store_types import (
    Candle,
    Fill,
    HoldRecord,
    LoggedRow,
    OrderRecord,
    Trade,
    TransferRecord,
)

NS_MAX: Final = (1 << 62) - 1  # the end of time: as far as the core's timers reach, in the year 2116


class Rows(Protocol):
    """What ended, was traded, was moved, was held, and what people did.

    Any thread may ask at any time, and sees all that was committed before. Lists are newest first unless said otherwise; start_ns
    is included, end_ns is not. after_id and before_id are numbers of rows in the list, which are not in the answer: with them any
    list is walked to its end, however many of its rows share one instant. oldest_first tells the rows nearest to after_id, where
    otherwise those nearest to before_id are told. Raises: StoreFailure.
    """

    def order(self, account: int, order_id: int) -> OrderRecord | None:
        """Return an order of the account that ended."""
        ...

    def orders_by_id(self, account: int, order_ids: Sequence[int]) -> list[OrderRecord]:
        """Return those of the orders that are the account's and ended."""
        ...

    def orders_by_client_id(self, account: int, client_id: str, limit: int) -> list[OrderRecord]:
        """Return ended orders of the account that carried the client id."""
        ...

    def orders(
        self, account: int, *, instrument: int | None = None, start_ns: int = 0, end_ns: int = NS_MAX, after_id: int = 0,
        before_id: int = 0, oldest_first: bool = False, limit: int,
    ) -> list[OrderRecord]:  # fmt: skip
        """Return ended orders of the account by the instant they ended (updated_ns).

        after_id, before_id: of orders that ended; 0: none.
        """
        ...

    def orders_by_number(
        self, account: int, *, instruments: Sequence[int] | None = None, from_id: int = 0, start_ns: int = 0,
        end_ns: int = NS_MAX, skip: int = 0, limit: int,
    ) -> list[OrderRecord]:  # fmt: skip
        """Return ended orders of the account by the instant they came (created_ns), numbered from_id or higher.

        skip: how many of them, counted from the newest, stand in front of the first that is told.
        """
        ...

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
        """Return the account's halves of matches; of these orders, and of those that ended and carried the client id.

        after_id, before_id: of matches.
        """
        ...

    def trades(
        self, instrument: int, *, start_ns: int = 0, end_ns: int = NS_MAX, after_id: int = 0, before_id: int = NS_MAX,
        oldest_first: bool = False, limit: int,
    ) -> list[Trade]:  # fmt: skip
        """Return the matches on an instrument, last first."""
        ...

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
        """Return the transfers from or to the account, of these assets for these reasons. after_id, before_id: row_ids."""
        ...

    def transfers_of(self, seq: int) -> list[TransferRecord]:
        """Return the transfers that a command caused, oldest first."""
        ...

    def holds(
        self, account: int, *, reason: int, start_ns: int = 0, end_ns: int = NS_MAX, after_id: int = 0, before_id: int = NS_MAX,
        oldest_first: bool = False, limit: int,
    ) -> list[HoldRecord]:  # fmt: skip
        """Return what was or is reserved on the account for a reason, apart from orders. after_id, before_id: of holds."""
        ...

    def holds_by_id(self, hold_ids: Sequence[int]) -> list[HoldRecord]:
        """Return what was or is reserved under these ids, on whatever account, oldest first."""
        ...

    def captures(self, account: int, reason: int, ended_ns: Sequence[int]) -> list[tuple[int, int, int]]:
        """Return (asset, ended_ns, captured) of what was reserved on the account for a reason and left at one of these times."""
        ...

    def candles(self, instrument: int, *, start_s: int, end_s: int) -> list[Candle]:
        """Return the stored minutes in start_s ≤ start < end_s, oldest first."""
        ...

    def candle_span(self, instrument: int) -> tuple[int, int] | None:
        """Return the starts of the first and the last stored minute."""
        ...

    def notes_beside(self, seqs: Sequence[int]) -> dict[int, list[Note]]:
        """Return the notes that stand beside those of these commands that moved money."""
        ...

    def logged(self, after: int, limit: int) -> list[LoggedRow]:
        """Return what people did, behind the row numbered *after*, oldest first."""
        ...

    def logged_of(self, account: int, activities: Collection[int], limit: int) -> list[LoggedRow]:
        """Return what was done of these kinds by or to the holder of an account, newest first."""
        ...
