"""What the machine tells: one row an event, and the last row of every order that ended."""

from __future__ import annotations

from bedesten.core import codes, layout, records
from bedesten.core.int_buffer import IntBuffer


class EventLog:
    """The events of the commands applied since it was last taken."""

    __slots__ = ("closed", "events", "seq", "time_ns")

    def __init__(self) -> None:
        self.events = IntBuffer(64 * codes.EVENT_WIDTH)
        self.closed = IntBuffer(16 * codes.ORDER_WIDTH)
        self.seq = 0
        self.time_ns = 0

    def event(self, kind: int) -> layout.Row[int]:
        """Return a new event's row, its first columns written, the rest zero."""
        row = self.events.next(codes.EVENT_WIDTH)
        layout.blank_event(row)
        row[0] = kind
        row[1] = self.seq
        row[2] = self.time_ns
        return row

    def about(self, kind: int, order: records.Order) -> layout.Row[int]:
        """Return a new event's row that speaks of an order."""
        row = self.event(kind)
        row[3] = order.id
        row[4] = order.account
        row[5] = order.instrument
        return row

    def rejected(self, reason: int, account: int, instrument: int, order_id: int) -> None:
        row = self.event(codes.E_REJECTED)
        row[3] = reason
        row[4] = account
        row[5] = instrument
        row[6] = order_id

    def placed(self, order: records.Order) -> None:
        row = self.about(codes.E_PLACED, order)
        row[6] = records.sibling_id(order)
        row[7] = order.price
        row[8] = order.conditions.trigger_price

    def repriced(self, order: records.Order) -> None:
        row = self.about(codes.E_REPRICED, order)
        row[6] = order.price
        row[7] = order.conditions.trigger_price

    def amended(self, order: records.Order, kept_priority: int) -> None:
        row = self.about(codes.E_AMENDED, order)
        row[6] = order.price
        row[7] = records.quantity(order)
        row[8] = order.conditions.trigger_price
        row[9] = kept_priority

    def ended(self, order: records.Order, reason: int) -> None:
        """Tell that an order ended, and write its last row."""
        row = self.about(codes.E_CLOSED, order)
        row[6] = reason
        row[7] = order.remaining
        row[8] = order.held
        records.write_order(self.closed.next(codes.ORDER_WIDTH), order, reason)

    def said(self, kind: int, first: int, second: int, third: int, fourth: int) -> None:
        """Tell of an event with up to four numbers of its own."""
        row = self.event(kind)
        row[3] = first
        row[4] = second
        row[5] = third
        row[6] = fourth
