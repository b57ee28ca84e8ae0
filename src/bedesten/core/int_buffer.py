"""A buffer of 64-bit integers that grows: what the event log and a snapshot are written in."""

from __future__ import annotations

from bedesten.core import layout


class IntBuffer:
    """Integers in a row. After a failure to grow, what is written is lost and *failed* says so."""

    __slots__ = ("count", "failed", "room", "values")

    def __init__(self, room: int) -> None:
        self.room = room
        self.count = 0
        self.failed = 0
        self.values = layout.grow_ints(layout.NO_INTS, 0, room)
        if self.values is layout.NO_INTS:
            raise MemoryError("no memory for a buffer")

    def __dealloc__(self) -> None:
        layout.free_ints(self.values)

    def next(self, width: int) -> layout.Row[int]:
        """Return the next *width* integers, which may hold anything, to be written to."""
        if self.count + width > self.room:
            self.grow()
        at = self.count
        self.count = at + width
        return layout.ints_at(self.values, at)

    def put(self, value: int) -> None:
        """Append one integer."""
        if self.count >= self.room:
            self.grow()
        self.values[self.count] = value
        self.count += 1

    def grow(self) -> None:
        room = 2 * self.room
        values = layout.grow_ints(self.values, self.room, room)
        if values is layout.NO_INTS:
            self.failed = 1
            self.count = 0
            return
        self.values = values
        self.room = room

    def rewind(self) -> None:
        self.count = 0

    def to_bytes(self) -> bytes:
        return layout.ints_bytes(self.values, self.count)
