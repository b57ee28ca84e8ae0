"""What is due when: expiring orders and holds, and dead-man deadlines, in one heap.

Entries are never searched for: one whose order is gone, or whose deadline moved, is stale, and is passed over when it
comes up. When the stale ones are the majority the heap is swept, so it holds at most twice what is live. A key is an
order's id, an account's number less codes.ACCOUNT_KEY, an instrument's less codes.INDEX_KEY, or a hold's id less
codes.HOLD_KEY: at one instant dead-man deadlines come first, then the ages of indexes, then holds.
"""

from __future__ import annotations

from bedesten.core import layout


class Timers:
    """Pairs of deadline and key, the earliest at hand."""

    __slots__ = ("count", "deadlines", "failed", "keys", "room", "stale")

    def __init__(self) -> None:
        self.room = 64
        self.count = 0
        self.stale = 0
        self.failed = 0
        self.deadlines = layout.grow_keys(layout.NO_KEYS, 0, self.room)
        self.keys = layout.grow_keys(layout.NO_KEYS, 0, self.room)
        if self.deadlines is layout.NO_KEYS or self.keys is layout.NO_KEYS:
            raise MemoryError("no memory for the timers")

    def __dealloc__(self) -> None:
        layout.free_keys(self.deadlines)
        layout.free_keys(self.keys)

    def add(self, deadline: int, key: int) -> None:
        if self.count >= self.room and not self.grow():
            self.failed = 1
            return
        at = self.count
        self.count = at + 1
        self.deadlines[at] = deadline
        self.keys[at] = key
        self.rise(at)

    def pop(self) -> None:
        """Take away the earliest entry."""
        self.count -= 1
        self.deadlines[0] = self.deadlines[self.count]
        self.keys[0] = self.keys[self.count]
        self.sink(0)

    def before(self, one: int, other: int) -> int:
        """Return whether one entry is due before the other."""
        if self.deadlines[one] != self.deadlines[other]:
            return 1 if self.deadlines[one] < self.deadlines[other] else 0
        return 1 if self.keys[one] < self.keys[other] else 0

    def swap(self, one: int, other: int) -> None:
        deadline = self.deadlines[one]
        key = self.keys[one]
        self.deadlines[one] = self.deadlines[other]
        self.keys[one] = self.keys[other]
        self.deadlines[other] = deadline
        self.keys[other] = key

    def rise(self, at: int) -> None:
        while at > 0:
            above = (at - 1) >> 1
            if not self.before(at, above):
                return
            self.swap(at, above)
            at = above

    def sink(self, at: int) -> None:
        while True:
            below = 2 * at + 1
            if below >= self.count:
                return
            if below + 1 < self.count and self.before(below + 1, below):
                below += 1
            if not self.before(below, at):
                return
            self.swap(at, below)
            at = below

    def heapify(self) -> None:
        for at in range(self.count >> 1, 0, -1):
            self.sink(at - 1)

    def grow(self) -> int:
        deadlines = layout.grow_keys(self.deadlines, self.room, 2 * self.room)
        if deadlines is layout.NO_KEYS:
            return 0
        self.deadlines = deadlines
        keys = layout.grow_keys(self.keys, self.room, 2 * self.room)
        if keys is layout.NO_KEYS:
            return 0
        self.keys = keys
        self.room = 2 * self.room
        return 1
