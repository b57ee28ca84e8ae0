"""The pools of one machine: every order, price level and shelf comes from here and goes with it.

Invariant: nothing is taken that was not reserved, so that taking never fails half-way through a command.
"""

from __future__ import annotations

from bedesten.core import layout


class Memory:
    """Owns the pools; they die with it. *most* bounds the orders and levels handed out (0: only by the machine)."""

    __slots__ = ("exhausted", "pools")

    def __init__(self, most: int) -> None:
        self.pools = layout.new_pools(most)
        if self.pools is layout.NO_POOLS:
            raise MemoryError("no memory for the pools")
        self.exhausted = 0

    def __dealloc__(self) -> None:
        layout.free_pools(self.pools)

    def reserve(self, orders: int, levels: int) -> int:
        """Return whether so many orders and levels can be taken."""
        return layout.reserve(self.pools, orders, levels)

    def must_reserve(self, orders: int, levels: int) -> int:
        """As reserve, in the middle of a command: a failure leaves the machine unusable, and says so."""
        if layout.reserve(self.pools, orders, levels):
            return 1
        self.exhausted = 1
        return 0
