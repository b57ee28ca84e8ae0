"""Orders that ended a short while ago, so that asking for one right after its end does not go to the store."""

from __future__ import annotations

from collections import deque
from typing import Final

from bedesten.services.sequencing.sequencer import Committed
from bedesten.services.store_types import OrderRecord

KEPT_NS: Final = 30 * 60 * 1_000_000_000  # what venues promise of canceled orders
KEPT_MAX: Final = 5_000  # about 5 MB; older ones are in the store as well


class EndedOrders:
    """The orders that ended last, by number and by client id."""

    def __init__(self) -> None:
        self._records: dict[int, OrderRecord] = {}
        self._by_client_id: dict[tuple[int, str], int] = {}
        self._ages: deque[tuple[int, int]] = deque()  # when it ended, order id

    def note(self, committed: Committed) -> None:
        """Take in what ended with a commit, and let go of what is too old."""
        ended_ns = committed.time_ns
        for order, text in zip(committed.closed, committed.closed_texts, strict=True):
            self._records[order.order_id] = OrderRecord(order, text)
            self._ages.append((ended_ns, order.order_id))
            if text:
                self._by_client_id[order.account, text] = order.order_id
        while self._ages and (len(self._ages) > KEPT_MAX or self._ages[0][0] < ended_ns - KEPT_NS):
            self._forget(self._ages.popleft()[1])

    def find(self, account: int, order_id: int = 0, client_id: str = "") -> OrderRecord | None:
        """Return the account's order of that number, else the last one with that client id."""
        record = self._records.get(order_id or self._by_client_id.get((account, client_id), 0))
        return record if record is not None and record.order.account == account else None

    def _forget(self, order_id: int) -> None:
        record = self._records.pop(order_id)
        named = (record.order.account, record.client_id)
        if self._by_client_id.get(named) == order_id:
            del self._by_client_id[named]
