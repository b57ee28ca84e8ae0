"""Finding a live order: by its id, and by its account's own reference.

Both are chained hash tables threaded through the orders themselves: what they cost grows with the live orders, not
with all that ever were. Ids come in sequence, so they spread evenly by their low bits; client references arrive
hashed already.
"""

from __future__ import annotations

from bedesten.core import layout, records


class OrderIndex:
    """Live orders by id."""

    __slots__ = ("buckets", "count", "room")

    def __init__(self) -> None:
        self.room = 1024
        self.count = 0
        self.buckets = layout.grow_orders(layout.NO_ORDERS, 0, self.room)
        if self.buckets is layout.NO_ORDERS:
            raise MemoryError("no memory for the index of orders")

    def __dealloc__(self) -> None:
        layout.free_orders(self.buckets)

    def find(self, id: int) -> records.Order:
        """Return the live order with this id, or NO_ORDER."""
        order = self.buckets[id & (self.room - 1)]
        while order is not records.NO_ORDER and order.id != id:
            order = order.id_behind
        return order

    def add(self, order: records.Order) -> None:
        if self.count >= self.room:
            self.grow()
        at = order.id & (self.room - 1)
        order.id_behind = self.buckets[at]
        self.buckets[at] = order
        self.count += 1

    def remove(self, order: records.Order) -> None:
        at = order.id & (self.room - 1)
        link = self.buckets[at]
        if link is order:
            self.buckets[at] = order.id_behind
        else:
            while link.id_behind is not order:
                link = link.id_behind
            link.id_behind = order.id_behind
        self.count -= 1

    def grow(self) -> None:
        """Double the table; without memory for it, chains grow longer instead."""
        room = 2 * self.room
        buckets = layout.grow_orders(layout.NO_ORDERS, 0, room)
        if buckets is layout.NO_ORDERS:
            return
        for at in range(self.room):
            order = self.buckets[at]
            while order is not records.NO_ORDER:
                behind = order.id_behind
                new = order.id & (room - 1)
                order.id_behind = buckets[new]
                buckets[new] = order
                order = behind
        layout.free_orders(self.buckets)
        self.buckets = buckets
        self.room = room


class ClientIndex:
    """Live orders by client reference, oldest first within one."""

    __slots__ = ("count", "heads", "room", "tails")

    def __init__(self) -> None:
        self.room = 1024
        self.count = 0
        self.heads = layout.grow_orders(layout.NO_ORDERS, 0, self.room)
        self.tails = layout.grow_orders(layout.NO_ORDERS, 0, self.room)
        if self.heads is layout.NO_ORDERS or self.tails is layout.NO_ORDERS:
            raise MemoryError("no memory for the index of client references")

    def __dealloc__(self) -> None:
        layout.free_orders(self.heads)
        layout.free_orders(self.tails)

    def find(self, account: int, client_ref: int, instrument: int) -> records.Order:
        """Return the account's oldest live order with this reference, on one instrument or (negative) any; else
        NO_ORDER."""
        order = self.heads[client_ref & (self.room - 1)]
        while order is not records.NO_ORDER:
            if order.client_ref == client_ref and order.account == account:
                if instrument < 0 or order.instrument == instrument:
                    return order
            order = order.client_behind
        return order

    def add(self, order: records.Order) -> None:
        if self.count >= self.room:
            self.grow()
        self.append(order)
        self.count += 1

    def append(self, order: records.Order) -> None:
        at = order.client_ref & (self.room - 1)
        tail = self.tails[at]
        order.client_ahead = tail
        order.client_behind = records.NO_ORDER
        if tail is records.NO_ORDER:
            self.heads[at] = order
        else:
            tail.client_behind = order
        self.tails[at] = order

    def remove(self, order: records.Order) -> None:
        at = order.client_ref & (self.room - 1)
        ahead = order.client_ahead
        behind = order.client_behind
        if ahead is records.NO_ORDER:
            self.heads[at] = behind
        else:
            ahead.client_behind = behind
        if behind is records.NO_ORDER:
            self.tails[at] = ahead
        else:
            behind.client_ahead = ahead
        self.count -= 1

    def grow(self) -> None:
        """Double the table, keeping the order within every reference; without memory for it, chains grow longer
        instead."""
        old = self.room
        heads = layout.grow_orders(layout.NO_ORDERS, 0, 2 * old)
        tails = layout.grow_orders(layout.NO_ORDERS, 0, 2 * old)
        if heads is layout.NO_ORDERS or tails is layout.NO_ORDERS:
            layout.free_orders(heads)
            layout.free_orders(tails)
            return
        chains = self.heads
        layout.free_orders(self.tails)
        self.heads = heads
        self.tails = tails
        self.room = 2 * old
        for at in range(old):
            order = chains[at]
            while order is not records.NO_ORDER:
                behind = order.client_behind
                self.append(order)
                order = behind
        layout.free_orders(chains)
