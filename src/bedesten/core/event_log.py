"""What the machine tells: one row an event, and the last row of every order that ended."""

from __future__ import annotations

from bedesten.core import codes, layout
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

    def about(self, kind: int, order: layout.Order) -> layout.Row[int]:
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

    def placed(self, order: layout.Order) -> None:
        row = self.about(codes.E_PLACED, order)
        row[6] = 0 if order.sibling is layout.NO_ORDER else order.sibling.id
        row[7] = order.price
        row[8] = order.trigger_price

    def repriced(self, order: layout.Order) -> None:
        row = self.about(codes.E_REPRICED, order)
        row[6] = order.price
        row[7] = order.trigger_price

    def amended(self, order: layout.Order, kept_priority: int) -> None:
        row = self.about(codes.E_AMENDED, order)
        row[6] = order.price
        row[7] = order.quantity
        row[8] = order.trigger_price
        row[9] = kept_priority

    def ended(self, order: layout.Order, reason: int, sibling_id: int) -> None:
        """Tell that an order ended, and write its last row."""
        row = self.about(codes.E_CLOSED, order)
        row[6] = reason
        row[7] = order.remaining
        row[8] = order.held
        write_order(self.closed.next(codes.ORDER_WIDTH), order, reason, sibling_id)

    def said(self, kind: int, first: int, second: int, third: int, fourth: int) -> None:
        """Tell of an event with up to four numbers of its own."""
        row = self.event(kind)
        row[3] = first
        row[4] = second
        row[5] = third
        row[6] = fourth


def write_order(row: layout.Row[int], order: layout.Order, reason: int, sibling_id: int) -> None:
    """Write an order's row: the columns of domain.orders.Order."""
    row[0] = order.id
    row[1] = order.account
    row[2] = order.instrument
    row[3] = order.side
    row[4] = order.order_type
    row[5] = order.time_in_force
    row[6] = order.expires_ns
    row[7] = order.post_only
    row[8] = order.price
    row[9] = order.original_price
    row[10] = order.quantity
    row[11] = order.original_quantity
    row[12] = order.budget
    row[13] = order.filled
    row[14] = order.notional
    row[15] = order.fee
    row[16] = order.tax
    row[17] = 0 if reason else order.held
    row[18] = order.trigger
    row[19] = order.trigger_price
    row[20] = order.original_trigger_price
    row[21] = order.trigger_source
    row[22] = order.trail
    row[23] = order.triggered
    row[24] = order.display_ppm
    row[25] = order.deviation_ppm
    row[26] = order.self_trade
    row[27] = order.client_ref
    row[28] = sibling_id
    row[29] = order.created_ns
    row[30] = order.updated_ns
    row[31] = reason
