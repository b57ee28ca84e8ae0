"""What came of an order command: read from its own events, so that the answer shows the order right after this command."""

from __future__ import annotations

from typing import NamedTuple

from bedesten.domain.enums import RejectReason
from bedesten.domain.events import Traded
from bedesten.services.records import OrderRecord


class Outcome(NamedTuple):
    """What came of placing, amending or canceling.

    orders: as they stood right after this command: the placed order (both legs of an OCO order, the limit leg first), the
    amended one, or those that a cancel ended; empty when refused, or when there was nothing to cancel.
    trades: this command's matches, those of orders it woke included. order_id: 0 when no single order is meant.
    """

    reject: RejectReason | None
    order_id: int
    orders: tuple[OrderRecord, ...]
    trades: tuple[Traded, ...]
    time_ns: int
    seq: int = 0

    @property
    def order(self) -> OrderRecord | None:
        """The first of the orders."""
        return self.orders[0] if self.orders else None
