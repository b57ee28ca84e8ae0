"""What the machine tells: one row an event, and the last row of every order that ended."""

from __future__ import annotations

from bedesten.core import codes, layout, records, rows
from bedesten.core.int_buffer import IntBuffer
from bedesten.core.refusal import Refusal


class EventLog:
    """The events of the commands applied since it was last taken. refusal: the facts of the next refusal."""

    __slots__ = ("closed", "events", "refusal", "seq", "time_ns")

    def __init__(self) -> None:
        self.events = IntBuffer(64 * codes.EVENT_WIDTH)
        self.closed = IntBuffer(16 * codes.ORDER_WIDTH)
        self.refusal = Refusal()
        self.seq = 0
        self.time_ns = 0

    def event(self, kind: int) -> layout.Row[int]:
        """Return a new event's row, its first columns written, the rest zero."""
        row = self.events.next(codes.EVENT_WIDTH)
        layout.blank_event(row)
        row[codes.KIND] = kind
        row[codes.SEQ] = self.seq
        row[codes.TIME_NS] = self.time_ns
        return row

    def about(self, kind: int, order: records.Order) -> layout.Row[int]:
        """Return a new event's row that speaks of an order: its first columns are those of TRIGGERED, which has no others."""
        row = self.event(kind)
        event = rows.triggered_at(row)
        event.order_id = order.id
        event.account = order.account
        event.instrument = order.instrument
        return row

    def rejected(self, reason: int, account: int, instrument: int, order_id: int) -> None:
        """Tell that a command was refused, with the facts that were kept beside its reason, if any were."""
        event = rows.rejected_at(self.event(codes.E_REJECTED))
        event.reason = reason
        event.account = account
        event.instrument = instrument
        event.order_id = order_id
        facts = self.refusal
        if facts.reason == reason:
            event.value = facts.value
            event.bound = facts.bound
            event.reference = facts.reference
            event.asset = facts.asset
            event.needed = facts.needed
            event.available = facts.available
        facts.forget()

    def placed(self, order: records.Order) -> None:
        event = rows.placed_at(self.about(codes.E_PLACED, order))
        event.sibling_id = records.sibling_id(order)
        event.price = order.price
        event.trigger_price = order.conditions.trigger_price

    def repriced(self, order: records.Order) -> None:
        event = rows.repriced_at(self.about(codes.E_REPRICED, order))
        event.price = order.price
        event.trigger_price = order.conditions.trigger_price

    def amended(self, order: records.Order, kept_priority: int) -> None:
        event = rows.amended_at(self.about(codes.E_AMENDED, order))
        event.price = order.price
        event.quantity = records.quantity(order)
        event.trigger_price = order.conditions.trigger_price
        event.kept_priority = kept_priority

    def ended(self, order: records.Order, reason: int) -> None:
        """Tell that an order ended, and write its last row."""
        event = rows.closed_at(self.about(codes.E_CLOSED, order))
        event.reason = reason
        event.remaining = order.remaining
        event.released = order.held
        records.write_order(self.closed.next(codes.ORDER_WIDTH), order, reason)

    def said(self, kind: int, first: int, second: int, third: int, fourth: int) -> None:
        """Tell of an event that has no more than four columns of its own, in their order; 0 for those it has not."""
        row = self.event(kind)
        row[codes.HEADER] = first
        row[codes.HEADER + 1] = second
        row[codes.HEADER + 2] = third
        row[codes.HEADER + 3] = fourth
