"""Depth windows: the best levels of a book as its subscribers have been told them, and what changed since.

Owns no clock, no connection, no reading of the core and no venue's words: a dialect shows a window and its changes in its own
shape. Invariants: the changes of a window, laid over any of its earlier states, give the state shown last, so a level that
slides out is reported as gone; numbers go up by one with every change and never back, not even across a restart, because a
window starts at the venue's own sequence number and every change was caused by at least one command.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

Level = tuple[int, int]  # price in ticks, quantity in lots
Change = tuple[int, int, int]  # price in ticks, lots before, lots now; 0: not in the window

NS_PER_MS: Final = 1_000_000


class DepthWindow:
    """One book's best levels. Cold until `begin`."""

    __slots__ = ("asks", "bids", "is_warm", "seq", "time_ms")

    def __init__(self) -> None:
        self.seq = 0
        self.time_ms = 0
        self.is_warm = False
        self.bids: Mapping[int, int] = {}  # price → lots, best first
        self.asks: Mapping[int, int] = {}

    def begin(self, bids: Sequence[Level], asks: Sequence[Level], *, seq: int, time_ns: int) -> None:
        """Start at the venue's sequence number *seq*, showing these best levels."""
        self.bids, self.asks = dict(bids), dict(asks)
        self.seq, self.time_ms = max(seq, 1), time_ns // NS_PER_MS
        self.is_warm = True

    def advance(
        self, bids: Sequence[Level], asks: Sequence[Level], *, time_ns: int
    ) -> tuple[list[Change], list[Change]] | None:
        """Show these best levels from now on; return what changed of bids and asks, or None when nothing did."""
        new_bids, new_asks = dict(bids), dict(asks)
        bid_changes = changes(self.bids, new_bids)
        ask_changes = changes(self.asks, new_asks)
        if not bid_changes and not ask_changes:
            return None
        self.bids, self.asks = new_bids, new_asks
        self.seq, self.time_ms = self.seq + 1, time_ns // NS_PER_MS
        return bid_changes, ask_changes


def changes(old: Mapping[int, int], new: Mapping[int, int]) -> list[Change]:
    """Return the levels to change in *old* so that it equals *new*: those that are gone first."""
    rows = [(price, before, 0) for price, before in old.items() if price not in new]
    rows += [(price, before, now) for price, now in new.items() if (before := old.get(price, 0)) != now]
    return rows
