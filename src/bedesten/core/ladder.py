"""One ladder of price levels from worst to best, each with its queue of orders.

A book's bids and asks are ladders, and so are the orders that wait for a trigger: the best level is the next to
trade, or to fire. Levels stand on shelves of bounded length under an array of first keys, so that making or removing
one moves its neighbours on the shelf and never the whole side.
"""

from __future__ import annotations

from bedesten.core import layout, records
from bedesten.core.memory import Memory


class Ladder:
    """Price levels in ascending order of key; the best is kept at hand.

    A key is the price, or its negative where the lowest price is the best.
    """

    __slots__ = ("best", "count", "depth", "floors", "instrument", "kind", "memory", "room", "shelves", "sign")

    def __init__(self, memory: Memory, instrument: int, kind: int, sign: int) -> None:
        self.memory = memory
        self.instrument = instrument
        self.kind = kind
        self.sign = sign
        self.depth = 0
        self.room = 4
        self.count = 0
        self.floors = layout.grow_keys(layout.NO_KEYS, 0, self.room)
        self.shelves = layout.grow_shelves(layout.NO_SHELVES, 0, self.room)
        if self.floors is layout.NO_KEYS or self.shelves is layout.NO_SHELVES:
            raise MemoryError("no memory for a ladder")
        self.best = records.NO_LEVEL

    def __dealloc__(self) -> None:
        layout.free_keys(self.floors)
        layout.free_shelves(self.shelves)

    def push(self, order: records.Order, price: int, displayed: int) -> None:
        """Queue an order at a price, of which the public sees *displayed*."""
        level = self.level_at(price)
        if level is records.NO_LEVEL:
            return
        last = level.last
        order.level = level
        order.ahead = last
        order.behind = records.NO_ORDER
        if last is records.NO_ORDER:
            level.first = order
        else:
            last.behind = order
        level.last = order
        level.displayed += displayed

    def drop(self, order: records.Order, displayed: int) -> None:
        """Take an order out, and its level with the last one."""
        level = order.level
        ahead = order.ahead
        behind = order.behind
        if ahead is records.NO_ORDER:
            level.first = behind
        else:
            ahead.behind = behind
        if behind is records.NO_ORDER:
            level.last = ahead
        else:
            behind.ahead = ahead
        level.displayed -= displayed
        order.level = records.NO_LEVEL
        if level.first is records.NO_ORDER:
            self.remove(level)

    def level_at(self, price: int) -> records.PriceLevel:
        """Return the level of this price, made if there is none."""
        key = price * self.sign
        if self.count == 0:
            self.shelves[0] = layout.new_shelf(self.memory.pools)
            self.count = 1
        row = self.row_of(key)
        shelf = self.shelves[row]
        at = self.search(shelf, key)
        if at < shelf.count and shelf.keys[at] == key:
            return shelf.levels[at]
        if shelf.count == layout.SHELF:
            if not self.split(row):
                return records.NO_LEVEL
            if at > layout.SHELF // 2:
                row += 1
                at -= layout.SHELF // 2
        level = layout.new_level(self.memory.pools)
        level.instrument = self.instrument
        level.ladder = self.kind
        level.key = key
        level.price = price
        level.displayed = 0
        level.first = level.last = records.NO_ORDER
        self.insert(row, at, level)
        return level

    def row_of(self, key: int) -> int:
        """Return the last shelf that starts no higher than the key, or the first shelf."""
        low = 1
        high = self.count
        while low < high:
            middle = (low + high) >> 1
            if self.floors[middle] <= key:
                low = middle + 1
            else:
                high = middle
        return low - 1

    def search(self, shelf: layout.Shelf, key: int) -> int:
        """Return where the first level at least as good as the key stands."""
        low = 0
        size = shelf.count
        while size > 0:  # a C compiler makes a conditional move of this; a branch could not be foretold
            half = (size + 1) >> 1
            if shelf.keys[low + half - 1] < key:
                low += half
            size -= half
        return low

    def insert(self, row: int, at: int, level: records.PriceLevel) -> None:
        shelf = self.shelves[row]
        for i in range(shelf.count, at, -1):
            shelf.keys[i] = shelf.keys[i - 1]
        for i in range(shelf.count, at, -1):
            shelf.levels[i] = shelf.levels[i - 1]
        shelf.keys[at] = level.key
        shelf.levels[at] = level
        shelf.count += 1
        self.depth += 1
        if at == 0:
            self.floors[row] = level.key
        level.better = level.worse = records.NO_LEVEL
        if at > 0:
            level.worse = shelf.levels[at - 1]
        elif row > 0:
            level.worse = self.shelves[row - 1].levels[self.shelves[row - 1].count - 1]
        if at + 1 < shelf.count:
            level.better = shelf.levels[at + 1]
        elif row + 1 < self.count:
            level.better = self.shelves[row + 1].levels[0]
        if level.worse is not records.NO_LEVEL:
            level.worse.better = level
        if level.better is records.NO_LEVEL:
            self.best = level
        else:
            level.better.worse = level

    def remove(self, level: records.PriceLevel) -> None:
        row = self.row_of(level.key)
        shelf = self.shelves[row]
        at = self.search(shelf, level.key)
        shelf.count -= 1
        self.depth -= 1
        for i in range(at, shelf.count):
            shelf.keys[i] = shelf.keys[i + 1]
        for i in range(at, shelf.count):
            shelf.levels[i] = shelf.levels[i + 1]
        if shelf.count > 0:
            self.floors[row] = shelf.keys[0]
        else:
            self.discard(row)
        if level.better is records.NO_LEVEL:
            self.best = level.worse
        else:
            level.better.worse = level.worse
        if level.worse is not records.NO_LEVEL:
            level.worse.better = level.better
        layout.free_level(self.memory.pools, level)

    def split(self, row: int) -> int:
        """Move the better half of a full shelf to a new one; 0 when memory will not have it."""
        if self.count == self.room and not self.grow():
            self.memory.exhausted = 1
            return 0
        for i in range(self.count, row + 1, -1):
            self.floors[i] = self.floors[i - 1]
            self.shelves[i] = self.shelves[i - 1]
        self.count += 1
        half = layout.SHELF // 2
        full = self.shelves[row]
        shelf = layout.new_shelf(self.memory.pools)
        for i in range(half):
            shelf.keys[i] = full.keys[half + i]
            shelf.levels[i] = full.levels[half + i]
        shelf.count = full.count = half
        self.shelves[row + 1] = shelf
        self.floors[row + 1] = shelf.keys[0]
        return 1

    def discard(self, row: int) -> None:
        layout.free_shelf(self.memory.pools, self.shelves[row])
        self.count -= 1
        for i in range(row, self.count):
            self.floors[i] = self.floors[i + 1]
            self.shelves[i] = self.shelves[i + 1]

    def grow(self) -> int:
        room = self.room
        floors = layout.grow_keys(self.floors, room, 2 * room)
        if floors is layout.NO_KEYS:
            return 0
        self.floors = floors
        shelves = layout.grow_shelves(self.shelves, room, 2 * room)
        if shelves is layout.NO_SHELVES:
            return 0
        self.shelves = shelves
        self.room = 2 * room
        return 1
